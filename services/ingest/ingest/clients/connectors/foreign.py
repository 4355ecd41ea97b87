"""Reading what strangers wrote: strict about the format, forgiving about the content.

Nothing here trusts a type. A value that is not what was hoped for is None, and ids come out as text whatever they were.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any, NoReturn

import msgspec

from ingest.clients.connectors.connector import Unreadable

BOM = b"\xef\xbb\xbf"

_MAX_DEPTH = 64
_checker = msgspec.json.Decoder(msgspec.Raw)
_MAX_ID_BITS = 256
_DIGEST_CHARACTERS = 32
_LATEST_SECONDS = 4_102_444_800  # the year 2100: later is a unit mistaken, not a time


def parse_json(body: bytes) -> Any:
    """The value that these bytes hold; a byte order mark is overlooked.

    Raises Unreadable for anything that is not UTF-8 and JSON to the letter, or is nested deeper than anyone means.
    """
    body = body.removeprefix(BOM)
    try:
        value = _decoded(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {error}") from error
    # Counting brackets costs next to nothing and spares nearly every body the walk.
    if body.count(b"[") + body.count(b"{") > _MAX_DEPTH and _is_deeper(value, than=_MAX_DEPTH):
        raise Unreadable(f"JSON nested deeper than {_MAX_DEPTH}")
    return value


def check_json(body: bytes) -> None:
    """Raises Unreadable exactly where `parse_json` does, and builds nothing of what it reads."""
    try:
        # The checker steps over strings without looking at their encoding.
        body.decode()
        _checker.decode(body)
    except (ValueError, RecursionError):
        parse_json(body)
        return
    if body.count(b"[") + body.count(b"{") > _MAX_DEPTH:
        parse_json(body)


def text_of(value: object) -> str | None:
    """Text as text, a number as its digits; None for anything else and for nothing.

    Zero bytes go: PostgreSQL cannot hold them, and no writer means them.
    """
    if isinstance(value, str):
        return (value.replace("\0", "") if "\0" in value else value) or None
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= _MAX_ID_BITS:
        return str(value)
    return str(value) if isinstance(value, float) else None


def mapping_of(value: object) -> dict[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[Any]:
    """The array, or an empty one."""
    return value if isinstance(value, list) else []


def storable(value: Any) -> Any:
    """A JSON value as it is, without the zero bytes that PostgreSQL cannot hold."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {storable(name): storable(each) for name, each in value.items()}
    return [storable(each) for each in value] if isinstance(value, list) else value


def from_seconds(value: object) -> datetime | None:
    """The instant that many seconds after 1970, given as a number or its digits."""
    number = _whole(value)
    return datetime.fromtimestamp(number, UTC) if number is not None and 0 < number < _LATEST_SECONDS else None


def from_milliseconds(value: object) -> datetime | None:
    """The instant that many milliseconds after 1970, given as a number or its digits."""
    number = _whole(value)
    if number is None or not 0 < number < _LATEST_SECONDS * 1000:
        return None
    seconds, milliseconds = divmod(number, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=milliseconds * 1000)


def from_rfc3339(value: object) -> datetime | None:
    """The instant of an ISO 8601 text, in UTC; one that names no zone is taken to be in UTC."""
    if not isinstance(value, str):
        return None
    try:
        instant = datetime.fromisoformat(value)
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def from_weekday(value: object) -> datetime | None:
    """The instant of a text such as `Wed Oct 10 20:19:24 +0000 2018`, which X and Weibo write, in UTC."""
    try:
        return datetime.strptime(value, "%a %b %d %H:%M:%S %z %Y").astimezone(UTC) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


def digest_of(value: object) -> str:
    """A short name for a JSON value, the same whatever the order of its keys."""
    return digest_of_bytes(msgspec.json.encode(value, order="deterministic"))


def digest_of_bytes(value: bytes) -> str:
    """A short name for these bytes."""
    return hashlib.sha256(value).hexdigest()[:_DIGEST_CHARACTERS]


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 16:
        return int(value)
    return None


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        if b"\\ud" not in body.lower():
            raise
    # Platforms cut texts in the middle of an emoji. Half a character becomes a question mark; the rest is still said.
    value = json.loads(body, parse_constant=_refuse_constant)
    return msgspec.json.decode(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _is_deeper(value: object, *, than: int) -> bool:
    level = [value]
    for _ in range(than + 1):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return False
    return True


def _children(value: object) -> list[Any]:
    if isinstance(value, dict):
        return [child for child in value.values() if isinstance(child, dict | list)]
    if isinstance(value, list):
        return [child for child in value if isinstance(child, dict | list)]
    return []
