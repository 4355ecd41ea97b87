"""How a fact travels: JSON in the value, CloudEvents 1.0 attributes in the headers.

A transport moves bytes; only this module turns facts into bytes and back.
"""

from functools import lru_cache
from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from huiying.clock import from_milliseconds
from huiying.errors import Invalid

E = TypeVar("E", bound="Event")
E_co = TypeVar("E_co", bound="Event", covariant=True)

TYPE_HEADER = "ce_type"
SOURCE_HEADER = "ce_source"
SEQUENCE_HEADER = "ce_sequence"
TIME_HEADER = "ce_time"
ID_HEADER = "ce_id"
VERSION_HEADER = "ce_specversion"

Headers = tuple[tuple[str, bytes], ...]


class Undecodable(Invalid):
    """The bytes of a record are not the fact its header claims."""

    code = "undecodable"


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of a fact. Unknown fields are ignored, so that a fact may grow."""


class Event(Value, frozen=True, kw_only=True, omit_defaults=True):
    """One fact at one version; `type` is `subject.past_participle`."""

    type: ClassVar[str]

    @property
    def key(self) -> str:
        """The id whose order matters: facts with the same key arrive in the order they were told."""
        raise NotImplementedError


class Told(msgspec.Struct, Generic[E_co], frozen=True):
    """A fact as a consumer gets it, with where it came from."""

    event: E_co
    topic: str
    partition: int
    offset: int
    timestamp_ms: int


_encoder = msgspec.json.Encoder()
_decoders: dict[type[Any], msgspec.json.Decoder[Any]] = {}


def encode(event: Event) -> bytes:
    """The JSON of a fact."""
    return _encoder.encode(event)


def decode(event_class: type[E], value: bytes) -> E:
    """The fact that these bytes hold.

    Raises Undecodable if they do not hold one of this class.
    """
    decoder = _decoders.get(event_class)
    if decoder is None:
        decoder = _decoders[event_class] = msgspec.json.Decoder(event_class)
    try:
        fact: E = decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Undecodable(f"not a {event_class.type}: {error}") from error
    return fact


def headers_of(event_type: str, *, source: bytes, event_id: str, timestamp_ms: int) -> Headers:
    """The CloudEvents attributes of a fact; `source` and `event_id` together name this telling of it."""
    return (*_origin(event_type, source), (ID_HEADER, event_id.encode()), _time(timestamp_ms))


# Facts that are kept in memory share what is the same for all of them.
@lru_cache(maxsize=1024)
def _origin(event_type: str, source: bytes) -> Headers:
    return (VERSION_HEADER, b"1.0"), (TYPE_HEADER, event_type.encode()), (SOURCE_HEADER, source)


# They come in bursts, so the same millisecond is written many times.
@lru_cache(maxsize=1024)
def _time(timestamp_ms: int) -> tuple[str, bytes]:
    return TIME_HEADER, from_milliseconds(timestamp_ms).isoformat().encode()
