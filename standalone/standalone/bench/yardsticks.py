"""What a detector is held against: the usual alternative, and one that is told what nobody can know."""

import numpy as np
import numpy.typing as npt

from scoring.domain.crises.surprise import decades, rate_z
from simulator.scenarios.ordinary import BUCKETS_A_DAY
from simulator.scenarios.series import Series

LEAST_NEGATIVES = 4
_CALM_BUCKETS = 24
_SIGMA_WINDOW = 3
_WINDOWS = (1, 3, 12, 36)


def sigma_onsets(series: Series, sigmas: float) -> list[int]:
    """Where negatives of 15 minutes exceed the mean of the last 24 hours by so many standard deviations."""
    sums = np.convolve(series.negative, np.ones(_SIGMA_WINDOW))[: len(series.negative)]
    before = np.lib.stride_tricks.sliding_window_view(sums, BUCKETS_A_DAY)[:-1]
    now = sums[BUCKETS_A_DAY:]
    return _onsets((now >= LEAST_NEGATIVES) & (now > before.mean(axis=1) + sigmas * before.std(axis=1)))


def informed_onsets(series: Series, most_decades: float) -> list[int]:
    """Where negatives of 5, 15, 60 or 180 minutes are that surprising, for one who knows how many were expected."""
    counts, expected = (np.concatenate([[0], np.cumsum(each)]) for each in (series.negative, series.expected_negative))
    high = np.zeros(len(series.negative), dtype=np.bool_)
    for window in _WINDOWS:
        came, usual = counts[window:] - counts[:-window], expected[window:] - expected[:-window]
        for at in np.flatnonzero((came >= LEAST_NEGATIVES) & (came > usual)).tolist():
            surprise = decades(rate_z(float(came[at]), expected=float(usual[at]), dispersion=0.0))
            high[at + window - 1] |= surprise >= most_decades
    return _onsets(high[BUCKETS_A_DAY:])


def _onsets(high: npt.NDArray[np.bool_]) -> list[int]:
    """The first of each run, where a run ends with two hours below; `high` begins on the second day."""
    onsets, last = [], -_CALM_BUCKETS
    for at in np.flatnonzero(high).tolist():
        if at - last >= _CALM_BUCKETS:
            onsets.append(at + BUCKETS_A_DAY)
        last = at
    return onsets
