"""Time as people count it: days, weeks and months of their own zone, and the period to compare with."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

from reporting.domain.cells import BUCKET, bucket_of

_HOUR = timedelta(hours=1)


class Granularity(StrEnum):
    """How long one point of a series lasts. Weeks begin on Monday."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Comparison(StrEnum):
    """What a total is compared with."""

    PREVIOUS_PERIOD = "previous_period"
    PREVIOUS_YEAR = "previous_year"


class Period(NamedTuple):
    """From an instant up to, and without, another; both in UTC."""

    begin: datetime
    end: datetime


def whole_buckets(period: Period) -> Period:
    """The period, widened to the quarters of an hour that it touches."""
    last = bucket_of(period.end)
    return Period(bucket_of(period.begin), last if last == period.end else last + BUCKET)


def wall_length(period: Period, zone: tzinfo) -> timedelta:
    """How long a period is by the clock on the wall, to which a day has 24 hours always."""
    return _local(period.end, zone) - _local(period.begin, zone)


def points(period: Period, granularity: Granularity, zone: tzinfo) -> list[datetime]:
    """When each hour, day, week or month begins that has a part in the period, in order, in UTC.

    The first may begin before the period does.
    """
    begins = _hours(period, zone) if granularity is Granularity.HOUR else _dates(period, granularity, zone)
    found: list[datetime] = []
    for begin in begins:
        if begin >= period.end:
            break
        found.append(begin)
    return found


def compared(period: Period, comparison: Comparison, zone: tzinfo) -> Period:
    """The period to compare with.

    The previous period ends where this one begins: as many months earlier if this one is made of whole months, else as
    long by the clock on the wall. The previous year has the same dates; where it lacks the 29th of February, a period
    that begins then begins on the 28th, and one that ends with it ends with the 28th, so that its length stays.
    """
    begin, end = _local(period.begin, zone), _local(period.end, zone)
    if comparison is Comparison.PREVIOUS_YEAR:
        return Period(_instant(_year_before(begin), zone), _instant(_year_before(end, is_end=True), zone))
    if _is_month(begin) and _is_month(end):
        month_count = (end.year - begin.year) * 12 + end.month - begin.month
        return Period(_instant(_months_before(begin, month_count), zone), period.begin)
    length = end - begin
    if length <= timedelta():
        # Within the hour that a zone repeats in autumn, the wall knows no order.
        return Period(period.begin - (period.end - period.begin), period.begin)
    return Period(_instant(begin - length, zone), period.begin)


def _hours(period: Period, zone: tzinfo) -> Iterator[datetime]:
    local = period.begin.astimezone(zone)
    begin = period.begin - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    while True:
        yield begin
        begin += _HOUR
        # A zone that moves its clocks by half an hour has one longer hour then, and full hours after it.
        past = begin.astimezone(zone).minute
        begin += timedelta(minutes=60 - past) if past else timedelta()


def _dates(period: Period, granularity: Granularity, zone: tzinfo) -> Iterator[datetime]:
    day = _first_day(_local(period.begin, zone).date(), granularity)
    while True:
        yield _instant(datetime.combine(day, time()), zone)
        day = _next_first_day(day, granularity)


def _first_day(day: date, granularity: Granularity) -> date:
    match granularity:
        case Granularity.WEEK:
            return day - timedelta(days=day.weekday())
        case Granularity.MONTH:
            return day.replace(day=1)
        case _:
            return day


def _next_first_day(day: date, granularity: Granularity) -> date:
    match granularity:
        case Granularity.WEEK:
            return day + timedelta(days=7)
        case Granularity.MONTH:
            return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        case _:
            return day + timedelta(days=1)


def _local(instant: datetime, zone: tzinfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)


def _instant(wall: datetime, zone: tzinfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _is_month(wall: datetime) -> bool:
    return wall.day == 1 and wall.time() == time()


def _months_before(wall: datetime, count: int) -> datetime:
    months = wall.year * 12 + wall.month - 1 - count
    return wall.replace(year=months // 12, month=months % 12 + 1)


def _year_before(wall: datetime, *, is_end: bool = False) -> datetime:
    if (wall.month, wall.day) != (2, 29):
        return wall.replace(year=wall.year - 1)
    if is_end and wall.time() == time():
        return wall.replace(year=wall.year - 1, month=3, day=1)
    return wall.replace(year=wall.year - 1, day=28)
