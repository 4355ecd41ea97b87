"""How bad an alarm is, and that it does not flap."""

from typing import Any

import pytest

from scoring.domain.alerts.counts import Counts
from scoring.domain.alerts.severity import Episode, severity_of
from scoring.domain.crises.buckets import Signal
from tests.unit.scoring.watches.world import NOON

BAD = {"observed": 60, "baseline": 2.0, "ratio": 30.0, "odds": 1e4}
MILD = {"observed": 6, "baseline": 1.0, "ratio": 6.0, "odds": 5.0}


def a_signal(**changes: Any) -> Signal:
    """What a bucket says in the midst of an alarm."""
    usual = {"score": 0.9, "onset": False, "news": False, "active": True, "negative_share": 0.8, "window_minutes": 60}
    return Signal(at=NOON, reasons=(), **{**usual, **MILD, **changes})


def severity(counts: Counts | None = None, **changes: Any) -> int:
    """The level of an alarm that has just opened."""
    return severity_of(Episode(opened_at=NOON), a_signal(**changes), counts or Counts()).level


def test_it_lies_between_one_and_five() -> None:
    worst = Counts(total=10**6, negative=10**6, risky=10**6, influential=10**6, reach=10**12)

    assert severity(observed=0, baseline=5.0, ratio=0.0, odds=0.0) == 1
    assert severity(worst, observed=10**9, ratio=1e9, odds=1e9) == 5


@pytest.mark.parametrize(
    "worse",
    [
        {"observed": 600},
        {"odds": 1e6},
        {"counts": Counts(risky=50)},
        {"counts": Counts(reach=10**7, influential=30)},
    ],
)
def test_it_grows_with_volume_odds_reach_and_risk(worse: dict[str, Any]) -> None:
    assert severity(**worse) > severity()


def test_it_rises_at_once_and_falls_when_half_an_hour_was_better() -> None:
    episode = Episode(opened_at=NOON)

    levels = [severity_of(episode, a_signal(**figures), Counts()).level for figures in [MILD, BAD, *[MILD] * 7]]

    assert levels[1] > levels[0]
    assert levels[2:7] == [levels[1]] * 5
    assert levels[7] == levels[0]


def test_its_reasons_say_what_it_rests_on() -> None:
    found = severity_of(Episode(opened_at=NOON), a_signal(**BAD), Counts(negative=5, risky=9))

    weights = {reason.code: reason.weight for reason in found.reasons}
    assert {"odds", "volume", "risk"} <= set(weights)
    assert round(sum(weights.values())) == found.level
