"""Where a service stands in each log: stored with the effects, so that each record has its effect exactly once."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import Column, Integer, String, Table, bindparam, delete, select, tuple_, update
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.bus.transport import LogReplaced, Partition, Position, Stored
from huiying.db.platform import PLATFORM
from huiying.db.statements import insert_new
from huiying.db.types import BigNumber, JSONColumn
from huiying.events.envelope import SEQUENCE_HEADER, SOURCE_HEADER

POSITIONS = Table(
    "positions",
    PLATFORM,
    Column("topic", String(64), primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("log_id", String(128), nullable=False),
    Column("next_offset", BigNumber, nullable=False),
    # Producer -> the last sequence taken in: what a relay repeats after a crash is known by it.
    Column("sequences", JSONColumn, nullable=False),
)

# Every batch asks these, so they are built once.
_THESE = select(POSITIONS).where(
    tuple_(POSITIONS.c.topic, POSITIONS.c.partition).in_(bindparam("places", expanding=True))
)
_LOCKED = _THESE.order_by(POSITIONS.c.topic, POSITIONS.c.partition).with_for_update()
_MOVED = (
    update(POSITIONS)
    .where(POSITIONS.c.topic == bindparam("of_topic"), POSITIONS.c.partition == bindparam("of_partition"))
    .values(next_offset=bindparam("to_offset"), sequences=bindparam("to_sequences"))
)


class Place(msgspec.Struct):
    """One partition's row while its batch is taken in."""

    log_id: str
    next_offset: int
    sequences: dict[str, int]

    def admits(self, stored: Stored) -> bool:
        """Whether this record is new; if so, the place moves on to it."""
        if stored.offset < self.next_offset:
            return False
        self.next_offset = stored.offset + 1
        source, sequence = _telling(stored)
        if sequence is None:
            return True
        if sequence <= self.sequences.get(source, 0):
            return False
        self.sequences[source] = sequence
        return True


async def load(session: AsyncSession, partitions: Sequence[Partition]) -> dict[Partition, Position]:
    """The stored positions; a partition that was never read is missing."""
    rows = (await session.execute(_THESE, _named(partitions))).all()
    return {Partition(row.topic, row.partition): Position(row.log_id, row.next_offset) for row in rows}


async def lock(session: AsyncSession, log_ids: Mapping[Partition, str]) -> dict[Partition, Place]:
    """The places of these partitions, locked until the transaction ends; made if they are new.

    Raises LogReplaced if a stored position belongs to another log than the one that is being read.
    """
    made = [
        {"topic": at.topic, "partition": at.number, "log_id": log_id, "next_offset": 0, "sequences": {}}
        for at, log_id in sorted(log_ids.items())
    ]
    named = _named(log_ids)
    rows = (await session.execute(_LOCKED, named)).all()
    if len(rows) < len(made):
        await insert_new(session, POSITIONS, made, key="topic")
        rows = (await session.execute(_LOCKED, named)).all()
    places = {}
    for row in rows:
        partition = Partition(row.topic, row.partition)
        if row.log_id != log_ids[partition]:
            raise LogReplaced(f"{row.topic}/{row.partition} was read in log {row.log_id}, this is {log_ids[partition]}")
        places[partition] = Place(row.log_id, row.next_offset, dict(row.sequences))
    return places


async def save(session: AsyncSession, places: Mapping[Partition, Place]) -> None:
    """Store the places with the effects, in the same transaction."""
    moved = [
        {
            "of_topic": at.topic,
            "of_partition": at.number,
            "to_offset": place.next_offset,
            "to_sequences": place.sequences,
        }
        for at, place in places.items()
    ]
    await session.execute(_MOVED, moved)


async def forget(session: AsyncSession, topic: str) -> int:
    """Read a topic from its beginning the next time: after its log was replaced, and somebody has decided so.

    How many partitions that is. What was taken in before and comes again has no second effect, by its natural keys.
    """
    gone = await session.execute(delete(POSITIONS).where(POSITIONS.c.topic == topic).returning(POSITIONS.c.partition))
    return len(gone.all())


def _named(partitions: Iterable[Partition]) -> dict[str, list[tuple[str, int]]]:
    return {"places": [(at.topic, at.number) for at in partitions]}


def _telling(stored: Stored) -> tuple[str, int | None]:
    """Who told this and as its how-manyth; no number for what no relay sent."""
    headers = dict(stored.record.headers)
    try:
        return headers.get(SOURCE_HEADER, b"").decode(), int(headers[SEQUENCE_HEADER])
    except (KeyError, ValueError):
        return "", None
