"""A unit of work: one transaction, the facts it has to tell, and the tools it may use.

Sequences are taken under a row lock as the last thing before the commit, so their order is the order of the commits. A
number from a database sequence would not do: it is taken early, and a relay would pass over the one that commits late.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import insert, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.bus.transport import refuse_too_large
from huiying.clock import Clock, to_milliseconds
from huiying.db.engine import Database, lost_database_is_unavailable
from huiying.events.envelope import Event, encode
from huiying.events.registry import TOPIC_OF
from huiying.ids import new_id
from huiying.outbox.changes import CHANGES, Change, ChangeSet, row_of
from huiying.outbox.tables import OUTBOX, OUTBOX_HEAD

T = TypeVar("T")


class Fact(msgspec.Struct, frozen=True, array_like=True):
    """A fact as it waits in the outbox."""

    type: str
    key: str
    timestamp_ms: int
    value: bytes


_packer = msgspec.msgpack.Encoder()


class Unit(Generic[T]):
    """One transaction of one service. Use cases receive it; only the edge opens and commits it."""

    def __init__(self, session: AsyncSession, *, clock: Clock, tools: T) -> None:
        self.session = session
        self.clock = clock
        self.tools = tools
        self.has_added_jobs = False
        self._facts: list[tuple[str, Fact]] = []
        self._changes: list[Change] = []

    def tell(self, event: Event) -> None:
        """Tell this fact once the transaction is committed, and only then.

        Raises RecordTooLarge here, where something can be done about it, and not in the relay, where nothing can.
        """
        topic, value = TOPIC_OF[type(event)], encode(event)
        refuse_too_large(topic, value_bytes=len(value))
        now_ms = to_milliseconds(self.clock.now())
        self._facts.append((topic.name, Fact(type=event.type, key=event.key, timestamp_ms=now_ms, value=value)))

    def announce(self, change: Change) -> None:
        """Let the consoles hear of this change once the transaction is committed."""
        self._changes.append(change)

    @property
    def has_told(self) -> bool:
        """Whether there is anything for the relay or the consoles."""
        return bool(self._facts or self._changes)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part of the transaction that is undone alone if it raises, with the facts it told.

        Raises Unavailable if the database was lost meanwhile: then nothing of the transaction can be saved.
        """
        told, announced = len(self._facts), len(self._changes)
        try:
            with lost_database_is_unavailable():
                async with self.session.begin_nested():
                    yield
        except BaseException:
            del self._facts[told:], self._changes[announced:]
            raise

    async def store_facts(self) -> None:
        """Write what was told and announced. Called by the edge, last of all before the commit."""
        if not self.has_told:
            return
        sequence, number = await self._take_numbers(len(self._facts))
        if self._facts:
            await self.session.execute(insert(OUTBOX), self._rows(sequence))
        if self._changes:
            row = row_of(ChangeSet(number, tuple(self._changes)), now=self.clock.now())
            await self.session.execute(insert(CHANGES), [row])

    def _rows(self, sequence: int) -> list[dict[str, Any]]:
        by_topic: dict[str, list[Fact]] = {}
        for topic, fact in self._facts:
            by_topic.setdefault(topic, []).append(fact)
        rows = []
        for topic, facts in by_topic.items():
            row = {"first_sequence": sequence, "topic": topic, "fact_count": len(facts), "facts": _packer.encode(facts)}
            rows.append({**row, "created_at": self.clock.now()})
            sequence += len(facts)
        return rows

    async def _take_numbers(self, count: int) -> tuple[int, int]:
        """The first of `count` consecutive sequences, and the number for the changes."""
        head = OUTBOX_HEAD.c
        statement = (
            update(OUTBOX_HEAD)
            .values(next_sequence=head.next_sequence + count, next_change=head.next_change + 1)
            .returning(head.next_sequence, head.next_change)
        )
        following, next_change = (await self.session.execute(statement)).one()
        return int(following) - count, int(next_change) - 1


U = TypeVar("U", bound="Unit[Any]")
OpenUnit = Callable[[], AbstractAsyncContextManager[U]]
"""Opens a unit of work; leaving the block commits it."""


async def producer_name(database: Database) -> str:
    """The name under which this database's outbox speaks; made once, with the first sequence."""
    async with database.writing() as session:
        found = (await session.execute(select(OUTBOX_HEAD.c.producer))).scalar_one_or_none()
        if found is not None:
            return str(found)
        made = f"//huiying/{database.schema}/{new_id()}"
        await session.execute(insert(OUTBOX_HEAD).values(id=1, producer=made, next_sequence=1, next_change=1))
        return made


async def rename_producer(database: Database) -> str:
    """A new name for this database's outbox, after it was restored from a copy.

    A copy knows fewer sequences than consumers have taken in under the old name; they would drop what it tells next.
    """
    made = f"//huiying/{database.schema}/{new_id()}"
    async with database.writing() as session:
        await session.execute(update(OUTBOX_HEAD).values(producer=made))
    return made
