"""A unit of work: one transaction, the facts it has to tell, and the tools it may use.

Sequences are taken under a row lock as the last thing before the commit, so their order is the order of the commits. A
number from a database sequence would not do: it is taken early, and a relay would pass over the one that commits late.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Generic, TypeVar

import msgspec
from sqlalchemy import insert, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.clock import Clock, to_milliseconds
from huiying.db.engine import Database
from huiying.events.envelope import Event, encode
from huiying.events.registry import TOPIC_OF
from huiying.ids import new_id
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
        self._facts: list[tuple[str, Fact]] = []

    def tell(self, event: Event) -> None:
        """Tell this fact once the transaction is committed, and only then."""
        now_ms = to_milliseconds(self.clock.now())
        fact = Fact(type=event.type, key=event.key, timestamp_ms=now_ms, value=encode(event))
        self._facts.append((TOPIC_OF[type(event)].name, fact))

    @property
    def has_told(self) -> bool:
        """Whether there is anything for the relay to do."""
        return bool(self._facts)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part of the transaction that is undone alone if it raises, with the facts it told."""
        told = len(self._facts)
        try:
            async with self.session.begin_nested():
                yield
        except BaseException:
            del self._facts[told:]
            raise

    async def store_facts(self) -> None:
        """Write what was told into the outbox. Called by the edge, last of all before the commit."""
        if not self._facts:
            return
        taken = await self._take_sequences(len(self._facts))
        by_topic: dict[str, list[Fact]] = {}
        for topic, fact in self._facts:
            by_topic.setdefault(topic, []).append(fact)
        rows = []
        for topic, facts in by_topic.items():
            rows.append(
                {
                    "first_sequence": taken,
                    "topic": topic,
                    "fact_count": len(facts),
                    "facts": _packer.encode(facts),
                    "created_at": self.clock.now(),
                }
            )
            taken += len(facts)
        await self.session.execute(insert(OUTBOX), rows)

    async def _take_sequences(self, count: int) -> int:
        """The first of `count` consecutive sequences."""
        statement = (
            update(OUTBOX_HEAD)
            .values(next_sequence=OUTBOX_HEAD.c.next_sequence + count)
            .returning(OUTBOX_HEAD.c.next_sequence)
        )
        following = (await self.session.execute(statement)).scalar_one()
        return int(following) - count


U = TypeVar("U", bound="Unit[object]")
OpenUnit = Callable[[], AbstractAsyncContextManager[U]]
"""Opens a unit of work; leaving the block commits it."""


async def producer_name(database: Database) -> str:
    """The name under which this database's outbox speaks; made once, with the first sequence."""
    async with database.writing() as session:
        found = (await session.execute(select(OUTBOX_HEAD.c.producer))).scalar_one_or_none()
        if found is not None:
            return str(found)
        made = f"//huiying/{database.schema}/{new_id()}"
        await session.execute(insert(OUTBOX_HEAD).values(id=1, producer=made, next_sequence=1))
        return made
