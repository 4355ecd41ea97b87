"""The counts per minute, and which series have new ones."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Table, bindparam, delete, func, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.db.statements import upsert
from scoring.domain.alerts.counts import Counts, Place
from scoring.storage.tables import MINUTE_COUNTS, SERIES

LATE = timedelta(hours=3)
"""What comes later than this after it was said has its series judged again from the beginning."""

_ADDED = ("total", "negative", "risky", "influential", "reach")
_COUNTS = [MINUTE_COUNTS.c[name] for name in Counts._fields]


async def add_counts(session: AsyncSession, additions: Mapping[Place, Counts]) -> None:
    """Add to these minutes, given in their order. Those that are not there yet are made."""
    if not additions:
        return
    rows = [{**place._asdict(), **counts._asdict()} for place, counts in additions.items()]
    statement = upsert(session, MINUTE_COUNTS)
    statement = statement.on_conflict_do_update(
        index_elements=list(Place._fields),
        set_={name: MINUTE_COUNTS.c[name] + statement.excluded[name] for name in _ADDED},
    )
    await session.execute(statement, rows)


async def note_new(session: AsyncSession, additions: Mapping[Place, Counts], *, now: datetime) -> None:
    """Have somebody look at the series of these minutes, given in their order; those that were passed make it stale.

    Comes after the counts: who judges a series locks it before reading them, and so overlooks none.
    """
    oldest: dict[tuple[str, str], datetime] = {}
    for brand, watch_id, minute in additions:
        oldest.setdefault((brand, watch_id), minute)
    if not oldest:
        return
    rows = [{"brand": brand, "watch_id": watch_id, "due_at": now} for brand, watch_id in oldest]
    statement = upsert(session, SERIES)
    statement = statement.on_conflict_do_update(
        index_elements=["brand", "watch_id"],
        set_={"due_at": statement.excluded.due_at},
        where=SERIES.c.due_at.is_(None),
    )
    await session.execute(statement, rows)
    # No series is ever settled beyond what may still come late.
    late = [
        {"of_brand": brand, "of_watch": watch_id, "oldest": minute, "now": now}
        for (brand, watch_id), minute in oldest.items()
        if minute < now - LATE
    ]
    if late:
        await _note_late(session, late)


async def _note_late(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    instant = SERIES.c.settled_at.type
    statement = (
        update(SERIES)
        .where(
            SERIES.c.brand == bindparam("of_brand"),
            SERIES.c.watch_id == bindparam("of_watch"),
            or_(SERIES.c.settled_at.is_(None), SERIES.c.settled_at > bindparam("oldest", type_=instant)),
        )
        .values(**_stale(bindparam("now", type_=instant)))
    )
    # Through the connection: the session would take this for a change of objects that it keeps.
    connection = await session.connection()
    await connection.execute(statement, list(rows))


async def make_stale(session: AsyncSession, brand: str, *, since: datetime, now: datetime) -> None:
    """Have every series of a brand judged again that has gone past `since`."""
    passed = (SERIES.c.brand == brand, SERIES.c.settled_at > since)
    stale = _stale(bindparam("now", now, SERIES.c.due_at.type))
    await session.execute(update(SERIES).where(*passed).values(**stale, due_at=now))


def _stale(now: BindParameter[datetime]) -> dict[str, Any]:
    return {"stale_at": now, "stale_since": func.coalesce(SERIES.c.stale_since, now)}


async def first_minute(session: AsyncSession, *, brand: str, watch_id: str) -> datetime | None:
    """The oldest minute that is kept of a series."""
    query = select(func.min(MINUTE_COUNTS.c.minute)).where(
        MINUTE_COUNTS.c.brand == brand, MINUTE_COUNTS.c.watch_id == watch_id
    )
    found: datetime | None = (await session.execute(query)).scalar_one()
    return found


async def total_between(session: AsyncSession, *, brand: str, watch_id: str, since: datetime, until: datetime) -> int:
    """How much was said of a watch from `since` until before `until`."""
    columns = MINUTE_COUNTS.c
    query = select(func.coalesce(func.sum(columns.total), 0)).where(
        columns.brand == brand, columns.watch_id == watch_id, columns.minute >= since, columns.minute < until
    )
    return int((await session.execute(query)).scalar_one())


async def read_counts(
    session: AsyncSession, *, brand: str, watch_id: str, since: datetime
) -> list[tuple[datetime, Counts]]:
    """The minutes of a series from `since` on, in order."""
    query = (
        select(MINUTE_COUNTS.c.minute, *_COUNTS)
        .where(MINUTE_COUNTS.c.brand == brand, MINUTE_COUNTS.c.watch_id == watch_id, MINUTE_COUNTS.c.minute >= since)
        .order_by(MINUTE_COUNTS.c.minute)
    )
    return [(row[0], Counts(*row[1:])) for row in await session.execute(query)]


async def mark_counts(
    session: AsyncSession,
    found: Mapping[Place, int],
    *,
    brand: str,
    watch_ids: Collection[str],
    since: datetime,
    until: datetime,
) -> None:
    """Say of these watches how many posts of each minute from `since` to `until` are coordinated: none where not found.

    Only what changes is written: most of an hour is marked again and again.
    """
    before = await _marked(session, brand=brand, watch_ids=watch_ids, since=since, until=until)
    rows = [
        {"of_watch": place.watch_id, "of_minute": place.minute, "coordinated": found.get(place, 0)}
        for place in sorted({*before, *found})
        if before.get(place, 0) != found.get(place, 0)
    ]
    if not rows:
        return
    columns = MINUTE_COUNTS.c
    of_minute = (
        columns.brand == brand,
        columns.watch_id == bindparam("of_watch"),
        columns.minute == bindparam("of_minute", type_=columns.minute.type),
    )
    # Through the connection: the session would take this for a change of objects that it keeps.
    connection = await session.connection()
    statement = update(MINUTE_COUNTS).where(*of_minute).values(coordinated=bindparam("coordinated"))
    await connection.execute(statement, rows)


async def _marked(
    session: AsyncSession, *, brand: str, watch_ids: Collection[str], since: datetime, until: datetime
) -> dict[Place, int]:
    columns = MINUTE_COUNTS.c
    query = select(columns.watch_id, columns.minute, columns.coordinated).where(
        *_of_watches(MINUTE_COUNTS, brand, watch_ids),
        columns.minute >= since,
        columns.minute < until,
        columns.coordinated > 0,
    )
    return {Place(brand, row.watch_id, row.minute): row.coordinated for row in await session.execute(query)}


async def forget_counts(session: AsyncSession, *, before: datetime) -> None:
    """Delete the minutes before then."""
    await session.execute(delete(MINUTE_COUNTS).where(MINUTE_COUNTS.c.minute < before))


async def forget_series(session: AsyncSession, brand: str, watch_ids: Collection[str]) -> None:
    """Delete what was counted for these watches, how far it was judged, and that they were muted."""
    for table in (MINUTE_COUNTS, SERIES):
        await session.execute(delete(table).where(*_of_watches(table, brand, watch_ids)))


async def restart_series(session: AsyncSession, brand: str, watch_ids: Collection[str]) -> None:
    """Delete what was counted for these watches, to be judged anew; who asked for silence has it still."""
    await session.execute(delete(MINUTE_COUNTS).where(*_of_watches(MINUTE_COUNTS, brand, watch_ids)))
    nothing = dict.fromkeys(("due_at", "stale_at", "stale_since", "settled_at", "state"))
    await session.execute(update(SERIES).where(*_of_watches(SERIES, brand, watch_ids)).values(nothing))


def _of_watches(table: Table, brand: str, watch_ids: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    return table.c.brand == brand, table.c.watch_id.in_(sorted(watch_ids))
