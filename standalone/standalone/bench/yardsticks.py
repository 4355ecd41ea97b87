"""What a detector is held against: the usual alternative, and one that is told what nobody can know."""

import numpy as np
import numpy.typing as npt

from simulator.scenarios.ordinary import BUCKETS_A_DAY
from simulator.scenarios.series import Series

LEAST_NEGATIVES = 4
_CALM_BUCKETS = 24
_SIGMA_WINDOW = 3
# A rise like those of the scenarios: an hour, slowly first, to so many times the usual posts, or at least so many
# negatives in five minutes. Finer mixtures of rises hardly gain. After two hours it is no beginning any more.
_BEGINNING = 24
_RISE = np.minimum(np.arange(1, _BEGINNING + 1) / 12, 1) ** 1.5
_HEIGHTS = (0.7, 3.5)
_LEAST_HEIGHT = 2 / 3
_MOST_EVIDENCE = 700.0
_LEAST_EXPECTED = 1e-9


def sigma_onsets(series: Series, sigmas: float) -> list[int]:
    """Where negatives of 15 minutes exceed the mean of the last 24 hours by so many standard deviations."""
    sums = np.convolve(series.negative, np.ones(_SIGMA_WINDOW))[: len(series.negative)]
    before = np.lib.stride_tricks.sliding_window_view(sums, BUCKETS_A_DAY)[:-1]
    now = sums[BUCKETS_A_DAY:]
    return _onsets((now >= LEAST_NEGATIVES) & (now > before.mean(axis=1) + sigmas * before.std(axis=1)))


def informed_onsets(series: Series, least_decades: float) -> list[int]:
    """Where negatives speak that much for a crisis, for one who knows how many were expected and how crises rise.

    The likelihood ratio of two heights and of all beginnings within the last two hours. Of posts that repeat one
    another it counts none.
    """
    came = np.maximum(series.negative - series.coordinated, 0)
    expected = np.maximum(series.expected_negative, _LEAST_EXPECTED)
    usual = float(series.total.mean())
    rises = [max(height * usual, _LEAST_HEIGHT) * _RISE for height in _HEIGHTS]
    evidence = np.mean([_evidence(came, expected, rise) for rise in rises], axis=0)
    enough = np.convolve(came, np.ones(_BEGINNING))[: len(came)] >= LEAST_NEGATIVES
    return _onsets((enough & (evidence >= 10**least_decades))[BUCKETS_A_DAY:])


def _evidence(
    came: npt.NDArray[np.int64], expected: npt.NDArray[np.float64], rise: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """At each bucket the sum, over all beginnings, of how much likelier the counts since are with the rise added."""
    after = len(rise) - 1
    counts = np.lib.stride_tricks.sliding_window_view(np.pad(came, (0, after)), len(rise))
    usual = np.lib.stride_tricks.sliding_window_view(np.pad(expected, (0, after), constant_values=1.0), len(rise))
    ratios = np.exp(np.minimum((counts * np.log1p(rise / usual) - rise).cumsum(axis=1), _MOST_EVIDENCE))
    evidence = np.zeros(len(came))
    for since in range(len(rise)):
        evidence[since:] += ratios[: len(came) - since, since]
    return evidence


def _onsets(high: npt.NDArray[np.bool_]) -> list[int]:
    """The first of each run, where a run ends with two hours below; `high` begins on the second day."""
    onsets, last = [], -_CALM_BUCKETS
    for at in np.flatnonzero(high).tolist():
        if at - last >= _CALM_BUCKETS:
            onsets.append(at + BUCKETS_A_DAY)
        last = at
    return onsets
