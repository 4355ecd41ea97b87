"""Telling a fact straight to the bus: for the edge, where a fact comes from outside and no transaction is its source.

It returns once the fact is durable: acknowledged by the bus, or, while the broker is away, on this machine's disk.
"""

import asyncio
from collections.abc import Sequence

import structlog

from huiying.bus.transport import Record, Transport, refuse_too_large
from huiying.clock import Clock, to_milliseconds
from huiying.errors import Unavailable
from huiying.events.envelope import Event, encode, headers_of
from huiying.events.registry import TOPIC_OF
from huiying.ids import new_id
from huiying.outbox.spool import Spool

log = structlog.get_logger(__name__)

DRAIN_EVERY_SECONDS = 1.0
DRAIN_DEADLINE_SECONDS = 10.0


class Direct:
    """Makes facts durable one by one, in order of their key."""

    def __init__(
        self, *, transport: Transport, spool: Spool | None, clock: Clock, source: str, deadline_seconds: float = 2.0
    ) -> None:
        """`spool` is needed where the bus can be away; `deadline_seconds` is the longest wait for either."""
        self._transport = transport
        self._spool = spool
        self._clock = clock
        self._source = f"//huiying/{source}".encode()
        self._deadline_seconds = deadline_seconds
        self._bus_answers = True
        self._stopping = asyncio.Event()
        self._news = asyncio.Event()

    async def tell(self, event: Event, *, event_id: str | None = None) -> str:
        """Make the fact durable; says by which path: `bus` or `spool`.

        Raises Unavailable if it could not be made durable, RecordTooLarge if it never can be: then it was not accepted.
        """
        record = self._record(event, event_id or new_id())
        spool = self._spool
        if spool is None:
            await self._transport.publish([record], timeout_seconds=self._deadline_seconds)
            return "bus"
        if self._bus_answers and not spool.holds(record.key):
            try:
                await self._transport.publish([record], timeout_seconds=self._deadline_seconds)
            except Unavailable as error:
                # Nobody else waits for the deadline in vain: until the drain succeeds, all go to the spool at once.
                self._bus_answers = False
                log.warning("bus_away", reason=str(error))
            else:
                return "bus"
        await spool.add(record, timeout_seconds=self._deadline_seconds)
        self._news.set()
        return "spool"

    async def run(self) -> None:
        """Drain the spool whenever there is something in it, until stopped."""
        if self._spool is None:
            await self._stopping.wait()
            return
        self._bus_answers = self._spool.is_empty
        while not self._stopping.is_set():
            if self._bus_answers and self._spool.is_empty:
                await self._wait(self._news, DRAIN_EVERY_SECONDS)
                self._news.clear()
            else:
                await self._drain(self._spool)

    def stop(self) -> None:
        """End `run`."""
        self._stopping.set()
        self._news.set()

    async def _drain(self, spool: Spool) -> None:
        try:
            await spool.drain(self._send_on, stopping=self._stopping)
        except Unavailable as error:
            log.warning("spool_waits", reason=str(error))
            await self._wait(self._stopping, DRAIN_EVERY_SECONDS)
            return
        # An empty spool proves nothing: the next fact tries the bus, and comes back here if it is still away.
        self._bus_answers = True

    async def _send_on(self, records: Sequence[Record]) -> None:
        await self._transport.publish(records, timeout_seconds=DRAIN_DEADLINE_SECONDS)
        # Keys that still have something in the spool go on through it. The others need not wait until it is empty:
        # under load there is always something.
        self._bus_answers = True

    async def _wait(self, event: asyncio.Event, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return

    def _record(self, event: Event, event_id: str) -> Record:
        topic, value = TOPIC_OF[type(event)], encode(event)
        refuse_too_large(topic, value_bytes=len(value))
        now_ms = to_milliseconds(self._clock.now())
        headers = headers_of(event.type, source=self._source, event_id=event_id, timestamp_ms=now_ms)
        return Record(topic.name, event.key.encode(), value, headers, now_ms)
