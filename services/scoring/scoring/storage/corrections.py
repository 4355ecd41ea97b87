"""Corrections, kept with their texts."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Row, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from scoring.storage.learning_tables import CORRECTIONS


class Removed(NamedTuple):
    """A correction that is no more."""

    id: str
    brand: str
    interaction_id: str | None


_REMOVED = tuple(CORRECTIONS.c[name] for name in Removed._fields)


async def remove_earlier(session: AsyncSession, *, brand: str, interaction_id: str) -> list[Removed]:
    """Take away what was said of this interaction before."""
    of_it = (CORRECTIONS.c.brand == brand) & (CORRECTIONS.c.interaction_id == interaction_id)
    return await _removed(session, of_it)


async def remove_erased(session: AsyncSession, keys: Collection[bytes]) -> list[Removed]:
    """Take away what was said of these objects, under whatever interaction of theirs."""
    return await _removed(session, CORRECTIONS.c.object_key.in_(keys))


async def labelled_texts(session: AsyncSession, brand: str, *, limit: int) -> Sequence[Row[tuple[str, str, str]]]:
    """The id, the text and the sentiment of the newest corrections that name one."""
    query = (
        select(CORRECTIONS.c.id, CORRECTIONS.c.text, CORRECTIONS.c.sentiment)
        .where(CORRECTIONS.c.brand == brand, CORRECTIONS.c.sentiment.is_not(None))
        .order_by(CORRECTIONS.c.corrected_at.desc(), CORRECTIONS.c.id.desc())
        .limit(limit)
    )
    return (await session.execute(query)).all()


async def texts_of(session: AsyncSession, correction_ids: Collection[str]) -> dict[str, str]:
    """The texts of those of these corrections that are still there."""
    query = select(CORRECTIONS.c.id, CORRECTIONS.c.text).where(CORRECTIONS.c.id.in_(correction_ids))
    return {row.id: row.text for row in await session.execute(query)}


async def _removed(session: AsyncSession, condition: ColumnElement[bool]) -> list[Removed]:
    rows = await session.execute(delete(CORRECTIONS).where(condition).returning(*_REMOVED))
    return [Removed(*row) for row in rows]
