"""An allowance is spent at once or bit by bit, and grows back steadily."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ingest.domain.allowance import spend, wait_for

NOW = datetime(2026, 9, 21, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_all_of_it_may_be_used_at_once_and_then_nothing() -> None:
    whole_at = None
    waits = []

    for _ in range(6):
        waits.append(wait_for(whole_at, count=5, per=MINUTE, now=NOW))
        whole_at = spend(whole_at, count=5, per=MINUTE, now=NOW)

    assert waits == [timedelta()] * 5 + [timedelta(seconds=12)]


def test_what_was_used_comes_back_bit_by_bit() -> None:
    whole_at = None
    for _ in range(5):
        whole_at = spend(whole_at, count=5, per=MINUTE, now=NOW)

    assert wait_for(whole_at, count=5, per=MINUTE, now=NOW + timedelta(seconds=11)) == timedelta(seconds=1)
    assert wait_for(whole_at, count=5, per=MINUTE, now=NOW + timedelta(seconds=12)) == timedelta()


def test_an_account_that_may_not_speak_for_a_while_waits_that_while() -> None:
    assert wait_for(NOW + MINUTE, count=1, per=timedelta(), now=NOW) == MINUTE


@given(
    count=st.integers(1, 20),
    per_seconds=st.integers(1, 600),
    pauses=st.lists(st.floats(0, 120), min_size=1, max_size=120),
)
def test_no_longer_span_ever_sees_more_than_twice_its_allowance(
    count: int, per_seconds: int, pauses: list[float]
) -> None:
    per, now, whole_at = timedelta(seconds=per_seconds), NOW, None
    done: list[datetime] = []

    for pause in pauses:
        now += timedelta(seconds=pause)
        if not wait_for(whole_at, count=count, per=per, now=now):
            whole_at = spend(whole_at, count=count, per=per, now=now)
            done.append(now)

    for start in done:
        assert sum(start <= one < start + per for one in done) <= 2 * count
