"""The committed schemas and the catalogue are what the classes and the registry say."""

import jsonschema
import pytest

from huiying.events.envelope import Event
from huiying.events.registry import EVENT_BY_TYPE
from scripts.event_schemas import SCHEMAS, schema_of, schema_path, versioned_name
from scripts.generate.events import files


def test_the_committed_schemas_and_the_catalogue_are_current() -> None:
    stale = [path.name for path, text in files().items() if not path.is_file() or path.read_text("utf-8") != text]

    assert not stale, "run make contracts"


def test_no_schema_is_left_of_a_fact_that_is_gone() -> None:
    assert set(SCHEMAS.glob("*.json")) == {schema_path(event) for event in EVENT_BY_TYPE.values()}


@pytest.mark.parametrize("event", EVENT_BY_TYPE.values(), ids=versioned_name)
def test_a_schema_is_one_and_lets_a_fact_grow(event: type[Event]) -> None:
    schema = schema_of(event)

    jsonschema.Draft202012Validator.check_schema(schema)
    assert "additionalProperties" not in schema
    assert schema["description"]


@pytest.mark.parametrize("event", EVENT_BY_TYPE.values(), ids=versioned_name)
def test_a_time_is_described_as_one(event: type[Event]) -> None:
    schema = schema_of(event)
    parts = [schema, *schema["$defs"].values()]
    fields = [(name, field) for part in parts for name, field in part.get("properties", {}).items()]

    times = {name for name, field in fields if "date-time" in str(field)}

    assert times == {name for name, _ in fields if name.endswith("_at")}
