"""How time is cut, and which period is the one before."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.domain.calendar import Comparison, Granularity, Period, compared, points, whole_buckets

ZONES = ["UTC", "Asia/Shanghai", "Asia/Kolkata", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe"]


def wall(zone: str, year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def hours_of(zone: str, day: tuple[int, int, int], after: tuple[int, int, int]) -> list[datetime]:
    period = Period(wall(zone, *day), wall(zone, *after))
    return points(period, Granularity.HOUR, ZoneInfo(zone))


def test_the_day_on_which_new_york_springs_forward_has_23_hours() -> None:
    assert len(hours_of("America/New_York", (2026, 3, 8), (2026, 3, 9))) == 23


def test_the_day_on_which_new_york_falls_back_has_25_hours() -> None:
    assert len(hours_of("America/New_York", (2026, 11, 1), (2026, 11, 2))) == 25


def test_days_of_new_york_follow_its_clock_through_the_change() -> None:
    zone = "America/New_York"

    days = points(Period(wall(zone, 2026, 3, 7), wall(zone, 2026, 3, 10)), Granularity.DAY, ZoneInfo(zone))

    assert [day.hour for day in days] == [5, 5, 4]


def test_an_hour_of_india_begins_on_the_half_hour_of_utc() -> None:
    hours = hours_of("Asia/Kolkata", (2026, 3, 10), (2026, 3, 11))

    assert {hour.minute for hour in hours} == {30}


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    period = Period(datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC))

    assert [day.day for day in points(period, Granularity.WEEK, UTC)] == [12, 19, 26]
    assert [day.month for day in points(period, Granularity.MONTH, UTC)] == [1, 2]


def test_a_period_is_widened_to_whole_quarters_of_an_hour() -> None:
    period = Period(datetime(2026, 1, 1, 10, 7, tzinfo=UTC), datetime(2026, 1, 1, 10, 31, tzinfo=UTC))

    assert whole_buckets(period) == (
        datetime(2026, 1, 1, 10, 0, tzinfo=UTC),
        datetime(2026, 1, 1, 10, 45, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("begin", "end", "comparison", "expected"),
    [
        # Whole months: as many before, however long they are.
        ((2026, 3, 1), (2026, 4, 1), "previous_period", ((2026, 2, 1), (2026, 3, 1))),
        ((2026, 1, 1), (2026, 4, 1), "previous_period", ((2025, 10, 1), (2026, 1, 1))),
        # Anything else: as long.
        ((2026, 3, 9), (2026, 3, 16), "previous_period", ((2026, 3, 2), (2026, 3, 9))),
        ((2026, 3, 1), (2026, 3, 8), "previous_period", ((2026, 2, 22), (2026, 3, 1))),
        # The same dates a year ago, whatever the leap year does.
        ((2026, 3, 1), (2026, 4, 1), "previous_year", ((2025, 3, 1), (2025, 4, 1))),
        ((2025, 2, 1), (2025, 3, 1), "previous_year", ((2024, 2, 1), (2024, 3, 1))),
        ((2024, 2, 1), (2024, 3, 1), "previous_year", ((2023, 2, 1), (2023, 3, 1))),
        ((2024, 2, 29), (2024, 3, 1), "previous_year", ((2023, 2, 28), (2023, 3, 1))),
        ((2024, 2, 28), (2024, 2, 29), "previous_year", ((2023, 2, 28), (2023, 3, 1))),
        ((2024, 2, 29, 8), (2024, 2, 29, 12), "previous_year", ((2023, 2, 28, 8), (2023, 2, 28, 12))),
    ],
)
@pytest.mark.parametrize("zone", ZONES)
def test_the_period_to_compare_with_has_the_same_shape(
    begin: tuple[int, ...],
    end: tuple[int, ...],
    comparison: str,
    expected: tuple[tuple[int, ...], tuple[int, ...]],
    zone: str,
) -> None:
    asked = Period(wall(zone, *begin), wall(zone, *end))

    found = compared(asked, Comparison(comparison), ZoneInfo(zone))

    assert found == (wall(zone, *expected[0]), wall(zone, *expected[1]))


@given(
    zone=st.sampled_from(ZONES),
    granularity=st.sampled_from(Granularity),
    begin=st.integers(0, 90 * 365 * 24 * 60).map(
        lambda minutes: datetime(2000, 1, 2, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    length=st.timedeltas(timedelta(minutes=15), timedelta(days=60)),
)
def test_points_cover_the_period_in_order_and_none_lies_outside(
    zone: str, granularity: Granularity, begin: datetime, length: timedelta
) -> None:
    period = whole_buckets(Period(begin, begin + length))

    found = points(period, granularity, ZoneInfo(zone))

    assert found == sorted(set(found))
    assert found[0] <= period.begin
    assert found[-1] < period.end
    assert all(second > period.begin for second in found[1:])
    assert all(instant.minute % 15 == 0 and instant.second == 0 for instant in found)
