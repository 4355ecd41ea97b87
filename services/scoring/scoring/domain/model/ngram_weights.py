"""A few weights for the n-grams of a brand's texts: fitted to labels, kept small, applied to other texts."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from huiying.events.envelope import Value
from scoring.domain.model.features import Features
from scoring.domain.model.heads import Probabilities, softmax

Rows = npt.NDArray[np.float64]

_FEWEST_TEXTS = 2
# What an n-gram says is believed as far as it outweighs this; chosen on one domain, measured on others.
_PENALTY = 0.5
_STEPS = 60
_POWER_STEPS = 10
_LEAST_WEIGHT = 0.1


class NgramWeights(Value, frozen=True, kw_only=True):
    """A weight per label for some buckets, in ascending order: little-endian int32 and float32, as they are stored."""

    buckets: bytes
    weights: bytes

    def logits(self, features: Features, *, labels: int) -> Probabilities:
        """How far the n-grams of each text move its labels."""
        buckets = np.frombuffer(self.buckets, dtype="<i4")
        weights = np.frombuffer(self.weights, dtype="<f4").reshape(-1, labels)
        return _Seen(features, buckets).sums(weights.astype(np.float64))

    def times(self, factor: float) -> "NgramWeights":
        """All weights times `factor`."""
        weights = np.frombuffer(self.weights, dtype="<f4") * np.float32(factor)
        return NgramWeights(buckets=self.buckets, weights=weights.tobytes())


class _Seen:
    """Which of some buckets each text has: a sparse matrix whose rows have a length of 1 at most."""

    def __init__(self, features: Features, buckets: npt.NDArray[np.int32]) -> None:
        self.texts, self.buckets = features.counts.size, buckets.size
        places = np.minimum(np.searchsorted(buckets, features.buckets), max(buckets.size - 1, 0))
        known = np.flatnonzero(buckets[places] == features.buckets) if buckets.size else np.empty(0, dtype=np.int64)
        self._columns = places[known]
        self._rows = np.repeat(np.arange(self.texts), features.counts)[known]
        self._values = 1 / np.sqrt(features.counts[self._rows])

    def sums(self, weights: Rows) -> Rows:
        """The matrix times `weights`, which has a row per bucket."""
        return self._gathered(weights, self._columns, self._rows, self.texts)

    def slopes(self, errors: Rows) -> Rows:
        """The transposed matrix times `errors`, which has a row per text."""
        return self._gathered(errors, self._rows, self._columns, self.buckets)

    def _gathered(self, table: Rows, taken: npt.NDArray[np.int64], given: npt.NDArray[np.int64], size: int) -> Rows:
        columns = [np.bincount(given, column[taken] * self._values, size) for column in table.T]
        return np.stack(columns, axis=1)

    def largest_stretch(self) -> float:
        """The largest eigenvalue of the matrix times its transpose, nearly: how steep a loss over it can become."""
        direction = np.ones((self.buckets, 1))
        for _ in range(_POWER_STEPS):
            direction = self.slopes(self.sums(direction))
            length = float(np.linalg.norm(direction))
            direction /= length
        return length


def fit_weights(
    features: Features, *, offset: Probabilities, targets: Rows, importance: npt.NDArray[np.float64]
) -> NgramWeights:
    """The weights that move the logits `offset` of these texts nearest to `targets`, one row of shares per text.

    Only what at least two of the texts have gets a weight, and what it says must outweigh a penalty.
    """
    buckets, counts = np.unique(features.buckets, return_counts=True)
    buckets = buckets[counts >= _FEWEST_TEXTS]
    seen = _Seen(features, buckets)

    def slope(weights: Rows) -> Rows:
        errors = softmax(offset + seen.sums(weights)) - targets
        return seen.slopes(errors * importance[:, None]) + _PENALTY * weights

    steepest = importance.max() * seen.largest_stretch() / 2 + _PENALTY
    weights = _least(slope, np.zeros((buckets.size, targets.shape[1])), steepest=steepest)
    telling = np.abs(weights).max(axis=1) >= _LEAST_WEIGHT
    return NgramWeights(
        buckets=buckets[telling].astype("<i4").tobytes(), weights=weights[telling].astype("<f4").tobytes()
    )


def _least(slope: Callable[[Rows], Rows], weights: Rows, *, steepest: float) -> Rows:
    """Where a loss is least whose slope grows by `_PENALTY` at least and `steepest` at most: Nesterov's method."""
    ratio = np.sqrt(_PENALTY / steepest)
    momentum = (1 - ratio) / (1 + ratio)
    ahead = weights
    for _ in range(_STEPS):
        before, weights = weights, ahead - slope(ahead) / steepest
        ahead = weights + momentum * (weights - before)
    return weights
