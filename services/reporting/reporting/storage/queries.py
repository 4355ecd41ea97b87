"""What the read models hold for a period: added up by the database where it can, and always for named brands only."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, func, select, true
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.db.statements import table_of
from reporting.domain.calendar import Period
from reporting.domain.catalogue import SENTIMENTS
from reporting.domain.chart import EVERYTHING, Row
from reporting.domain.metric import Dimension, Family, Metric
from reporting.storage.tables import AlertCounts, InteractionCounts, MeasurementCounts, ThreadCounts

Columns = Sequence[ColumnElement[Any]]

_PORTION = 2_000
_TABLES = {
    Family.INTERACTIONS: table_of(InteractionCounts),
    Family.THREADS: table_of(ThreadCounts),
    Family.MEASUREMENTS: table_of(MeasurementCounts),
    Family.ALERTS: table_of(AlertCounts),
}


@dataclass(frozen=True, kw_only=True)
class Cut:
    """Which part of a read model is asked for. `brands` is None for all of them."""

    metric: Metric
    brands: frozenset[str] | None
    by: Dimension | None


async def rows_of(session: AsyncSession, cut: Cut, period: Period) -> AsyncIterator[Row]:
    """One row for each bucket and group; of sketches, one for each cell."""
    table = _TABLES[cut.metric.family]
    columns = [table.c[name] for name in cut.metric.columns]
    within = _within(table, cut, period)
    if cut.metric.is_sketch:
        within = and_(within, *(column.is_not(None) for column in columns))
        statement = select(table.c.bucket, *_groups(table, cut), *columns).where(within)
    else:
        statement = _summed(table, _groups(table, cut), columns).where(within)
    found = await session.stream(statement, execution_options={"yield_per": _PORTION})
    async for bucket, *values in found:
        group = values.pop(0) if cut.by else EVERYTHING
        yield Row(bucket, group, tuple(values))


async def assessed_rows(session: AsyncSession, cut: Cut, period: Period) -> list[tuple[datetime, int, int, int, int]]:
    """How many interactions there were in each bucket, and how many of each label."""
    table = _TABLES[Family.INTERACTIONS]
    columns = [table.c[name] for name in ("interactions", *SENTIMENTS)]
    found = await session.execute(_summed(table, [], columns).where(_within(table, cut, period)))
    return [(bucket, int(everything), *map(int, assessed)) for bucket, everything, *assessed in found]


async def opening_of(session: AsyncSession, cut: Cut, begin: datetime) -> dict[str, int]:
    """What a level had come to in each group when a period begins; nothing for a flow."""
    if not cut.metric.is_level:
        return {}
    table = _TABLES[cut.metric.family]
    groups = _groups(table, cut)
    total = func.coalesce(func.sum(table.c[cut.metric.columns[0]]), 0)
    before = and_(_is_of(table, cut), table.c.bucket < begin)
    found = await session.execute(select(*groups, total).where(before).group_by(*groups))
    return {row[0] if cut.by else EVERYTHING: int(row[-1]) for row in found}


def _summed(table: Table, groups: Columns, columns: Columns) -> Select[Any]:
    return select(table.c.bucket, *groups, *map(func.sum, columns)).group_by(table.c.bucket, *groups)


def _groups(table: Table, cut: Cut) -> Columns:
    return [table.c[cut.by.value]] if cut.by else []


def _within(table: Table, cut: Cut, period: Period) -> ColumnElement[bool]:
    return and_(_is_of(table, cut), table.c.bucket >= period.begin, table.c.bucket < period.end)


def _is_of(table: Table, cut: Cut) -> ColumnElement[bool]:
    return true() if cut.brands is None else table.c.brand.in_(sorted(cut.brands))
