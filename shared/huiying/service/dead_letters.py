"""Records that could not be taken in: set aside whole, with the reason, where an operator can see and replay them.

A dead letter is a row in the database of the service that refused it, written with the position that passes over it. So
it is never lost and never doubled, it can be dropped or replayed alone, and a replay reaches only the service that
refused.
"""

import traceback
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Column, Integer, LargeBinary, Row, String, Table, Text, delete, insert, select
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.bus.transport import Partition, Record, Stored
from huiying.db.platform import PLATFORM
from huiying.db.types import BigNumber, UTCDateTime
from huiying.errors import Failure, NotFound, Rejected
from huiying.ids import new_id

DEAD_LETTERS = Table(
    "dead_letters",
    PLATFORM,
    Column("id", String(36), primary_key=True),
    Column("topic", String(64), nullable=False, index=True),
    Column("partition", Integer, nullable=False),
    Column("offset", BigNumber, nullable=False),
    Column("event_type", String(64), nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("code", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("traceback", Text, nullable=False),
    Column("is_bug", Integer, nullable=False),
    Column("died_at", UTCDateTime, nullable=False),
)

_REASON_CHARACTERS = 2_000
_TRACEBACK_CHARACTERS = 8_000

_packer = msgspec.msgpack.Encoder()
_unpacker = msgspec.msgpack.Decoder(Record)


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A record that was set aside, and why."""

    id: str
    topic: str
    partition: int
    offset: int
    event_type: str
    code: str
    reason: str
    is_bug: bool
    died_at: datetime


async def bury(session: AsyncSession, stored: Stored, *, event_type: str, error: Exception, now: datetime) -> None:
    """Set a record aside."""
    await session.execute(
        insert(DEAD_LETTERS).values(
            id=new_id(),
            topic=stored.partition.topic,
            partition=stored.partition.number,
            offset=stored.offset,
            event_type=event_type,
            record=_packer.encode(stored.record),
            code=code_of(error),
            reason=str(error)[:_REASON_CHARACTERS],
            traceback="".join(traceback.format_exception(error))[-_TRACEBACK_CHARACTERS:],
            is_bug=int(not isinstance(error, Rejected)),
            died_at=now,
        )
    )


def code_of(error: Exception) -> str:
    """A Failure's own code; `bug` for anything else."""
    return error.code if isinstance(error, Failure) else "bug"


async def some(session: AsyncSession, *, topic: str | None, after: str, limit: int) -> Sequence[DeadLetter]:
    """The oldest first, after the one with id `after`."""
    query = select(DEAD_LETTERS).where(DEAD_LETTERS.c.id > after).order_by(DEAD_LETTERS.c.id).limit(limit)
    if topic is not None:
        query = query.where(DEAD_LETTERS.c.topic == topic)
    return [_letter(row) for row in await session.execute(query)]


async def get(session: AsyncSession, letter_id: str) -> tuple[DeadLetter, Stored, str]:
    """A dead letter with its record and traceback.

    Raises NotFound.
    """
    row = (await session.execute(select(DEAD_LETTERS).where(DEAD_LETTERS.c.id == letter_id))).one_or_none()
    if row is None:
        raise NotFound(f"no dead letter {letter_id}")
    return (
        _letter(row),
        Stored(Partition(row.topic, row.partition), row.offset, _unpacker.decode(row.record)),
        row.traceback,
    )


async def drop(session: AsyncSession, letter_id: str) -> None:
    """Forget a dead letter.

    Raises NotFound.
    """
    gone = await session.execute(
        delete(DEAD_LETTERS).where(DEAD_LETTERS.c.id == letter_id).returning(DEAD_LETTERS.c.id)
    )
    if gone.one_or_none() is None:
        raise NotFound(f"no dead letter {letter_id}")


async def forget_old(session: AsyncSession, *, before: datetime) -> None:
    """Delete the letters that died before then."""
    await session.execute(delete(DEAD_LETTERS).where(DEAD_LETTERS.c.died_at < before))


def _letter(row: Row[Any]) -> DeadLetter:
    return DeadLetter(
        id=row.id,
        topic=row.topic,
        partition=row.partition,
        offset=row.offset,
        event_type=row.event_type,
        code=row.code,
        reason=row.reason,
        is_bug=bool(row.is_bug),
        died_at=row.died_at,
    )
