"""The local spool: where facts wait, on this machine's disk, while the broker is away.

A bounded embedded log. Facts of a key that has something in it go through it too, so that none overtakes another.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path

import structlog

from huiying.bus.embedded import EmbeddedTransport
from huiying.bus.transport import Partition, Position, Record, Stored
from huiying.errors import Unavailable
from huiying.events.registry import Topic
from huiying.observability.metrics import SPOOLED_BYTES, SPOOLED_RECORDS
from huiying.settings import LogDurability

log = structlog.get_logger(__name__)

_DRAIN_COUNT = 100
_DRAIN_BYTES = 4 * 1024 * 1024


class SpoolFull(Unavailable):
    """The broker has been away for longer than the spool can hold. The platform is asked to repeat."""

    code = "spool_full"


class Spool:
    """Keeps records durably and in order until they can be sent on."""

    def __init__(
        self, directory: Path, *, topics: Sequence[Topic], limit_bytes: int, durability: LogDurability
    ) -> None:
        self._log = EmbeddedTransport(directory, durability=durability, name="spool")
        self._topics = topics
        self._limit_bytes = limit_bytes
        self._waiting: Counter[bytes] = Counter()
        self._bytes = 0
        self._sent: dict[Partition, int] = {}

    async def start(self) -> None:
        """Open it, and learn what a former process left in it."""
        await self._log.start()
        await self._log.ensure(self._topics)
        await self._each(self._count_in)
        if self._waiting:
            log.info("spool_has_records", records=self._waiting.total(), bytes=self._bytes)

    async def stop(self) -> None:
        """Close it; what is in it stays."""
        await self._log.stop()

    def holds(self, key: bytes) -> bool:
        """Whether a record of this key waits here, so that its next one must too."""
        return key in self._waiting

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._waiting

    async def add(self, record: Record, *, timeout_seconds: float) -> None:
        """Keep a record. When this returns it is on the disk.

        Raises SpoolFull at the limit, Unavailable if the disk refuses.
        """
        size = len(record.value)
        if self._bytes + size > self._limit_bytes:
            raise SpoolFull(f"the spool holds {self._bytes} bytes of {self._limit_bytes}", retry_after_seconds=30)
        # Counted before the write, so that a later record of the key cannot find the spool empty meanwhile.
        self._take_in(record)
        try:
            await self._log.publish([record], timeout_seconds=timeout_seconds)
        except BaseException:
            self._let_go([record])
            raise

    async def drain(self, send: Callable[[Sequence[Record]], Awaitable[None]], *, stopping: asyncio.Event) -> None:
        """Send everything on, oldest first, and forget it once sent; no more once `stopping` is set.

        Raises what `send` raises; then the rest stays. A crash after a send repeats it: consumers drop deliveries they
        have seen.
        """

        async def send_on(stored: Sequence[Stored]) -> bool:
            for portion in _portions(stored):
                if stopping.is_set():
                    return False
                await send([item.record for item in portion])
                self._let_go([item.record for item in portion])
                self._sent.update({item.partition: item.offset + 1 for item in portion})
            for partition in {item.partition for item in stored}:
                await self._log.trim(partition.topic, before_offset=self._sent[partition])
            return True

        await self._each(send_on)

    async def _each(self, visit: Callable[[Sequence[Stored]], Awaitable[bool]]) -> None:
        names = [topic.name for topic in self._topics]
        async with self._log.open(group="drain", topics=names, resume=self._resume) as feed:
            while True:
                async with feed.batch(limit=_DRAIN_COUNT, linger_seconds=0, timeout_seconds=0.01) as stored:
                    if not stored or not await visit(stored):
                        return

    async def _resume(self, _partitions: Sequence[Partition]) -> Mapping[Partition, Position]:
        return {at: Position(self._log.log_id(at.topic), offset) for at, offset in self._sent.items()}

    async def _count_in(self, stored: Sequence[Stored]) -> bool:
        for item in stored:
            self._take_in(item.record)
        return True

    def _take_in(self, record: Record) -> None:
        self._waiting[record.key] += 1
        self._bytes += len(record.value)
        self._measure()

    def _let_go(self, records: Sequence[Record]) -> None:
        for record in records:
            self._bytes -= len(record.value)
            self._waiting[record.key] -= 1
            if self._waiting[record.key] <= 0:
                del self._waiting[record.key]
        self._measure()

    def _measure(self) -> None:
        SPOOLED_RECORDS.set(self._waiting.total())
        SPOOLED_BYTES.set(self._bytes)


def _portions(stored: Sequence[Stored]) -> Iterator[list[Stored]]:
    """What the bus can take within a deadline: portions of a limited size, and of one record if that is larger."""
    portion: list[Stored] = []
    size_bytes = 0
    for item in stored:
        if portion and size_bytes + len(item.record.value) > _DRAIN_BYTES:
            yield portion
            portion, size_bytes = [], 0
        portion.append(item)
        size_bytes += len(item.record.value)
    if portion:
        yield portion
