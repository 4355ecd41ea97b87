"""What things were read, by the ids under which they can be corrected, and which of them were deleted."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.db.statements import take_turns, upsert
from scoring.domain.alerts.observation import Observed
from scoring.storage.learning_tables import DELETED_OBJECTS, READ_INTERACTIONS

CORRECTABLE_FOR = timedelta(days=90)
"""So long after it was read something can be corrected by its id: who begins to teach labels what was said lately."""

_DIGEST_BYTES = 16


class Found(NamedTuple):
    """The object that an interaction is about, and whose it is."""

    key: bytes
    brand: str


async def note_read(session: AsyncSession, observed: Iterable[Observed], *, now: datetime) -> None:
    """Remember which things these are, edits like everything else; told again, they are remembered anew."""
    day, read = now.toordinal(), {_digest(one.interaction_id): one for one in observed}
    # In one order for all, or two who note the same would wait for each other.
    rows = [
        {"day": day, "digest": digest, "object_key": one.key, "brand": one.brand}
        for digest, one in sorted(read.items())
    ]
    statement = upsert(session, READ_INTERACTIONS)
    told = {name: statement.excluded[name] for name in ("object_key", "brand")}
    await session.execute(statement.on_conflict_do_update(index_elements=["day", "digest"], set_=told), rows)


async def find_object(session: AsyncSession, interaction_id: str, *, now: datetime) -> Found | None:
    """What an interaction is about that was read not longer ago than is remembered."""
    columns = READ_INTERACTIONS.c
    # Each day by name, so that every look-up is one of the whole key. Another's clock may be ahead.
    days = range((now - CORRECTABLE_FOR).toordinal(), now.toordinal() + 2)
    query = (
        select(columns.object_key, columns.brand)
        .where(columns.day.in_(days), columns.digest == _digest(interaction_id))
        .order_by(columns.day.desc())
    )
    row = (await session.execute(query)).first()
    return None if row is None else Found(*row)


async def note_deleted(session: AsyncSession, keys: Collection[bytes]) -> None:
    """Remember for ever that these objects were deleted; who asks `is_deleted` meanwhile waits to be told."""
    await take_turns(session, _names(keys))
    await session.execute(
        upsert(session, DELETED_OBJECTS).on_conflict_do_nothing(), [{"object_key": key} for key in sorted(keys)]
    )


async def is_deleted(session: AsyncSession, key: bytes) -> bool:
    """Whether an object was deleted. If not, nobody notes that it is until this transaction ends."""
    await take_turns(session, _names([key]))
    query = select(DELETED_OBJECTS.c.object_key).where(DELETED_OBJECTS.c.object_key == key)
    return (await session.execute(query)).first() is not None


async def forget_read(session: AsyncSession, *, before: datetime) -> None:
    """Delete what was noted on the days before that one."""
    await session.execute(delete(READ_INTERACTIONS).where(READ_INTERACTIONS.c.day < before.toordinal()))


def _digest(interaction_id: str) -> bytes:
    return blake2b(interaction_id.encode(), digest_size=_DIGEST_BYTES).digest()


def _names(keys: Iterable[bytes]) -> list[str]:
    return [f"object {key.hex()}" for key in keys]
