"""What was counted already, so that a fact told twice counts once and facts find each other in either order."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.db.statements import Row, table_of, upsert
from reporting.storage.tables import KnownFact, KnownInteraction, KnownThread

_DIGEST_BYTES = 16
_INTERACTIONS = table_of(KnownInteraction)
_THREADS = table_of(KnownThread)


def digest_of(*names: str) -> bytes:
    """A short name for something that is known by these names."""
    # Native keys may hold a person's id, which has no place among counts; and 16 bytes are a quarter of such a key.
    return blake2b("\0".join(names).encode(), digest_size=_DIGEST_BYTES).digest()


async def note_interactions(session: AsyncSession, digests: Collection[bytes], *, on: date) -> dict[bytes, str | None]:
    """Those that were not counted before, each with its label if it was assessed before it came."""
    rows = [{"digest": digest, "is_counted": True, "known_on": on} for digest in sorted(digests)]
    statement = upsert(session, _INTERACTIONS)
    statement = statement.on_conflict_do_update(
        index_elements=["digest"], set_={"is_counted": True}, where=~_INTERACTIONS.c.is_counted
    )
    found = await session.execute(statement.returning(_INTERACTIONS.c.digest, _INTERACTIONS.c.label), rows)
    return {row.digest: row.label for row in found}


async def note_labels(session: AsyncSession, labels: Mapping[bytes, str], *, on: date) -> set[bytes]:
    """Those that had no label before and are counted; the others wait for their interaction. The first label stays."""
    rows = [
        {"digest": digest, "is_counted": False, "label": label, "known_on": on}
        for digest, label in sorted(labels.items())
    ]
    statement = upsert(session, _INTERACTIONS)
    statement = statement.on_conflict_do_update(
        index_elements=["digest"], set_={"label": statement.excluded.label}, where=_INTERACTIONS.c.label.is_(None)
    )
    found = await session.execute(statement.returning(_INTERACTIONS.c.digest, _INTERACTIONS.c.is_counted), rows)
    return {row.digest for row in found if row.is_counted}


async def note_facts(session: AsyncSession, digests: Iterable[bytes], *, on: date) -> set[bytes]:
    """Those that are new."""
    return await _insert_new(
        session, KnownFact, [{"digest": digest, "known_on": on} for digest in sorted(digests)], key="digest"
    )


async def note_threads(session: AsyncSession, opened_at: Mapping[str, datetime]) -> set[str]:
    """Threads that were opened; those that are new."""
    rows = [
        {"thread_id": thread_id, "opened_at": instant, "is_answered": False, "is_resolved": False}
        for thread_id, instant in sorted(opened_at.items())
    ]
    return await _insert_new(session, KnownThread, rows, key="thread_id")


async def note_answered(session: AsyncSession, thread_ids: Collection[str]) -> dict[str, datetime]:
    """Known threads that had no answer before, each with when it was opened."""
    unanswered = (_THREADS.c.thread_id.in_(sorted(thread_ids)), ~_THREADS.c.is_answered)
    statement = update(_THREADS).where(*unanswered).values(is_answered=True)
    returned = statement.returning(_THREADS.c.thread_id, _THREADS.c.opened_at)
    return {row.thread_id: row.opened_at for row in await session.execute(returned)}


async def note_resolved(session: AsyncSession, thread_ids: Collection[str], *, is_resolved: bool) -> set[str]:
    """Known threads for which this is a change."""
    others = (_THREADS.c.thread_id.in_(sorted(thread_ids)), _THREADS.c.is_resolved != is_resolved)
    statement = update(_THREADS).where(*others).values(is_resolved=is_resolved)
    returned = statement.returning(_THREADS.c.thread_id)
    return set((await session.execute(returned)).scalars())


async def forget(session: AsyncSession, *, before: date) -> None:
    """Remove what is known since a day before this one."""
    for model in (KnownInteraction, KnownFact):
        await session.execute(delete(table_of(model)).where(table_of(model).c.known_on < before))


async def _insert_new(session: AsyncSession, model: type[SQLModel], rows: Sequence[Row], *, key: str) -> set[Any]:
    # Given as parameters, not as values, the statement is compiled once instead of once a batch.
    table = table_of(model)
    statement = upsert(session, table).on_conflict_do_nothing().returning(table.c[key])
    return set((await session.execute(statement, rows)).scalars())
