"""The next hours of negatives: what is usual, and during a crisis an excess that fades and grows uncertain."""

from datetime import datetime, timedelta

import pytest

from huiying.errors import Invalid
from scoring.domain.crises.buckets import BUCKET, BUCKETS_A_DAY
from scoring.domain.crises.detector import Detector, DetectorState
from scoring.domain.crises.forecast import forecast
from simulator.scenarios.series import make_series
from standalone.bench.crises import buckets_of
from tests.unit.scoring.crises.days import START, quiet_days, with_posts

THEN = 5 * BUCKETS_A_DAY
HOUR = timedelta(hours=1)


def the_state_after(buckets: list) -> tuple[DetectorState, datetime]:
    state, _ = Detector(0.25).fold(DetectorState.empty(), buckets)
    return state, buckets[-1].at + BUCKET


def test_a_quiet_day_goes_on_quietly() -> None:
    state, now = the_state_after(quiet_days(5, an_hour=60, share=0.1))

    bands = forecast(state, now=now, hours=6)

    assert [band.at for band in bands] == [START + 5 * 24 * HOUR + number * HOUR for number in range(6)]
    assert all(3 < band.middle < 12 for band in bands)
    assert all(0 <= band.low < band.middle < band.high for band in bands)


def test_an_excess_fades_and_its_bands_widen() -> None:
    state, now = the_state_after(with_posts(quiet_days(6), since=THEN, each=[(20, 18)] * 36)[: THEN + 36])

    bands = forecast(state, now=now, hours=12)

    middles = [band.middle for band in bands]
    widths = [band.high / band.low for band in bands]
    assert middles == sorted(middles, reverse=True)
    assert 150 < middles[0] < 250
    assert middles[-1] < 40
    assert widths[5] > widths[0]


def test_about_eight_of_ten_hours_of_a_month_fall_within_their_bands() -> None:
    within = hours = 0

    for seed in (2, 8, 20, 30):
        series = make_series(seed)
        buckets = buckets_of(series)
        state = DetectorState.empty()
        detector = Detector(0.25)
        for at, bucket in enumerate(buckets[:-12]):
            detector.update(state, bucket)
            if at > 7 * BUCKETS_A_DAY and at % 36 == 0:
                (band,) = forecast(state, now=bucket.at + BUCKET, hours=1)
                came = int(series.negative[at + 1 : at + 13].sum())
                within += band.low - 0.5 <= came <= band.high + 0.5
                hours += 1

    assert 0.7 <= within / hours <= 0.95


@pytest.mark.parametrize("hours", [0, 25])
def test_a_forecast_is_for_a_day_at_most(hours: int) -> None:
    with pytest.raises(Invalid):
        forecast(DetectorState.empty(), now=START, hours=hours)
