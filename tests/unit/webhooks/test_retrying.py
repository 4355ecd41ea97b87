"""What failed is tried again for three days, and a receiver that fails is left alone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.domain.retrying import PAUSES, hold_after, pause_after
from webhooks.domain.subscription import Standing, after_failure

NOW = datetime(2026, 9, 21, 12, 0, tzinfo=UTC)
FIVE_DAYS = timedelta(days=5)


def test_attempts_go_on_for_three_days_and_then_end() -> None:
    assert timedelta(days=3) < sum(PAUSES, timedelta()) < timedelta(days=4)
    assert pause_after(len(PAUSES), chance=0.5) == PAUSES[-1]
    assert pause_after(len(PAUSES) + 1, chance=0.5) is None


@given(attempt=st.integers(1, len(PAUSES)), chance=st.floats(0, 1))
def test_a_pause_is_spread_by_a_tenth_and_no_more(attempt: int, chance: float) -> None:
    pause = pause_after(attempt, chance=chance)

    assert pause is not None
    assert PAUSES[attempt - 1] * 0.899 <= pause <= PAUSES[attempt - 1] * 1.101


@given(failures=st.integers(1, 10_000), wished=st.none() | st.timedeltas(min_value=timedelta()))
def test_nobody_is_left_alone_for_longer_than_an_hour(failures: int, wished: timedelta | None) -> None:
    assert timedelta(seconds=2) <= hold_after(failures, wished=wished) <= timedelta(hours=1)


@pytest.mark.parametrize(("failing_for", "is_over"), [(timedelta(days=4), False), (FIVE_DAYS, True)])
def test_only_a_long_row_of_failures_ends_a_subscription(failing_for: timedelta, is_over: bool) -> None:
    before = Standing(failing_since=NOW - failing_for, failures=100)

    after = after_failure(before, now=NOW, disable_after=FIVE_DAYS, wished=None, is_gone=False)

    assert (after.disabled_reason is not None) is is_over
