"""What is written to standard output: one JSON object a line, never a secret, never what a person wrote.

Everything goes through here, the standard library's loggers too. Redaction is by the field's name, at any depth: the
last net below the rule that such things are not logged in the first place.
"""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog
from pydantic import SecretBytes, SecretStr

REDACTED = "[redacted]"
WITHHELD = "[withheld]"
TRACE_ID_STATE = "huiying_trace_id"
"""Under which name a request's `state` holds its trace id."""

_SECRET_ENDINGS = (
    "password",
    "secret",
    "token",
    "authorization",
    "cookie",
    "credentials",
    "api_key",
    "apikey",
    "account_key",
    "aes_key",
    "private_key",
    "sealing_keys",
)
_PERSONAL = frozenset({"text", "body", "raw_body", "payload", "message_text", "email", "phone", "address"})
# At their INFO they tell whole URLs, and some platforms put a token into the path.
_TOO_TALKATIVE = ("alembic", "asyncio", "httpx", "httpcore", "uvicorn.access", "uvicorn.error")
# While a broker is away it repeats itself ten times a second; our own transport says it once.
_REPETITIVE = ("aiokafka",)


def configure(*, level: str = "INFO", json_lines: bool = True, stream: TextIO | None = None) -> None:
    """Send everything that is logged to `stream` (standard output), from `level` up."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(_formatter(shared, json_lines=json_lines))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _TOO_TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _REPETITIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def redact(_logger: object, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace what must not be logged. A processor for structlog."""
    for name, value in entry.items():
        entry[name] = _safe(name, value)
    return entry


def _safe(name: str, value: object) -> object:
    lowered = name.lower().replace("-", "_")
    if lowered.endswith(_SECRET_ENDINGS) or isinstance(value, SecretStr | SecretBytes):
        return REDACTED
    if lowered in _PERSONAL:
        return WITHHELD
    if isinstance(value, bytes):
        return f"[{len(value)} bytes]"
    if isinstance(value, Mapping):
        return {str(key): _safe(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_safe("", inner) for inner in value]
    return value


def _formatter(shared: list[structlog.typing.Processor], *, json_lines: bool) -> logging.Formatter:
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
        if json_lines
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
