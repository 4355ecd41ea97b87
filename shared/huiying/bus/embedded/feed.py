"""Reading the embedded log: from memory near its end, from the file before that."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from huiying.bus.embedded.storage import Batch
from huiying.bus.transport import Lag, LogReplaced, Partition, Position, Stored

_TAIL_RECORDS = 4_000
_TAIL_BYTES = 16 * 1024 * 1024


class Tail:
    """The newest batches of one topic, kept in memory because most readers are close behind the writer."""

    def __init__(self, end: int) -> None:
        self.end = end
        self._batches: deque[Batch] = deque()
        self._records = 0
        self._bytes = 0

    def push(self, batch: Batch) -> None:
        """Add the batch that was just written, and let go of the oldest ones."""
        self.end = batch.end
        self._batches.append(batch)
        self._records += len(batch.records)
        self._bytes += _size(batch)
        while len(self._batches) > 1 and (self._records > _TAIL_RECORDS or self._bytes > _TAIL_BYTES):
            gone = self._batches.popleft()
            self._records -= len(gone.records)
            self._bytes -= _size(gone)

    def from_offset(self, offset: int) -> list[Batch] | None:
        """The batches that hold `offset` and what follows; None if they are no longer in memory."""
        if not self._batches or offset < self._batches[0].first:
            return None
        found: list[Batch] = []
        # From the end, where most readers are.
        for batch in reversed(self._batches):
            if batch.end <= offset:
                break
            found.append(batch)
        return found[::-1]


class LogReader(Protocol):
    """What a feed needs of the transport."""

    def tail(self, topic: str) -> Tail:
        """The newest batches of a topic."""

    def log_id(self, topic: str) -> str:
        """The identity of a topic's log."""

    async def start_offset(self, topic: str) -> int:
        """The oldest offset that is kept."""

    async def read(self, topic: str, *, offset: int, limit: int) -> list[Batch]:
        """Batches from the file."""


class EmbeddedFeed:
    """The only member of its group: it holds the one partition of each of its topics."""

    def __init__(self, reader: LogReader, topics: Sequence[str]) -> None:
        self._reader = reader
        self._next: dict[Partition, int] = {Partition(topic, 0): 0 for topic in topics}
        self._news = asyncio.Event()

    def notify(self) -> None:
        """One of the topics has grown."""
        self._news.set()

    async def seek(self, positions: Mapping[Partition, Position]) -> None:
        """Begin where the group stands.

        Raises LogReplaced if the log does not hold that place.
        """
        for partition in self._next:
            start = await self._reader.start_offset(partition.topic)
            position = positions.get(partition)
            if position is None:
                self._next[partition] = start
                continue
            self._check(partition, position, start)
            self._next[partition] = position.next_offset

    @asynccontextmanager
    async def batch(
        self, *, limit: int, linger_seconds: float, timeout_seconds: float
    ) -> AsyncIterator[Sequence[Stored]]:
        """See `Feed.batch`."""
        if not self._available():
            await self._wait(timeout_seconds)
        if 0 < self._available() < limit and linger_seconds > 0:
            await self._linger(limit, linger_seconds)
        stored = await self._collect(limit)
        yield stored
        for item in stored:
            self._next[item.partition] = item.offset + 1

    def log_id(self, partition: Partition) -> str:
        """See `Feed.log_id`."""
        return self._reader.log_id(partition.topic)

    async def commit(self, positions: Mapping[Partition, int]) -> None:
        """Nobody else wants to know."""

    async def lags(self) -> Sequence[Lag]:
        """See `Feed.lags`."""
        return [
            Lag(partition, self.log_id(partition), offset, self._reader.tail(partition.topic).end)
            for partition, offset in self._next.items()
        ]

    def _check(self, partition: Partition, position: Position, start: int) -> None:
        topic, end, log_id = partition.topic, self._reader.tail(partition.topic).end, self.log_id(partition)
        if position.log_id != log_id:
            raise LogReplaced(f"{topic} is another log now ({log_id}) than the one read so far ({position.log_id})")
        if position.next_offset > end:
            raise LogReplaced(f"{topic} ends at {end}, but was read up to {position.next_offset}: it was cut off")
        if position.next_offset < start:
            raise LogReplaced(f"{topic} begins at {start}; from {position.next_offset} on, records went unread")

    def _available(self) -> int:
        return sum(self._behind(partition) for partition in self._next)

    async def _wait(self, timeout_seconds: float) -> None:
        self._news.clear()
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._news.wait()
        except TimeoutError:
            return

    async def _linger(self, limit: int, linger_seconds: float) -> None:
        try:
            async with asyncio.timeout(linger_seconds):
                while self._available() < limit:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return

    async def _collect(self, limit: int) -> list[Stored]:
        stored: list[Stored] = []
        # The topic that is furthest behind goes first, so that a busy one cannot starve the others.
        for partition in sorted(self._next, key=self._behind, reverse=True):
            if len(stored) < limit and self._behind(partition):
                stored += await self._read(partition, limit - len(stored))
        return stored

    def _behind(self, partition: Partition) -> int:
        return self._reader.tail(partition.topic).end - self._next[partition]

    async def _read(self, partition: Partition, limit: int) -> list[Stored]:
        offset = self._next[partition]
        batches = self._reader.tail(partition.topic).from_offset(offset)
        if batches is None:
            batches = await self._reader.read(partition.topic, offset=offset, limit=limit)
            if not batches or batches[0].first > offset:
                raise LogReplaced(f"{partition.topic} no longer holds {offset}: it was deleted before it was read")
        stored: list[Stored] = []
        for batch in batches:
            skip = max(0, offset - batch.first)
            wanted = batch.records[skip : skip + limit - len(stored)]
            stored += [Stored(partition, batch.first + skip + at, record) for at, record in enumerate(wanted)]
            if len(stored) >= limit:
                break
        return stored


def _size(batch: Batch) -> int:
    return sum(len(record.value) for record in batch.records)
