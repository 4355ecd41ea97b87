"""The upper tail of a series that calibrates itself: what lies beyond all but a twentieth follows a Pareto law."""

import math

import msgspec

from scoring.domain.crises.buckets import BUCKETS_A_DAY

LEARNING_BUCKETS = 2 * BUCKETS_A_DAY
_QUANTILE = 0.95
_LIGHTEST, _HEAVIEST = -0.2, 0.49
_LEAST_SPREAD = 1e-9
_MOST_DECADES = 30.0


class Tail(msgspec.Struct):
    """Peaks over the 95 % quantile of the first two days, by number, sum and sum of squares.

    A generalised Pareto law is fitted to them by moments, again with each. Changes as it learns.
    """

    first: list[float] = msgspec.field(default_factory=list)
    threshold: float = 0.0
    buckets: int = 0
    peaks: int = 0
    excess: float = 0.0
    squares: float = 0.0

    def take(self, value: float) -> float:
        """How surprising the next value is, in decades, by those before it; then it counts among them."""
        self.buckets += 1
        if self.buckets <= LEARNING_BUCKETS:
            self.first.append(value)
            if self.buckets == LEARNING_BUCKETS:
                self._settle()
            return 0.0
        beyond = value - self.threshold
        if beyond <= 0:
            return 0.0
        surprise = self._decades(beyond)
        self._count(beyond)
        return surprise

    def _settle(self) -> None:
        values = sorted(self.first)
        self.threshold = values[int(_QUANTILE * (len(values) - 1))]
        for value in values:
            if value > self.threshold:
                self._count(value - self.threshold)
        self.first = []

    def _count(self, beyond: float) -> None:
        self.peaks += 1
        self.excess += beyond
        self.squares += beyond * beyond

    def _decades(self, beyond: float) -> float:
        if not self.peaks:
            return 0.0
        mean = self.excess / self.peaks
        variance = self.squares / self.peaks - mean * mean
        ratio = mean * mean / max(variance, _LEAST_SPREAD * mean * mean)
        shape = min(max((1 - ratio) / 2, _LIGHTEST), _HEAVIEST)
        grown = 1 + shape * beyond / (mean * (1 - shape))
        if grown <= 0:
            return _MOST_DECADES
        above = math.log10(grown) / shape if abs(shape) > _LEAST_SPREAD else beyond / mean / math.log(10)
        return min(above + math.log10(self.buckets / self.peaks), _MOST_DECADES)
