"""What is remembered, read page by page to count it in watches that are new, and which series wait for that."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, exists, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.db.statements import upsert
from huiying.events.assessments import SentimentLabel
from scoring.domain.alerts.observation import GRAVE
from scoring.storage.observations import watches_in
from scoring.storage.tables import OBSERVATIONS, SERIES


class Remembered(NamedTuple):
    """Something that was said, as far as it is remembered: its last words, and no more of them than an excerpt.

    `watches` are those it was found to belong to when it was noted, at `noted_at`, or since.
    """

    key: bytes
    brand: str
    platform: str
    region: str | None
    occurred_at: datetime
    noted_at: datetime
    followers: int | None
    text: str
    topics: tuple[str, ...]
    products: tuple[str, ...]
    is_negative: bool
    is_grave: bool
    watches: frozenset[str]
    listed: str


class Position(NamedTuple):
    """Up to where has been read: when something was said, and its key."""

    at: datetime
    key: bytes


async def anything_remembered(session: AsyncSession, brand: str) -> bool:
    """Whether anything is remembered that was said to a brand."""
    query = select(exists().where(OBSERVATIONS.c.brand == brand, ~OBSERVATIONS.c.is_erased))
    return bool((await session.execute(query)).scalar_one())


async def remembered_after(session: AsyncSession, brand: str, *, after: Position, limit: int) -> list[Remembered]:
    """The next things that are remembered and were counted, in order of time."""
    columns = OBSERVATIONS.c
    query = (
        select(OBSERVATIONS)
        .where(
            columns.brand == brand,
            columns.occurred_at >= after.at,
            or_(columns.occurred_at > after.at, columns.key > after.key),
            columns.is_counted,
            ~columns.is_erased,
        )
        .order_by(columns.occurred_at, columns.key)
        .limit(limit)
    )
    return [_remembered(row) for row in await session.execute(query)]


async def list_anew(session: AsyncSession, changes: Iterable[tuple[Remembered, str]]) -> None:
    """Let these belong to other watches than before, unless somebody has edited them meanwhile."""
    rows = [
        {"of_key": one.key, "was_listed": one.listed, "now_listed": listed}
        for one, listed in sorted(changes, key=lambda change: change[0].key)
    ]
    if not rows:
        return
    columns = OBSERVATIONS.c
    statement = update(OBSERVATIONS).where(
        columns.key == bindparam("of_key"), columns.watches == bindparam("was_listed")
    )
    # Through the connection: the session would take this for a change of objects that it keeps.
    connection = await session.connection()
    await connection.execute(statement.values(watches=bindparam("now_listed")), rows)


async def begin_filling(session: AsyncSession, brand: str, watch_ids: Collection[str], *, fill_id: str) -> None:
    """Have these series wait for this filling, whatever they waited for before."""
    rows = [{"brand": brand, "watch_id": watch_id, "fill_id": fill_id} for watch_id in sorted(watch_ids)]
    statement = upsert(session, SERIES)
    statement = statement.on_conflict_do_update(index_elements=["brand", "watch_id"], set_={"fill_id": fill_id})
    await session.execute(statement, rows)


async def filled_by(session: AsyncSession, brand: str, *, fill_id: str) -> set[str]:
    """The watches whose series wait for this filling."""
    query = select(SERIES.c.watch_id).where(SERIES.c.brand == brand, SERIES.c.fill_id == fill_id)
    return set((await session.execute(query)).scalars())


async def end_filling(session: AsyncSession, brand: str, *, fill_id: str, now: datetime) -> None:
    """Have the series that waited for this filling judged."""
    of_filling = (SERIES.c.brand == brand, SERIES.c.fill_id == fill_id)
    await session.execute(update(SERIES).where(*of_filling).values(fill_id=None, due_at=now))


def _remembered(row: Row[Any]) -> Remembered:
    read = row.read
    return Remembered(
        key=row.key,
        brand=row.brand,
        platform=row.platform,
        region=next(iter(read.get("regions", ())), None),
        occurred_at=row.occurred_at,
        noted_at=row.noted_at,
        followers=row.followers,
        text=row.text,
        topics=tuple(read["topics"]),
        products=tuple(read.get("products", ())),
        is_negative=row.sentiment == SentimentLabel.NEGATIVE,
        is_grave=any(code in GRAVE for code in read["risks"]),
        watches=frozenset(watches_in(row.watches)),
        listed=row.watches,
    )
