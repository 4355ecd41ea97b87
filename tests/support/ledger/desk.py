"""The ledger's consumer, and what it stands on, one part at a time: for tests that look between the parts."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import msgspec
from sqlalchemy import select

from huiying.bus.transport import Position, Record, Transport
from huiying.clock import to_milliseconds
from huiying.db.engine import Database
from huiying.events.envelope import SEQUENCE_HEADER, Event, encode, headers_of
from huiying.events.registry import TOPIC_OF
from huiying.outbox.tables import OUTBOX
from huiying.outbox.unit import Fact
from huiying.service import dead_letters
from huiying.service.consumer import Consumer, ConsumerOptions, Handlers
from huiying.service.dead_letters import DEAD_LETTERS, DeadLetter
from huiying.service.positions import POSITIONS
from tests.support.clock import START, FrozenClock
from tests.support.ledger.book import HANDLERS, LedgerUnit, Rules

OPTIONS = ConsumerOptions(batch_linger=timedelta(milliseconds=5), batch_timeout=timedelta(milliseconds=50))


class Desk:
    """A database with the book, and the rules for who writes into it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.rules = Rules()
        self.clock = FrozenClock()
        self.handlers: Handlers[LedgerUnit] = HANDLERS

    @asynccontextmanager
    async def open_unit(self) -> AsyncIterator[LedgerUnit]:
        """A unit of work, committed with what it tells when the block ends."""
        async with self.database.writing() as session:
            unit = LedgerUnit(session, clock=self.clock, tools=self.rules)
            yield unit
            await unit.store_facts()

    def consumer(self, transport: Transport, *, options: ConsumerOptions = OPTIONS) -> Consumer[LedgerUnit]:
        """A consumer that writes into this book."""
        return Consumer[LedgerUnit](
            name="ledger", transport=transport, open_unit=self.open_unit, handlers=self.handlers, options=options
        )

    async def told(self) -> list[str]:
        """The keys of the facts in the outbox, in order."""
        async with self.database.reading() as session:
            rows = (await session.execute(select(OUTBOX.c.facts).order_by(OUTBOX.c.first_sequence))).scalars()
            return [fact.key for packed in rows for fact in msgspec.msgpack.decode(packed, type=list[Fact])]

    async def position(self, topic: str = "brands") -> Position:
        """Where the consumer stands; nowhere, if it has read nothing."""
        async with self.database.reading() as session:
            row = (await session.execute(select(POSITIONS).where(POSITIONS.c.topic == topic))).one_or_none()
            return Position(row.log_id, row.next_offset) if row else Position("", 0)

    async def dead(self) -> list[tuple[int, str]]:
        """Offset and code of each dead letter, in order."""
        async with self.database.reading() as session:
            query = select(DEAD_LETTERS.c.offset, DEAD_LETTERS.c.code).order_by(DEAD_LETTERS.c.offset)
            return [(row.offset, row.code) for row in await session.execute(query)]

    async def letters(self) -> Sequence[DeadLetter]:
        """All dead letters."""
        async with self.database.reading() as session:
            return await dead_letters.some(session, topic=None, after="", limit=200)


def recorded(event: Event, *, producer: str = "//test", sequence: int | None = None) -> Record:
    """A fact as a relay, or without a sequence as the edge, puts it on the bus."""
    now_ms = to_milliseconds(START)
    headers = headers_of(event.type, source=producer.encode(), event_id=str(sequence), timestamp_ms=now_ms)
    if sequence is not None:
        headers = (*headers, (SEQUENCE_HEADER, str(sequence).encode()))
    return Record(TOPIC_OF[type(event)].name, event.key.encode(), encode(event), headers, now_ms)


def relayed(events: Sequence[Event], *, producer: str = "//one", first: int = 1) -> list[Record]:
    """Facts as one relay sends them, numbered from `first` on."""
    return [recorded(event, producer=producer, sequence=first + index) for index, event in enumerate(events)]
