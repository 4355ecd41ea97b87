"""Corrections, kept with their texts."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Row, delete, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from scoring.storage.learning_tables import CORRECTIONS
from scoring.storage.tables import OBSERVATIONS


class Removed(NamedTuple):
    """A correction that is no more."""

    id: str
    brand: str
    interaction_id: str | None


_REMOVED = tuple(CORRECTIONS.c[name] for name in Removed._fields)


async def find_object(session: AsyncSession, interaction_id: str) -> tuple[bytes, str] | None:
    """The key and the brand of what an interaction said, if it was observed and is not forgotten."""
    query = select(OBSERVATIONS.c.key, OBSERVATIONS.c.brand).where(OBSERVATIONS.c.interaction_id == interaction_id)
    row = (await session.execute(query)).first()
    return None if row is None else (row.key, row.brand)


async def remove_earlier(session: AsyncSession, *, brand: str, interaction_id: str) -> list[Removed]:
    """Take away what was said of this interaction before."""
    of_it = (CORRECTIONS.c.brand == brand) & (CORRECTIONS.c.interaction_id == interaction_id)
    return await _removed(session, of_it)


async def remove_erased(session: AsyncSession, keys: Collection[bytes]) -> list[Removed]:
    """Take away what was said of these objects, also where only the interaction was known when it was said."""
    theirs = select(OBSERVATIONS.c.interaction_id).where(OBSERVATIONS.c.key.in_(keys))
    gone = or_(CORRECTIONS.c.object_key.in_(keys), CORRECTIONS.c.interaction_id.in_(theirs))
    return await _removed(session, gone)


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
