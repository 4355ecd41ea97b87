"""The JSON Schema of each fact, made from its class; and where its schema and its examples are kept."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec.inspect import DateTimeType, StructType, Type, UnionType, type_info

from huiying.events.envelope import Event
from scripts.generated import ROOT

SCHEMAS = ROOT / "contracts/events"
EXAMPLES = SCHEMAS / "examples"

_NAMES_ITS_VERSION = re.compile(r"\.v\d+$")


def versioned_name(event: type[Event]) -> str:
    """The type with its version: a type that names none is the first."""
    return event.type if _NAMES_ITS_VERSION.search(event.type) else f"{event.type}.v1"


def schema_path(event: type[Event]) -> Path:
    """Where the schema of this fact is committed."""
    return SCHEMAS / f"{versioned_name(event)}.json"


def examples_of(event: type[Event]) -> list[Path]:
    """The golden examples of this fact, in the order of their names."""
    return sorted((EXAMPLES / versioned_name(event)).glob("*.json"))


def schema_of(event: type[Event]) -> dict[str, Any]:
    """The JSON Schema of the fact's value. Fields it does not name are allowed: a fact may grow."""
    _, parts = msgspec.json.schema_components([event], ref_template="#/$defs/{name}")
    for struct in _structs(type_info(event)):
        for field in struct.fields:
            if _holds_a_time(field.type):
                _mark_as_time(parts[struct.cls.__name__]["properties"][field.encode_name])
    whole = parts.pop(event.__name__)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **whole, "$defs": dict(sorted(parts.items()))}


def _structs(found: Type) -> Iterator[StructType]:
    if isinstance(found, StructType):
        yield found
        for field in found.fields:
            yield from _structs(field.type)
    for inner in (*getattr(found, "types", ()), getattr(found, "item_type", None)):
        if inner is not None:
            yield from _structs(inner)


def _holds_a_time(found: Type) -> bool:
    # A naive time has no format in JSON Schema, and msgspec cannot know that ours never are.
    return isinstance(found, DateTimeType) or (
        isinstance(found, UnionType) and any(isinstance(one, DateTimeType) for one in found.types)
    )


def _mark_as_time(described: dict[str, Any]) -> None:
    for one in described.get("anyOf", [described]):
        if one.get("type") == "string":
            one["format"] = "date-time"
