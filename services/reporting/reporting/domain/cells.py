"""Cells: the smallest things that are counted apart, and what a batch of facts adds to them."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

BUCKET = timedelta(minutes=15)
"""How finely time is kept: every offset that a zone has today is a multiple of this."""


class Cell(NamedTuple):
    """A quarter of an hour of one brand's account on one platform, for one kind of interaction or thread.

    Sorting by all of it is the order in which replicas lock rows, so that no two wait for each other.
    """

    brand: str
    bucket: datetime
    platform: str
    kind: str
    account: str


class Additions:
    """What a batch adds to cells: numbers to their counters, values to their sketches. Adding nothing adds no cell."""

    def __init__(self) -> None:
        self._counts: dict[Cell, dict[str, int]] = {}
        self._values: dict[Cell, dict[str, list[str | float]]] = {}

    def count(self, cell: Cell, *counters: str, by: int = 1) -> None:
        """Add `by` to each of these counters."""
        counts = self._counts.setdefault(cell, {})
        for counter in counters:
            counts[counter] = counts.get(counter, 0) + by

    def observe(self, cell: Cell, sketch: str, value: str | float) -> None:
        """Let a sketch see a value."""
        self._values.setdefault(cell, {}).setdefault(sketch, []).append(value)

    @property
    def cells(self) -> list[Cell]:
        """Every cell to which something is added, in order."""
        return sorted({*self._counts, *self._values})

    def counts_of(self, cell: Cell) -> dict[str, int]:
        """What is added to the counters of a cell."""
        return self._counts.get(cell, {})

    def values_of(self, cell: Cell) -> dict[str, list[str | float]]:
        """What the sketches of a cell are to see."""
        return self._values.get(cell, {})


def bucket_of(instant: datetime) -> datetime:
    """The beginning of the quarter of an hour in which an instant lies, in UTC."""
    moment = instant.astimezone(UTC)
    return moment.replace(minute=moment.minute - moment.minute % 15, second=0, microsecond=0)
