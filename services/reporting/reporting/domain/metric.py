"""What a metric is: which columns it reads, how it adds them up, and what it says it means."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from reporting.domain.sketches import SKETCHES


class Family(StrEnum):
    """Which facts a metric is made from, and so which of the read models it reads."""

    INTERACTIONS = "interactions"
    THREADS = "threads"
    MEASUREMENTS = "measurements"
    ALERTS = "alerts"


class Dimension(StrEnum):
    """What a metric can be split by."""

    PLATFORM = "platform"
    KIND = "kind"
    ACCOUNT = "account"
    SENTIMENT = "sentiment"
    SEVERITY = "severity"


CELL_DIMENSIONS = (Dimension.PLATFORM, Dimension.KIND, Dimension.ACCOUNT)
"""What a metric of interactions and threads can be split by."""

MEASURED_DIMENSIONS = (Dimension.PLATFORM, Dimension.ACCOUNT)
"""What a metric of posts and accounts can be split by."""


class Gathering(Protocol):
    """Adds up what the cells of one point hold."""

    def add(self, values: Sequence[int | bytes]) -> None:
        """One cell's columns, in the metric's order."""

    def figure(self) -> float | None:
        """The metric's value; None where nothing was there to measure."""


class Sums:
    """Gathers counters, and makes the figure of their sums."""

    def __init__(self, formula: Callable[..., float | None], *, size: int) -> None:
        self._formula = formula
        self._sums = [0] * size

    def add(self, values: Sequence[int | bytes]) -> None:
        self._sums = [total + int(value) for total, value in zip(self._sums, values, strict=True)]

    def figure(self) -> float | None:
        return self._formula(*self._sums)


class Merged:
    """Gathers sketches of one column."""

    def __init__(self, column: str) -> None:
        self._sketch = SKETCHES[column]()

    def add(self, values: Sequence[int | bytes]) -> None:
        for value in values:
            if isinstance(value, bytes):
                self._sketch.merge(value)

    def figure(self) -> float | None:
        return self._sketch.figure()


@dataclass(frozen=True, kw_only=True)
class Definition:
    """What a metric means, for people."""

    en: str
    zh: str


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One figure that can be asked for.

    `formula` makes it of the sums of `columns`; without one the columns are sketches. `is_level` marks a stock, whose
    points carry on from one to the next, against a flow, whose points begin at zero.
    """

    name: str
    unit: str
    definition: Definition
    family: Family
    columns: tuple[str, ...]
    formula: Callable[..., float | None] | None = None
    dimensions: tuple[Dimension, ...] = CELL_DIMENSIONS
    is_level: bool = False

    @property
    def is_sketch(self) -> bool:
        """Whether its columns hold sketches, which the database cannot add up."""
        return self.formula is None

    def gathering(self) -> Gathering:
        """Something that has gathered nothing yet."""
        if self.formula is None:
            return Merged(self.columns[0])
        return Sums(self.formula, size=len(self.columns))
