"""Takes facts from the outbox to the bus, in order, one relay a database."""

import asyncio

import msgspec
import structlog
from sqlalchemy import delete, select

from huiying.bus.transport import Record, Transport
from huiying.db.engine import Database
from huiying.errors import Unavailable
from huiying.events.envelope import SEQUENCE_HEADER, headers_of
from huiying.observability.metrics import RELAYED_FACTS
from huiying.outbox.tables import OUTBOX
from huiying.outbox.unit import Fact, producer_name

log = structlog.get_logger(__name__)

_unpacker = msgspec.msgpack.Decoder(list[Fact])

ROW_COUNT = 100
IDLE_SECONDS = 0.1
RETRY_SECONDS = 1.0


class Relay:
    """Sends what the outbox holds, oldest first, and forgets it once the bus has it.

    A crash in between sends the same facts again with the same sequences, and consumers drop them.
    """

    def __init__(self, *, database: Database, transport: Transport, timeout_seconds: float) -> None:
        self._database = database
        self._transport = transport
        self._timeout_seconds = timeout_seconds
        self._wake = asyncio.Event()
        self._stopping = False
        self._producer = b""

    def wake(self) -> None:
        """There is something new: do not wait for the next look."""
        self._wake.set()

    def stop(self) -> None:
        """End `run` after the send that is under way."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Relay until stopped. Waits where another process of the same service is at it."""
        self._producer = (await producer_name(self._database)).encode()
        while not self._stopping:
            try:
                async with self._database.exclusive("relay") as mine:
                    await (self._relay_all() if mine else self._pause(RETRY_SECONDS))
            except Unavailable as error:
                log.warning("relay_waits", service=self._database.schema, reason=str(error))
                await self._pause(RETRY_SECONDS)

    async def _relay_all(self) -> None:
        while not self._stopping:
            self._wake.clear()
            if not await self.relay_some():
                await self._pause(IDLE_SECONDS)

    async def relay_some(self) -> int:
        """Send the oldest rows; how many facts went out. Raises Unavailable if the bus or the database is away."""
        async with self._database.reading() as session:
            rows = (await session.execute(select(OUTBOX).order_by(OUTBOX.c.first_sequence).limit(ROW_COUNT))).all()
        if not rows:
            return 0
        records = [record for row in rows for record in self._records(row.topic, row.first_sequence, row.facts)]
        await self._transport.publish(records, timeout_seconds=self._timeout_seconds)
        async with self._database.writing() as session:
            await session.execute(delete(OUTBOX).where(OUTBOX.c.first_sequence <= rows[-1].first_sequence))
        RELAYED_FACTS.labels(service=self._database.schema).inc(len(records))
        return len(records)

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

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
