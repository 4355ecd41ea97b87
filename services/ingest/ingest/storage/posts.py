"""The statements on posts and their figures."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.db.statements import table_of, upsert
from ingest.storage.measurement_tables import AccountMeasure, Post

FIGURES = ("views", "likes", "comments", "shares", "clicks")

_POSTS, _MEASURES = table_of(Post), table_of(AccountMeasure)


async def due_posts(session: AsyncSession, account_id: str, *, now: datetime, limit: int) -> Sequence[Post]:
    """The posts of an account that are to be measured now, the longest due first."""
    due = (_POSTS.c.account_id == account_id, _POSTS.c.measure_due_at <= now)
    query = select(Post).where(*due).order_by(_POSTS.c.measure_due_at).limit(limit).with_for_update()
    return (await session.execute(query)).scalars().all()


async def store_account_measure(session: AsyncSession, row: Mapping[str, Any]) -> None:
    """These are the account's figures now."""
    changed = {name: value for name, value in row.items() if name != "account_id"}
    statement = upsert(session, _MEASURES).values(dict(row))
    await session.execute(statement.on_conflict_do_update(index_elements=[_MEASURES.c.account_id], set_=changed))
