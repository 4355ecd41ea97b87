"""How well probabilities agree with labels: pure figures, for `huiying score` and for training alike."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from huiying.events.envelope import Value
from scoring.domain.model.heads import Probabilities

SHORT_LABELS = ("neg", "neu", "pos")
_BINS = 15


class Evaluation(Value, frozen=True, kw_only=True):
    """Shares from 0 to 1. The macro figures are plain means over the labels present.

    `ece` is the expected calibration error over 15 equal bins of the highest probability. `confusion[truth][decision]`
    counts texts.
    """

    accuracy: float
    macro_f1: float
    macro_recall: float
    ece: float
    confusion: dict[str, dict[str, int]]


def open_labels(classes: npt.NDArray[np.int64]) -> tuple[int, ...]:
    """The sentiments to decide among: those present where there are exactly two, else all three."""
    present = tuple(int(one) for one in np.unique(classes))
    return present if len(present) == 2 else tuple(range(len(SHORT_LABELS)))


def evaluate(
    classes: npt.NDArray[np.int64],
    rows: Probabilities,
    *,
    labels: Sequence[str] = SHORT_LABELS,
    among: Sequence[int] | None = None,
) -> Evaluation:
    """The figures for texts whose true classes are `classes`, the places of their labels in `labels`.

    `among` are the classes to decide among; without it, the `open_labels` of a sentiment.
    """
    open_to = list(open_labels(classes) if among is None else among)
    shares = rows[:, open_to] / np.maximum(rows[:, open_to].sum(axis=1, keepdims=True), 1e-12)
    decided = np.array(open_to)[shares.argmax(axis=1)]
    right = decided == classes
    present = [label for label in open_to if (classes == label).any()]
    return Evaluation(
        accuracy=float(right.mean()),
        macro_f1=_mean([_f1(classes, decided, label) for label in present]),
        macro_recall=_mean([float(right[classes == label].mean()) for label in present]),
        ece=calibration_error(shares.max(axis=1), right),
        confusion={
            labels[truth]: {labels[one]: int(((classes == truth) & (decided == one)).sum()) for one in open_to}
            for truth in open_to
        },
    )


def calibration_error(confidence: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> float:
    """The mean distance between how sure and how right, over bins of sureness weighted by their texts."""
    bins = np.minimum((confidence * _BINS).astype(np.int64), _BINS - 1)
    texts = np.bincount(bins, minlength=_BINS)
    gaps = np.abs(
        np.bincount(bins, weights=confidence, minlength=_BINS) - np.bincount(bins, weights=right, minlength=_BINS)
    )
    return float(gaps.sum() / max(texts.sum(), 1))


def _f1(classes: npt.NDArray[np.int64], decided: npt.NDArray[np.int64], label: int) -> float:
    both = int(((classes == label) & (decided == label)).sum())
    either = int((classes == label).sum() + (decided == label).sum())
    return 2 * both / either if either else 0.0


def _mean(figures: Sequence[float]) -> float:
    return sum(figures) / len(figures) if figures else 0.0
