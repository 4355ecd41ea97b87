"""A crisis is told while it begins; a promotion, a wave of bots and a quiet night are told apart from it."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huiying.errors import Invalid
from scoring.domain.crises.buckets import BUCKET, BUCKETS_A_DAY, Bucket, Reason
from scoring.domain.crises.detector import Detector, DetectorState
from tests.unit.scoring.crises.days import START, onsets, quiet_days, signals_of, with_posts, without_feelings

THEN = 5 * BUCKETS_A_DAY + 100
HOUR = 12
RISING = [(number, number) for number in range(1, 13)] + [(12, 12)] * 24


def counts(most: int) -> st.SearchStrategy[list[tuple[int, int]]]:
    one = st.integers(0, most).flatmap(lambda total: st.tuples(st.just(total), st.integers(0, total)))
    return st.lists(one, max_size=40)


@pytest.mark.parametrize("wanted", [0.25, 1.0, 4.0])
def test_quiet_weeks_have_about_as_many_false_alarms_as_are_wanted(wanted: float) -> None:
    weeks = [quiet_days(7, seed=seed) for seed in range(12)]

    alarms = sum(len(onsets(signals_of(week, sensitivity=wanted))) for week in weeks)

    assert wanted / 4 <= alarms / len(weeks) <= wanted * 1.5


def test_a_crisis_alarms_while_it_rises() -> None:
    signals = signals_of(with_posts(quiet_days(7), since=THEN, each=RISING))

    (onset,) = onsets(signals)
    assert THEN <= onset < THEN + 8
    assert signals[onset].score >= 0.5
    assert Reason.NEGATIVES_SURGE in signals[onset].reasons
    assert Reason.COORDINATED_POSTING not in signals[onset].reasons
    assert signals[onset].ratio > 2
    assert signals[onset].odds > 4


def test_an_alarm_is_over_two_hours_after_the_crisis_and_does_not_flap() -> None:
    on_and_off = ([(20, 20)] * 6 + [(0, 0)] * 6) * 5

    signals = signals_of(with_posts(quiet_days(7), since=THEN, each=on_and_off))

    assert len(onsets(signals)) == 1
    assert signals[THEN + len(on_and_off)].active
    assert not signals[THEN + len(on_and_off) + 6 * HOUR].active


@pytest.mark.parametrize("campaign", [False, True])
def test_a_promotion_as_negative_as_any_day_does_not_alarm(campaign: bool) -> None:
    promotion = [(30, 3)] * (6 * HOUR)

    signals = signals_of(with_posts(quiet_days(7), since=THEN, each=promotion, campaign=campaign))

    assert onsets(signals) == []
    assert any(Reason.VOLUME_SURGE in signal.reasons for signal in signals[THEN:]) is not campaign


def test_a_declared_promotion_that_turns_sour_alarms() -> None:
    buckets = with_posts(quiet_days(7), since=THEN, each=[(30, 3)] * (6 * HOUR), campaign=True)

    signals = signals_of(with_posts(buckets, since=THEN + 2 * HOUR, each=RISING))

    assert THEN + 2 * HOUR <= onsets(signals)[0] < THEN + 3 * HOUR
    assert Reason.CAMPAIGN in signals[onsets(signals)[0]].reasons


def test_coordinated_posting_is_told_apart() -> None:
    buckets = with_posts(quiet_days(7), since=THEN, each=[(25, 24)] * 6, coordinated=23)

    signals = signals_of(buckets)

    assert Reason.COORDINATED_POSTING in signals[onsets(signals)[0]].reasons


def test_a_crisis_that_some_repeat_is_still_a_crisis() -> None:
    buckets = with_posts(quiet_days(7), since=THEN, each=[(25, 24)] * 6, coordinated=5)

    signals = signals_of(buckets)

    assert Reason.COORDINATED_POSTING not in signals[onsets(signals)[0]].reasons


def test_three_complaints_alarm_nobody_however_quiet_the_brand() -> None:
    nothing = [Bucket(START + at * BUCKET, 0, 0) for at in range(7 * BUCKETS_A_DAY)]

    assert onsets(signals_of(with_posts(nothing, since=THEN, each=[(3, 3)]))) == []
    assert onsets(signals_of(with_posts(nothing, since=THEN, each=[(4, 4)]))) == [THEN]


def test_the_first_day_is_for_learning() -> None:
    signals = signals_of(with_posts(quiet_days(1), since=100, each=[(200, 200)] * 6))

    assert onsets(signals) == []
    assert {signal.score for signal in signals} == {0.0}


def test_where_nobody_tells_feelings_apart_volume_alone_alarms() -> None:
    buckets = without_feelings(with_posts(quiet_days(7), since=THEN, each=[(200, 0)] * 6))

    signals = signals_of(buckets)

    assert onsets(signals) == [THEN]
    assert signals[THEN].reasons == (Reason.VOLUME_SURGE,)


def test_a_campaign_keeps_volume_alone_from_alarming() -> None:
    buckets = without_feelings(with_posts(quiet_days(7), since=THEN, each=[(200, 0)] * 6, campaign=True))

    signals = signals_of(buckets)

    assert onsets(signals) == []


def test_what_lasts_is_news_once() -> None:
    signals = signals_of(without_feelings(with_posts(quiet_days(7), since=THEN, each=[(200, 0)] + [(150, 0)] * 5)))

    assert signals[THEN].news
    assert not any(signal.news for signal in signals[THEN + 2 : THEN + 6])


@settings(max_examples=25)
@given(more=counts(50), cut=st.integers(0, 2 * BUCKETS_A_DAY))
def test_a_state_kept_as_bytes_goes_on_as_if_it_had_not_been(more: list[tuple[int, int]], cut: int) -> None:
    buckets = with_posts(quiet_days(2), since=BUCKETS_A_DAY + 100, each=more)
    detector = Detector(1.0)
    whole, signals = detector.fold(DetectorState.empty(), buckets)

    before, first = detector.fold(DetectorState.empty(), buckets[:cut])
    after, rest = detector.fold(DetectorState.from_bytes(before.to_bytes()), buckets[cut:])

    assert first + rest == signals
    assert after.to_bytes() == whole.to_bytes()


def test_folding_leaves_the_state_it_began_with_as_it_was() -> None:
    detector = Detector(1.0)
    state, _ = detector.fold(DetectorState.empty(), quiet_days(1))
    kept = state.to_bytes()

    detector.fold(state, quiet_days(1, seed=2))

    assert state.to_bytes() == kept


@settings(max_examples=25)
@given(more=counts(50), low=st.floats(0.01, 7), high=st.floats(0.01, 7))
def test_who_bears_more_false_alarms_never_sees_a_lower_score(
    more: list[tuple[int, int]], low: float, high: float
) -> None:
    low, high = sorted((low, high))
    buckets = with_posts(quiet_days(2), since=BUCKETS_A_DAY + 100, each=more)

    wary, eager = signals_of(buckets, sensitivity=low), signals_of(buckets, sensitivity=high)

    assert all(one.score <= other.score for one, other in zip(wary, eager, strict=True))


@settings(max_examples=25)
@given(more=counts(10**12))
def test_any_counts_give_a_score_between_0_and_1(more: list[tuple[int, int]]) -> None:
    buckets = with_posts(quiet_days(3), since=2 * BUCKETS_A_DAY + 100, each=more)

    for told in (buckets, without_feelings(buckets)):
        assert all(0 <= signal.score <= 1 for signal in signals_of(told))


@pytest.mark.parametrize("negative", [0, 5, None])
def test_weeks_of_the_same_count_alarm_nobody(negative: int | None) -> None:
    same = [Bucket(START + at * BUCKET, 5, negative) for at in range(21 * BUCKETS_A_DAY)]

    assert onsets(signals_of(same)) == []


def test_silence_is_not_an_event() -> None:
    silence = [Bucket(START + (at + 3 * BUCKETS_A_DAY) * BUCKET, 0, 0) for at in range(3 * BUCKETS_A_DAY)]

    signals = signals_of(quiet_days(3) + silence)

    assert {signal.score for signal in signals[3 * BUCKETS_A_DAY + 36 :]} == {0.0}


def test_a_nightly_quiet_and_a_morning_rise_are_the_rhythm_of_the_day() -> None:
    days = [
        msgspec.structs.replace(bucket, at=START + at * BUCKET)
        for at, bucket in enumerate(
            one
            for day in range(7)
            for one in quiet_days(1, an_hour=6, seed=day)[: BUCKETS_A_DAY // 2]
            + quiet_days(1, an_hour=120, seed=day + 100)[: BUCKETS_A_DAY // 2]
        )
    ]

    assert onsets(signals_of(days)) == []


@pytest.mark.parametrize("sensitivity", [0.0, -1.0, float("nan"), float("inf")])
def test_a_sensitivity_is_a_number_of_alarms(sensitivity: float) -> None:
    with pytest.raises(Invalid):
        Detector(sensitivity)


def test_bytes_of_something_else_are_refused() -> None:
    with pytest.raises(Invalid):
        DetectorState.from_bytes(b"not a state")


@pytest.mark.parametrize("buckets", [1, 2, 3, 6, 12, 36])
def test_a_burst_is_told_by_the_window_that_it_fills(buckets: int) -> None:
    burst = [(6, 6)] * buckets

    signals = signals_of(with_posts(quiet_days(7), since=THEN, each=burst))

    assert signals[THEN + buckets - 1].window_minutes == 5 * buckets


def test_a_signal_bears_its_bucket_and_its_window() -> None:
    signals = signals_of(with_posts(quiet_days(6), since=THEN, each=RISING))

    strongest = max(signals, key=lambda signal: signal.odds)

    assert strongest.at >= START + THEN * BUCKET
    assert strongest.window_minutes in {5, 10, 15, 30, 60, 180}
    assert strongest.observed > strongest.baseline
    assert strongest.negative_share > 0.5
