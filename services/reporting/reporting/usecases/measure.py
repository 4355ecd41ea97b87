"""Answers what a metric was over a period, and what it was before."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from huiying.errors import Invalid
from reporting.domain.calendar import Comparison, Granularity, Period, compared, points, wall_length, whole_buckets
from reporting.domain.chart import Gathered, Line, by_sentiment, change
from reporting.domain.metric import Dimension, Metric
from reporting.storage.queries import Cut, assessed_rows, opening_of, rows_of
from reporting.storage.unit import ReportingUnit

LONGEST = timedelta(days=400)
LONGEST_HOURLY = timedelta(days=60)
POINT_COUNT = 100_000
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked. `brands` is None for all of them."""

    metric: Metric
    brands: frozenset[str] | None
    period: Period
    granularity: Granularity
    zone: tzinfo
    by: Dimension | None = None
    comparison: Comparison | None = None


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The answer. `previous_total` and `change` say nothing unless a comparison was asked for."""

    total: float | None
    lines: list[Line]
    previous_total: float | None = None
    change: float | None = None


async def measure(unit: ReportingUnit, question: Question) -> Measured:
    """The metric's total and points.

    Raises Invalid, with a pointer to the parameter, if the question is too wide or makes no sense.
    """
    check(question)
    period = whole_buckets(question.period)
    total, lines = await _read(unit, question, period)
    if question.comparison is None:
        return Measured(total=total, lines=lines)
    before = whole_buckets(compared(period, question.comparison, question.zone))
    previous_total, _ = await _read(unit, question, before)
    return Measured(total=total, lines=lines, previous_total=previous_total, change=change(total, previous_total))


def check(question: Question) -> None:
    """Go on only if the question can be answered within bounds. Raises Invalid."""
    begin, end = question.period
    if question.by is not None and question.by not in question.metric.dimensions:
        known = ", ".join(question.metric.dimensions)
        raise Invalid(f"{question.metric.name} is split by one of: {known}", pointer="/query/by")
    if not EARLIEST <= begin <= LATEST:
        raise Invalid("must lie between the years 2000 and 2100", pointer="/query/from")
    if not begin < end <= LATEST:
        raise Invalid("must come after `from`, and lie before the year 2100", pointer="/query/to")
    longest = LONGEST_HOURLY if question.granularity is Granularity.HOUR else LONGEST
    if wall_length(question.period, question.zone) > longest:
        asked = f"with granularity {question.granularity}, a period has at most {longest.days} days"
        raise Invalid(f"{asked}: ask for less, or more coarsely", pointer="/query/to")


async def _read(unit: ReportingUnit, question: Question, period: Period) -> tuple[float | None, list[Line]]:
    cut = Cut(metric=question.metric, brands=question.brands, by=question.by)
    begins = points(period, question.granularity, question.zone)
    gathered = Gathered(question.metric, begins)
    opening = await opening_of(unit.session, cut, period.begin)
    if question.by is Dimension.SENTIMENT:
        gathered.add(by_sentiment(await assessed_rows(unit.session, cut, period)))
    else:
        async for row in rows_of(unit.session, cut, period):
            gathered.add([row])
    lines = gathered.lines(opening, is_split=question.by is not None)
    if len(lines) * len(begins) > POINT_COUNT:
        raise Invalid(
            f"more than {POINT_COUNT} points: ask for a shorter period, or more coarsely", pointer="/query/by"
        )
    return gathered.total(opening), lines
