"""How often the next hours of an alarm fall within their forecast bands."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from scoring.domain.crises.buckets import BUCKET
from scoring.domain.crises.detector import Detector, DetectorState
from scoring.domain.crises.forecast import forecast
from simulator.scenarios.series import FINAL_SEEDS, make_series
from standalone.bench.crises import FALSE_ALARMS_A_WEEK, buckets_of

HOURS = 6
_BUCKETS_AN_HOUR = 12
_EVERY = 6


@dataclass(frozen=True)
class Coverage:
    """Per hour ahead, the share of outcomes within the band and the median factor by which the middle was off."""

    forecasts: int
    within: tuple[float, ...]
    factor: tuple[float, ...]


def measure_forecasts(seeds: Iterable[int] = FINAL_SEEDS[:20]) -> Coverage:
    """A forecast of six hours for every half hour of an alarm."""
    within, factors = [], []
    for seed in seeds:
        series = make_series(seed)
        hours = np.convolve(series.negative, np.ones(_BUCKETS_AN_HOUR))[_BUCKETS_AN_HOUR - 1 :]
        detector, state = Detector(FALSE_ALARMS_A_WEEK), DetectorState.empty()
        for at, bucket in enumerate(buckets_of(series)[: -HOURS * _BUCKETS_AN_HOUR]):
            if detector.update(state, bucket).active and at % _EVERY == 0:
                bands = forecast(state, now=bucket.at + BUCKET, hours=HOURS)
                came = [float(hours[at + 1 + ahead * _BUCKETS_AN_HOUR]) for ahead in range(HOURS)]
                # Half a post, because bands are not in whole posts.
                within.append(
                    [band.low - 0.5 <= count <= band.high + 0.5 for band, count in zip(bands, came, strict=True)]
                )
                factors.append(
                    [abs(np.log((count + 1) / (band.middle + 1))) for band, count in zip(bands, came, strict=True)]
                )
    return Coverage(
        forecasts=len(within),
        within=tuple(np.mean(within, axis=0).tolist()),
        factor=tuple(np.exp(np.median(factors, axis=0)).tolist()),
    )
