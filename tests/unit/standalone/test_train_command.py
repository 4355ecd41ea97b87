"""`huiying train` says what it needs before it starts."""

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from huiying.errors import Invalid, NotFound
from standalone.command import app


def test_without_scipy_the_extra_to_install_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("scoring.training")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "scipy", None)

    found = CliRunner().invoke(app, ["train", "--data", str(tmp_path), "--out", str(tmp_path / "out")])

    assert isinstance(found.exception, Invalid)
    assert "huiying-scoring[training]" in str(found.exception)


def test_a_folder_without_the_corpora_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    found = CliRunner().invoke(app, ["train", "--data", str(tmp_path), "--out", str(tmp_path / "out")])

    assert isinstance(found.exception, NotFound)
    assert not (tmp_path / "out").exists()
