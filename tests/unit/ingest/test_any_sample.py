"""Whatever stands in any place of a body that a platform sends, it becomes interactions or is called unreadable."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.unit.ingest.test_any_input import PLATFORMS, check_reading

SAMPLES = Path(__file__).parents[2] / "samples"

# Of each sort that JSON has, and what looks like a number but is none that anybody meant.
STRANGE: tuple[object, ...] = (True, 10**30, "²", [], {}, [[]])

Place = tuple[str | int, ...]


def places(value: object, here: Place = ()) -> Iterator[Place]:
    """Every place in a JSON value; of a long array, the first few will do."""
    yield here
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*here, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value[:2]):
            yield from places(inner, (*here, index))


def altered(value: object, place: Place, strange: object) -> object:
    """The value with something strange in that place."""
    if not place:
        return strange
    first, *rest = place
    inner = altered(value[first], tuple(rest), strange)  # type: ignore[index]
    if isinstance(value, dict):
        return {**value, first: inner}
    assert isinstance(value, list)
    return [inner if index == first else other for index, other in enumerate(value)]


def bodies_of(platform: str) -> Iterator[object]:
    """The platform's samples that are JSON."""
    for sample in sorted((SAMPLES / platform).glob("*.json")):
        content = sample.read_bytes()
        if not sample.name.endswith(".interactions.json") and content.startswith((b"{", b"[")):
            yield msgspec.json.decode(content)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_anything_anywhere_in_a_body_is_told_or_unreadable(platform: str) -> None:
    for body in bodies_of(platform):
        for place in places(body):
            for strange in STRANGE:
                check_reading(platform, msgspec.json.encode(altered(body, place, strange)))
