"""From rows of the read models to lines of points, with every gap filled."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import NamedTuple

from reporting.domain.catalogue import SENTIMENTS, UNASSESSED
from reporting.domain.metric import Gathering, Metric

EVERYTHING = "all"
"""The key of the only line of a metric that is not split."""


class Row(NamedTuple):
    """What one group of cells holds in one bucket: the metric's columns, in its order."""

    bucket: datetime
    group: str
    values: tuple[int | bytes, ...]


class Point(NamedTuple):
    """The figure of the hour, day, week or month that begins `at`."""

    at: datetime
    value: float | None


@dataclass(frozen=True, kw_only=True)
class Line:
    """One group's points, without gaps."""

    key: str
    points: tuple[Point, ...]


class Gathered:
    """Adds rows up: all of them, and those of each group and point."""

    def __init__(self, metric: Metric, begins: Sequence[datetime]) -> None:
        self._metric = metric
        self._begins = begins
        self._total = metric.gathering()
        self._points: dict[str, dict[int, Gathering]] = {}

    def add(self, rows: Iterable[Row]) -> None:
        """Add these rows, in any order. All lie within the period."""
        for row in rows:
            self._total.add(row.values)
            place = bisect_right(self._begins, row.bucket) - 1
            points = self._points.setdefault(row.group, {})
            gathering = points.get(place)
            if gathering is None:
                gathering = points[place] = self._metric.gathering()
            gathering.add(row.values)

    def total(self, opening: Mapping[str, int]) -> float | None:
        """The figure of the whole period; of a level, that at its end."""
        figure = self._total.figure()
        return (figure or 0) + sum(opening.values()) if self._metric.is_level else figure

    def lines(self, opening: Mapping[str, int], *, is_split: bool) -> list[Line]:
        """A line for each group that has anything, by key. `opening` is what a level begins with."""
        groups = {*self._points, *(group for group, count in opening.items() if count)}
        keys = sorted(groups) if is_split else [EVERYTHING]
        return [self._line(key, opening.get(key, 0)) for key in keys]

    def _line(self, key: str, opening: int) -> Line:
        empty = self._metric.gathering().figure()
        found = self._points.get(key, {})
        figures: list[float | None] = [
            found[place].figure() if place in found else empty for place in range(len(self._begins))
        ]
        if self._metric.is_level:
            figures = [opening + level for level in accumulate(figure or 0 for figure in figures)]
        return Line(key=key, points=tuple(Point(at, value) for at, value in zip(self._begins, figures, strict=True)))


def by_sentiment(rows: Iterable[tuple[datetime, int, int, int, int]]) -> Iterable[Row]:
    """Splits counts of all, negative, neutral and positive interactions; what is left was not assessed."""
    for bucket, everything, *assessed in rows:
        for label, count in zip((*SENTIMENTS, UNASSESSED), (*assessed, everything - sum(assessed)), strict=True):
            if count:
                yield Row(bucket, label, (count,))


def change(total: float | None, previous: float | None) -> float | None:
    """How much the total has grown since, as a share of what it was; None where that says nothing."""
    if total is None or not previous:
        return None
    return (total - previous) / abs(previous)
