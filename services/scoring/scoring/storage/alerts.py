"""The alarms, and the series that they are found in."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.db.statements import insert_all
from scoring.storage.tables import ALERTS, SERIES

# Half of a past is not judged while the rest is being counted.
_IS_WHOLE = SERIES.c.fill_id.is_(None)


async def due_brands(session: AsyncSession, *, now: datetime, limit: int) -> list[str]:
    """Brands of which some series is to be looked at, the longest due first."""
    query = select(SERIES.c.brand).where(SERIES.c.due_at <= now, _IS_WHOLE).order_by(SERIES.c.due_at).limit(limit)
    return list(dict.fromkeys((await session.execute(query)).scalars()))


async def due_series(session: AsyncSession, brand: str, *, now: datetime) -> set[str]:
    """The watches of a brand whose series are to be looked at."""
    query = select(SERIES.c.watch_id).where(SERIES.c.brand == brand, SERIES.c.due_at <= now, _IS_WHOLE)
    return set((await session.execute(query)).scalars())


async def series_of(session: AsyncSession, brand: str, watch_ids: Collection[str]) -> Sequence[Row[Any]]:
    """The series of these watches, as far as anything was counted for them."""
    query = select(SERIES).where(SERIES.c.brand == brand, SERIES.c.watch_id.in_(sorted(watch_ids)))
    return (await session.execute(query)).all()


async def lock_series(session: AsyncSession, *, brand: str, watch_id: str) -> Row[Any] | None:
    """The series, locked until the transaction ends: what is counted meanwhile marks it afterwards."""
    query = select(SERIES).where(SERIES.c.brand == brand, SERIES.c.watch_id == watch_id).with_for_update()
    return (await session.execute(query)).one_or_none()


async def change_series(session: AsyncSession, *, brand: str, watch_id: str, **values: Any) -> None:
    """Change what is kept of a series."""
    of_series = (SERIES.c.brand == brand, SERIES.c.watch_id == watch_id)
    await session.execute(update(SERIES).where(*of_series).values(**values))


async def alerts_since(session: AsyncSession, *, brand: str, watch_id: str, since: datetime) -> list[Row[Any]]:
    """The alarms of a watch that were open at some time since then, the oldest first, locked."""
    query = (
        select(ALERTS)
        .where(
            ALERTS.c.brand == brand,
            ALERTS.c.watch_id == watch_id,
            ALERTS.c.closed_at.is_(None) | (ALERTS.c.closed_at >= since),
        )
        .order_by(ALERTS.c.opened_at)
        .with_for_update()
    )
    return list((await session.execute(query)).all())


async def insert_alert(session: AsyncSession, row: Mapping[str, Any]) -> None:
    """File an alarm that is new."""
    await insert_all(session, ALERTS, [row])


async def change_alert(session: AsyncSession, alert_id: str, **values: Any) -> None:
    """Change an alarm."""
    await session.execute(update(ALERTS).where(ALERTS.c.id == alert_id).values(**values))


async def open_alerts(
    session: AsyncSession, brand: str, watch_ids: Collection[str], *, statuses: Collection[str]
) -> Sequence[Row[Any]]:
    """The alarms of these watches that have one of these statuses, locked."""
    query = (
        select(ALERTS)
        .where(ALERTS.c.brand == brand, ALERTS.c.watch_id.in_(sorted(watch_ids)), ALERTS.c.status.in_(sorted(statuses)))
        .order_by(ALERTS.c.id)
        .with_for_update()
    )
    return (await session.execute(query)).all()
