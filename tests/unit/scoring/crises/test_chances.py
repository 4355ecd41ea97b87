"""What chance alone does: tails of counts, tails that a series shows of itself, and what its own alarms are worth."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from scoring.domain.crises.buckets import BUCKETS_A_WEEK
from scoring.domain.crises.episodes import FLOOR_DECADES, Episodes
from scoring.domain.crises.surprise import decades, rate_z
from scoring.domain.crises.tail import LEARNING_BUCKETS, Tail


@pytest.mark.parametrize("z", [0.5, 3.0, 24.9, 25.1, 30.0])
def test_decades_are_those_of_a_normal_tail_near_and_far(z: float) -> None:
    assert decades(z) == pytest.approx(-stats.norm.logsf(z) / math.log(10), rel=2e-3)


@pytest.mark.parametrize("expected", [0.05, 1.0, 10.0, 400.0])
@pytest.mark.parametrize("dispersion", [0.0, 0.02, 0.3, 1.0])
def test_a_surprise_is_within_a_fifth_of_the_exact_tail_and_never_beyond(expected: float, dispersion: float) -> None:
    counts = np.unique(np.geomspace(4, 3_000, 60).astype(int))
    tails = stats.poisson(expected) if not dispersion else _negative_binomial(expected, dispersion)

    exact = -tails.logsf(counts - 1) / math.log(10)
    found = [decades(rate_z(int(count), expected=expected, dispersion=dispersion)) for count in counts]

    for truth, told in zip(exact, found, strict=True):
        if 1.5 < truth < 60:
            assert 0.78 * truth <= told <= truth + 0.01


def test_a_count_below_what_is_usual_is_no_surprise() -> None:
    assert rate_z(3, expected=10, dispersion=0.1) == 0
    assert rate_z(0, expected=0, dispersion=0.1) == 0


def test_a_tail_learns_first_and_then_knows_how_rare_a_value_is() -> None:
    values = np.random.default_rng(1).exponential(1.0, 20_000)
    tail = Tail()

    surprises = [tail.take(float(value)) for value in values]

    assert set(surprises[:LEARNING_BUCKETS]) == {0.0}
    assert tail.first == []
    for rare in (2, 3):
        assert np.mean(np.array(surprises) >= rare) == pytest.approx(10**-rare, rel=0.6)


def test_a_tail_of_equal_values_has_no_surprise_but_another_value() -> None:
    tail = Tail()
    for _ in range(LEARNING_BUCKETS + 10):
        tail.take(1.0)

    assert tail.take(1.0) == 0
    assert tail.take(2.0) >= 0
    assert tail.take(3.0) > 0


def test_the_more_often_a_series_surprises_the_less_its_surprises_are_worth() -> None:
    calm, restless = Episodes(), Episodes()

    for at in range(4 * BUCKETS_A_WEEK):
        calm.learn(0.0)
        restless.learn(FLOOR_DECADES + 1.5 if at % 100 == 0 else 0.0)

    assert restless.per_week(4.0) > 10 * calm.per_week(4.0)


def test_a_run_of_surprises_is_one_episode() -> None:
    episodes = Episodes()

    for surprise in [2.0, 3.0, 2.0] * 4 + [0.0] * 12:
        episodes.learn(surprise)

    assert episodes.count == pytest.approx(1, abs=0.01)
    assert episodes.excess == pytest.approx(3.0 - FLOOR_DECADES, abs=0.01)


def test_a_stronger_surprise_is_rarer_and_never_impossible() -> None:
    rates = [Episodes().per_week(surprise) for surprise in (1.5, 3.0, 10.0, 1_000.0)]

    assert rates == sorted(rates, reverse=True)
    assert rates[-1] > 0


def _negative_binomial(expected: float, dispersion: float) -> Any:
    return stats.nbinom(1 / dispersion, 1 / (1 + expected * dispersion))
