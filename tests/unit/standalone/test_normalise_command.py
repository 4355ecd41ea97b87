"""`huiying normalise`: what an operator sees of a raw body."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from huiying.errors import Invalid
from standalone.command import app

COMMENT = (
    '{"type":"comment.created","timestamp":"2026-09-21T14:00:00Z","data":{"id":"c1","text":"你好",'
    '"author":{"id":"u1"},"mood":"furious"}}'
)


@pytest.fixture
def body(tmp_path: Path) -> Path:
    path = tmp_path / "comment.json"
    path.write_text(COMMENT, encoding="utf-8")
    return path


def test_each_interaction_is_a_line_that_says_what_was_not_understood(body: Path) -> None:
    result = CliRunner().invoke(app, ["normalise", "--platform", "generic", str(body), str(body)])

    first, second = map(json.loads, result.stdout.splitlines())
    assert result.exit_code == 0
    assert first == {**second}
    assert (first["id"], first["object"]["text"]) == ("generic::comment:c1", "你好")
    assert first["not_understood"] == ["/data/mood"]


def test_a_file_that_holds_something_else_is_named_and_the_others_are_read(body: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text("[]")

    result = CliRunner().invoke(app, ["normalise", "--platform", "generic", str(other), str(body)])

    assert len(result.stdout.splitlines()) == 1
    assert str(other) in result.stderr
    assert str(result.exception) == "1 of 2 files hold nothing that generic delivers"


def test_the_body_of_a_handshake_prints_nothing(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_bytes(b"")

    result = CliRunner().invoke(app, ["normalise", "--platform", "facebook", str(empty)])

    assert (result.exit_code, result.stdout) == (0, "")


def test_a_platform_that_nobody_connected_is_refused_with_those_that_are(body: Path) -> None:
    result = CliRunner().invoke(app, ["normalise", "--platform", "icq", str(body)])

    assert isinstance(result.exception, Invalid)
    assert "facebook" in str(result.exception)
