"""Sketches: many values in little room, mergeable in any order, from which no value of a person can be read back."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Protocol

from datasketches import hll_sketch, hll_union, kll_floats_sketch  # type: ignore[import-untyped] # has no types

_PEOPLE_LG_K = 12
_DURATIONS_K = 200


class Sketch(Protocol):
    """Something that values and other sketches are added to, and that tells one figure."""

    def add(self, values: Iterable[str | float]) -> None:
        """See these values."""

    def merge(self, stored: bytes) -> None:
        """See all that a stored sketch of the same sort has seen."""

    def stored(self) -> bytes:
        """The bytes from which `merge` knows everything."""

    def figure(self) -> float | None:
        """What the sketch estimates; None if it has seen nothing and nothing cannot be told as zero."""


class People:
    """How many different strings were seen: exact to about 200, within 2 percent (one standard error) beyond."""

    def __init__(self) -> None:
        self._union = hll_union(_PEOPLE_LG_K)

    def add(self, values: Iterable[str | float]) -> None:
        for value in values:
            self._union.update(value)

    def merge(self, stored: bytes) -> None:
        self._union.update(hll_sketch.deserialize(stored))

    def stored(self) -> bytes:
        return bytes(self._union.get_result().serialize_compact())

    def figure(self) -> float | None:
        return float(round(self._union.get_estimate()))


class Durations:
    """The median of the seconds that were seen: exact to 200 of them, then within 1.7 percent of the ranks."""

    def __init__(self) -> None:
        self._sketch = kll_floats_sketch(_DURATIONS_K)

    def add(self, values: Iterable[str | float]) -> None:
        for value in values:
            self._sketch.update(float(value))

    def merge(self, stored: bytes) -> None:
        self._sketch.merge(kll_floats_sketch.deserialize(stored))

    def stored(self) -> bytes:
        return bytes(self._sketch.serialize())

    def figure(self) -> float | None:
        return None if self._sketch.is_empty() else float(self._sketch.get_quantile(0.5, True))


SKETCHES: Mapping[str, type[People] | type[Durations]] = MappingProxyType(
    {
        "people": People,
        "first_response": Durations,
        "next_response": Durations,
        "resolution": Durations,
    }
)
"""Which sort of sketch lies in which column."""
