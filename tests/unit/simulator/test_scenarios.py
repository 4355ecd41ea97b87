"""Months of counts: repeatable, and with the incidents that they say they have."""

import numpy as np
import pytest

from simulator.scenarios.incidents import CRISES, Kind
from simulator.scenarios.ordinary import BUCKETS
from simulator.scenarios.series import DEVELOPMENT_SEEDS, FINAL_SEEDS, Series, make_series

SOME = [make_series(seed) for seed in range(30)]


def test_the_same_seed_is_the_same_month_and_another_seed_another() -> None:
    once, again, other = make_series(3), make_series(3), make_series(4)

    assert (once.total == again.total).all()
    assert (once.negative == again.negative).all()
    assert (once.total != other.total).any()


def test_no_brand_is_both_for_development_and_for_the_last_measurement() -> None:
    assert len(DEVELOPMENT_SEEDS) == len(FINAL_SEEDS) == 100
    assert not set(DEVELOPMENT_SEEDS) & set(FINAL_SEEDS)


@pytest.mark.parametrize("series", SOME, ids=lambda series: f"seed-{series.seed}")
def test_parts_are_never_more_than_the_whole(series: Series) -> None:
    assert len(series.total) == BUCKETS
    assert (series.negative <= series.total).all()
    assert (series.coordinated <= series.total).all()
    assert (series.late >= 0).all()


def test_a_crisis_brings_its_posts_between_its_beginning_and_its_end() -> None:
    crises = [(series, one) for series in SOME for one in series.incidents if one.kind in CRISES]

    for series, crisis in crises:
        assert not crisis.negative[: crisis.begins].any()
        assert crisis.begins < crisis.ends <= BUCKETS
        height = crisis.negative.max()
        assert height * 12 > 7.99
        assert crisis.negative[crisis.ends :].max(initial=0) <= 0.1 * height
        assert height >= series.expected_negative.mean()


def test_a_promotion_is_as_negative_as_the_days_around_it() -> None:
    promotions = [one for series in SOME for one in series.incidents if one.kind is Kind.PROMOTION]

    shares = [one.negative.sum() / (one.negative + one.other).sum() for one in promotions]

    assert len(promotions) > 30
    assert 0.05 < np.median(shares) < 0.2
    assert {one.declared for one in promotions} == {False, True}


def test_a_wave_repeats_itself_as_nothing_else_does() -> None:
    with_waves = [(series, one) for series in SOME for one in series.incidents if one.kind is Kind.WAVE]

    for series, wave in with_waves:
        share = series.coordinated / np.maximum(series.total, 1)
        assert share[wave.begins : wave.ends].mean() > 4 * share[: wave.begins].mean()


def test_only_declared_promotions_are_campaigns() -> None:
    for series in SOME:
        declared = np.zeros(BUCKETS, dtype=bool)
        for one in series.incidents:
            declared[one.begins : one.ends] |= one.declared
        assert (series.campaign == declared).all()
