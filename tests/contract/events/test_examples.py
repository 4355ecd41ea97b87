"""The golden examples decode for ever: so every field that is added later must be optional."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from huiying.events.envelope import Event, Undecodable, decode, encode
from huiying.events.registry import EVENT_BY_TYPE
from scripts.event_schemas import EXAMPLES, examples_of, schema_of, versioned_name

EVENTS = list(EVENT_BY_TYPE.values())
PAIRS = [(event, path) for event in EVENTS for path in examples_of(event)]


def named(value: object) -> str | None:
    """How a failure calls an event or an example."""
    if isinstance(value, Path):
        return value.stem
    return versioned_name(value) if isinstance(value, type) and issubclass(value, Event) else None


def growing(event: type[Event], field: tuple[Any, ...]) -> type[Event]:
    """The event as it would be with one field more."""
    return msgspec.defstruct("Grown", [field], bases=(event,), frozen=True, kw_only=True)


@pytest.mark.parametrize(("event", "path"), PAIRS, ids=named)
def test_an_example_decodes_and_says_the_same_when_it_is_told_again(event: type[Event], path: Path) -> None:
    written = path.read_bytes()

    told = encode(decode(event, written))

    assert json.loads(told) == json.loads(written)


@pytest.mark.parametrize(("event", "path"), PAIRS, ids=named)
def test_an_example_fits_the_schema(event: type[Event], path: Path) -> None:
    checker = jsonschema.Draft202012Validator(schema_of(event))

    assert not list(checker.iter_errors(json.loads(path.read_bytes())))


@pytest.mark.parametrize(("event", "path"), PAIRS, ids=named)
def test_an_example_that_has_grown_decodes_to_the_same(event: type[Event], path: Path) -> None:
    written = json.loads(path.read_bytes())

    grown = decode(event, json.dumps({**written, "a_field_of_tomorrow": {"any": ["thing"]}}).encode())

    assert grown == decode(event, path.read_bytes())


@pytest.mark.parametrize("event", EVENTS, ids=named)
def test_a_fact_has_several_examples_and_one_of_them_has_only_what_is_required(event: type[Event]) -> None:
    required = set(schema_of(event)["required"])
    examples = [json.loads(path.read_bytes()) for path in examples_of(event)]

    assert len(examples) > 1
    assert any(set(example) == required for example in examples)


@pytest.mark.parametrize("event", EVENTS, ids=named)
def test_a_required_field_that_is_added_later_would_break_the_examples(event: type[Event]) -> None:
    broken = growing(event, ("a_field_of_tomorrow", str))
    unbroken = growing(event, ("a_field_of_tomorrow", str | None, None))

    for path in examples_of(event):
        with pytest.raises(Undecodable):
            decode(broken, path.read_bytes())
        assert decode(unbroken, path.read_bytes())


def test_every_example_belongs_to_a_fact() -> None:
    known = {versioned_name(event) for event in EVENTS}

    assert {folder.name for folder in EXAMPLES.iterdir()} == known


def test_an_example_is_called_by_a_sentence() -> None:
    assert not [path.name for _, path in PAIRS if path.stem.count("-") < 2]
