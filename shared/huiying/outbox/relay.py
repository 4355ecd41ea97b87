"""Takes facts from the outbox to the bus, in order, one relay a database."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import structlog
from sqlalchemy import Row, delete, func, select

from huiying.bus.transport import Record, Transport
from huiying.clock import monotonic_seconds
from huiying.db.engine import Database
from huiying.errors import Unavailable
from huiying.events.envelope import SEQUENCE_HEADER, headers_of
from huiying.observability.metrics import RELAYED_FACTS
from huiying.outbox.tables import OUTBOX
from huiying.outbox.unit import Fact, producer_name

log = structlog.get_logger(__name__)

_unpacker = msgspec.msgpack.Decoder(list[Fact])

# What is sent at once: a limit of rows, and one of facts, because a row can hold a thousand.
ROW_COUNT = 100
FACT_COUNT = 5_000

# On SQLite this process alone writes, and wakes the relay when it has; elsewhere other processes write too.
IDLE_SECONDS = 0.1
IDLE_ALONE_SECONDS = 1.0
RETRY_SECONDS = 1.0
# A lock that was lost with its connection is noticed when it is taken again.
HOLD_SECONDS = 30.0


class Relay:
    """Sends what the outbox holds, oldest first, and forgets it once the bus has it.

    A crash in between sends the same facts again with the same sequences, and consumers drop them.
    """

    def __init__(self, *, database: Database, transport: Transport, timeout_seconds: float) -> None:
        self._database = database
        self._transport = transport
        self._timeout_seconds = timeout_seconds
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._idle_seconds = IDLE_ALONE_SECONDS if database.is_sqlite else IDLE_SECONDS
        self._producer = b""

    def wake(self) -> None:
        """There is something new: do not wait for the next look."""
        self._wake.set()

    def stop(self) -> None:
        """End `run` after the send that is under way."""
        self._stopping.set()
        self._wake.set()

    async def run(self) -> None:
        """Relay until stopped. Waits where another process of the same service is at it."""
        while not self._stopping.is_set():
            try:
                async with self._database.exclusive("relay") as is_mine:
                    if is_mine:
                        await self._relay_all()
            except Unavailable as error:
                is_mine = False
                log.warning("relay_waits", service=self._database.schema, reason=str(error))
            if not is_mine:
                # Not for news, of which there may be plenty: only time helps here.
                await _wait(self._stopping, RETRY_SECONDS)

    async def _relay_all(self) -> None:
        ends_at = monotonic_seconds() + HOLD_SECONDS
        while not self._stopping.is_set() and monotonic_seconds() < ends_at:
            self._wake.clear()
            if not await self.relay_some():
                await _wait(self._wake, self._idle_seconds)

    async def relay_some(self) -> int:
        """Send the oldest rows; how many facts went out. Raises Unavailable if the bus or the database is away."""
        rows = await self._oldest()
        if not rows:
            return 0
        if not self._producer:
            self._producer = (await producer_name(self._database)).encode()
        records = [record for row in rows for record in self._records(row.topic, row.first_sequence, row.facts)]
        await self._transport.publish(records, timeout_seconds=self._timeout_seconds)
        async with self._database.writing() as session:
            await session.execute(delete(OUTBOX).where(OUTBOX.c.first_sequence <= rows[-1].first_sequence))
        RELAYED_FACTS.labels(service=self._database.schema).inc(len(records))
        return len(records)

    async def _oldest(self) -> Sequence[Row[Any]]:
        # Sequences number the facts, so they tell how many there are.
        first = select(func.min(OUTBOX.c.first_sequence)).scalar_subquery()
        query = select(OUTBOX).where(OUTBOX.c.first_sequence < first + FACT_COUNT)
        async with self._database.reading() as session:
            return (await session.execute(query.order_by(OUTBOX.c.first_sequence).limit(ROW_COUNT))).all()

    def _records(self, topic: str, first_sequence: int, packed: bytes) -> list[Record]:
        facts = _unpacker.decode(packed)
        return [self._record(topic, first_sequence + index, fact) for index, fact in enumerate(facts)]

    def _record(self, topic: str, sequence: int, fact: Fact) -> Record:
        # Whoever has taken in a sequence of this producer drops it the second time.
        headers = (
            *headers_of(fact.type, source=self._producer, event_id=str(sequence), timestamp_ms=fact.timestamp_ms),
            (SEQUENCE_HEADER, str(sequence).encode()),
        )
        return Record(topic, fact.key.encode(), fact.value, headers, fact.timestamp_ms)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
