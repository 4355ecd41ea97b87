"""What is logged: one JSON object a line, and never a secret nor what a person wrote."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from pydantic import SecretStr

from huiying.observability import logs

CANARY = "canary-13800138000"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure(level="INFO", stream=stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_has_its_fields_and_what_was_bound_to_the_context(stream: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(trace_id="t1"):
        structlog.get_logger("inbox").info("thread_assigned", thread_id="一", count=2)

    (line,) = lines(stream)
    assert line.pop("timestamp")
    assert line == {
        "event": "thread_assigned",
        "level": "info",
        "logger": "inbox",
        "thread_id": "一",
        "count": 2,
        "trace_id": "t1",
    }


def test_what_is_below_the_level_is_not_written(stream: io.StringIO) -> None:
    structlog.get_logger().debug("detail")
    logging.getLogger("some.library").debug("detail")

    assert lines(stream) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"access_token": CANARY},
        {"Authorization": CANARY},
        {"headers": {"Set-Cookie": CANARY}},
        {"account": {"credentials": {"x": CANARY}}},
        {"accounts": [{"app_secret": CANARY}]},
        {"api_key": CANARY, "password": CANARY, "account_key": CANARY},
        {"value": SecretStr(CANARY)},
        {"text": CANARY},
        {"body": CANARY.encode()},
        {"raw": CANARY.encode()},
        {"message": {"text": CANARY}},
    ],
)
def test_secrets_and_what_people_wrote_do_not_reach_the_log(stream: io.StringIO, fields: dict[str, object]) -> None:
    structlog.get_logger().warning("something", **fields)

    assert lines(stream)[0]["event"] == "something"
    assert CANARY not in stream.getvalue()


def test_the_standard_librarys_loggers_end_in_the_same_place(stream: io.StringIO) -> None:
    logging.getLogger("some.library").warning("about %s", "this")

    (line,) = lines(stream)
    assert (line["event"], line["logger"], line["level"]) == ("about this", "some.library", "warning")


def test_an_exception_is_one_line_with_its_traceback(stream: io.StringIO) -> None:
    try:
        int("a bug")
    except ValueError:
        structlog.get_logger().exception("it_broke")

    (line,) = lines(stream)
    assert "ValueError: invalid literal" in str(line["exception"])


def test_libraries_that_would_log_whole_urls_are_kept_quiet(stream: io.StringIO) -> None:
    logging.getLogger("httpx").info("HTTP Request: POST https://example.org/bot%s/sendMessage", CANARY)

    assert stream.getvalue() == ""


def test_for_people_it_is_one_plain_line(stream: io.StringIO) -> None:
    logs.configure(json_lines=False, stream=stream)

    structlog.get_logger().info("thread_assigned", thread_id="t1", access_token=CANARY)

    assert "thread_assigned" in stream.getvalue()
    assert "thread_id=t1" in stream.getvalue()
    assert CANARY not in stream.getvalue()
