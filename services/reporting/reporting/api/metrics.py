"""/metrics: figures over time, and the catalogue that says what each of them means."""

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, Field

from huiying.auth.dependencies import require
from huiying.auth.principals import Permission, Principal
from huiying.errors import Forbidden, Invalid, NotFound, Unauthenticated
from huiying.http import problems
from huiying.service.dependencies import viewed
from reporting.domain.calendar import Comparison, Granularity, Period
from reporting.domain.catalogue import METRICS
from reporting.domain.chart import Line
from reporting.domain.metric import Dimension, Metric
from reporting.storage.unit import ReportingUnit
from reporting.usecases.measure import Question, measure

router = APIRouter(tags=["metrics"])
Reader = Annotated[Principal, Depends(require(Permission.REPORTS_READ))]
Viewing = Annotated[ReportingUnit, Depends(viewed, scope="function")]

_REFUSALS = problems.responses(Unauthenticated, Forbidden, NotFound, Invalid)


class PointOut(BaseModel):
    """The figure of one hour, day, week or month."""

    at: datetime = Field(description="When it begins in the zone that was asked for, told in UTC.")
    value: int | float | None = Field(description="Null where there was nothing to measure.")


class SeriesOut(BaseModel):
    """One group's points, without gaps."""

    key: str = Field(description="The group: a value of the dimension; `all` if the metric is not split.")
    points: list[PointOut]


class MetricOut(BaseModel):
    """What a metric was over a period."""

    metric: str
    unit: str
    total: int | float | None = Field(description="Over the whole period, which is not always the sum of the points.")
    previous_total: int | float | None = Field(default=None, description="Only with `compare`.")
    change: float | None = Field(
        default=None, description="Only with `compare`: growth as a share of `previous_total`; null if that is nothing."
    )
    series: list[SeriesOut]


class DefinitionOut(BaseModel):
    """What a metric means."""

    en: str
    zh: str


class CatalogueEntry(BaseModel):
    """A metric that can be asked for."""

    name: str
    unit: str
    definition: DefinitionOut
    dimensions: list[Dimension]


class CatalogueOut(BaseModel):
    """Every metric there is."""

    items: list[CatalogueEntry]


class PeriodAsked(BaseModel):
    """From an instant up to, and without, another, and the zone whose days are counted."""

    begin: AwareDatetime
    end: AwareDatetime
    zone: str


def period_asked(
    begin: Annotated[AwareDatetime, Query(alias="from", description="The first instant; RFC 3339 with its offset.")],
    end: Annotated[
        AwareDatetime, Query(alias="to", description="The first instant after: at most 400 days, by the hour 60.")
    ],
    tz: Annotated[
        str, Query(max_length=64, description="The IANA zone whose hours, days, weeks and months are meant.")
    ] = "UTC",
) -> PeriodAsked:
    """The period of a request."""
    return PeriodAsked(begin=begin, end=end, zone=tz)


@router.get(
    "/metrics",
    operation_id="getMetric",
    responses=_REFUSALS,
    response_model_exclude_unset=True,
    summary="A metric over time",
)
async def get_metric(
    principal: Reader,
    unit: Viewing,
    period: Annotated[PeriodAsked, Depends(period_asked)],
    metric: Annotated[str, Query(max_length=64, description="A name from the catalogue.")],
    brand: Annotated[
        str | None, Query(max_length=64, description="A brand's slug; without one, all that you may report on.")
    ] = None,
    granularity: Granularity = Granularity.DAY,
    by: Annotated[Dimension | None, Query(description="Splits the metric; see its dimensions.")] = None,
    compare: Annotated[Comparison | None, Query(description="Adds the total of an earlier period.")] = None,
) -> MetricOut:
    """The total and the points of one metric, split or not, compared or not."""
    question = Question(
        metric=_metric(metric),
        brands=_brands(principal, brand),
        period=_period(period),
        granularity=granularity,
        zone=_zone(period.zone),
        by=by,
        comparison=compare,
    )
    measured = await measure(unit, question)
    answer = {
        "metric": question.metric.name,
        "unit": question.metric.unit,
        "total": measured.total,
        "series": [_series(line) for line in measured.lines],
    }
    if compare is not None:
        answer |= {"previous_total": measured.previous_total, "change": measured.change}
    return MetricOut.model_validate(answer)


@router.get(
    "/metrics/catalogue",
    operation_id="listMetrics",
    responses=problems.responses(Unauthenticated, Forbidden),
    summary="Every metric and what it means",
)
async def list_metrics(principal: Reader) -> CatalogueOut:
    """Name, unit, definition and dimensions of every metric."""
    return CatalogueOut(items=[_entry(metric) for metric in METRICS.values()])


def _metric(name: str) -> Metric:
    metric = METRICS.get(name)
    if metric is None:
        raise Invalid("no such metric: GET /metrics/catalogue lists them", pointer="/query/metric")
    return metric


def _brands(principal: Principal, brand: str | None) -> frozenset[str] | None:
    if brand is None:
        return principal.scope(Permission.REPORTS_READ)
    principal.demand(Permission.REPORTS_READ, brand, what=f"brand {brand}")
    return frozenset({brand})


def _period(asked: PeriodAsked) -> Period:
    return Period(_in_utc(asked.begin, pointer="/query/from"), _in_utc(asked.end, pointer="/query/to"))


def _in_utc(instant: datetime, *, pointer: str) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise Invalid("a time that far off cannot be told in UTC", pointer=pointer) from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid("no such zone: give an IANA name such as Asia/Shanghai", pointer="/query/tz") from None


def _series(line: Line) -> SeriesOut:
    return SeriesOut(key=line.key, points=[PointOut(at=point.at, value=point.value) for point in line.points])


def _entry(metric: Metric) -> CatalogueEntry:
    meaning = DefinitionOut(en=metric.definition.en, zh=metric.definition.zh)
    return CatalogueEntry(name=metric.name, unit=metric.unit, definition=meaning, dimensions=list(metric.dimensions))
