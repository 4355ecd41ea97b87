"""The embedded transport: one process, one data directory, one partition a topic."""

import asyncio
import fcntl
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import IO

import msgspec
import structlog

from huiying.bus.embedded.feed import EmbeddedFeed, Tail
from huiying.bus.embedded.storage import Batch, Log, Storage
from huiying.bus.embedded.writer import Writer
from huiying.bus.transport import Partition, Record, RecordTooLarge, Resume
from huiying.errors import Conflict, Failure, Unavailable
from huiying.events.registry import Topic
from huiying.ids import new_id
from huiying.settings import LogDurability

log = structlog.get_logger(__name__)

_RETENTION_EVERY = timedelta(minutes=5)
_RETENTION_BATCHES = 200


class DirectoryInUse(Conflict):
    """Another process has this data directory open. Stop it, or talk to it over HTTP."""

    code = "directory_in_use"


class EmbeddedTransport:
    """A durable, ordered log in `directory`. One process owns it, by a lock on a file."""

    def __init__(self, directory: Path, *, durability: LogDurability = LogDurability.FULL, name: str = "log") -> None:
        self._directory = directory
        self._durability = durability
        self._name = name
        self._logs: dict[str, Log] = {}
        self._topics: dict[str, Topic] = {}
        self._tails: dict[str, Tail] = {}
        self._feeds: dict[str, tuple[EmbeddedFeed, frozenset[str]]] = {}
        self._reading = asyncio.Lock()
        self._lock_file: IO[str] | None = None
        self._retention: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """See `Transport.start`.

        Raises DirectoryInUse.
        """
        self._directory.mkdir(parents=True, exist_ok=True)
        self._lock_file = self._take_directory()
        try:
            await self._open_files()
        except BaseException:
            self._lock_file.close()
            self._lock_file = None
            raise
        self._retention = asyncio.create_task(self._keep_retention(), name="log-retention")

    async def _open_files(self) -> None:
        path = self._directory / f"{self._name}.db"
        self._reader = await asyncio.to_thread(Storage, path, synchronous=self._durability.value)
        self._writing = await asyncio.to_thread(Storage, path, synchronous=self._durability.value)
        self._logs = {found.topic: found for found in await asyncio.to_thread(self._reader.logs)}
        self._tails = {topic: Tail(found.next_offset) for topic, found in self._logs.items()}
        self._writer = Writer(self._writing, logs=self._logs, written=self._written)

    async def stop(self) -> None:
        """See `Transport.stop`."""
        if self._lock_file is None:
            return
        if self._retention:
            self._retention.cancel()
            await asyncio.gather(self._retention, return_exceptions=True)
        await self._writer.stop()
        async with self._reading:
            self._reader.close()
        self._writing.close()
        self._lock_file.close()
        self._lock_file = None

    async def ensure(self, topics: Sequence[Topic]) -> None:
        """See `Transport.ensure`. One partition, whatever the registry says for Kafka."""
        for topic in topics:
            self._topics[topic.name] = topic
            if topic.name not in self._logs:
                await self._create(topic.name)

    async def publish(self, records: Sequence[Record], *, timeout_seconds: float = 10.0) -> None:
        """See `Transport.publish`."""
        for record in records:
            self._check(record)
        await self._writer.append(records, timeout_seconds=timeout_seconds)

    @asynccontextmanager
    async def open(self, *, group: str, topics: Sequence[str], resume: Resume) -> AsyncIterator[EmbeddedFeed]:
        """See `Transport.open`. A group has one member here."""
        if group in self._feeds:
            raise Conflict(f"group {group} is being read already")
        feed = EmbeddedFeed(self, topics)
        await feed.seek(await resume([Partition(topic, 0) for topic in topics]))
        self._feeds[group] = (feed, frozenset(topics))
        try:
            yield feed
        finally:
            del self._feeds[group]

    def tail(self, topic: str) -> Tail:
        """The newest batches of a topic."""
        try:
            return self._tails[topic]
        except KeyError:
            raise Failure(f"there is no topic {topic}: create the topics first") from None

    def log_id(self, topic: str) -> str:
        """The identity of a topic's log."""
        return self._logs[topic].log_id

    async def start_offset(self, topic: str) -> int:
        """The oldest offset that is kept."""
        end = self.tail(topic).end
        async with self._reading:
            found = msgspec.structs.replace(self._logs[topic], next_offset=end)
            return await asyncio.to_thread(self._reader.start_offset, found)

    async def read(self, topic: str, *, offset: int, limit: int) -> list[Batch]:
        """Batches from the file."""
        async with self._reading:
            return await asyncio.to_thread(self._reader.read, self._logs[topic].number, offset=offset, limit=limit)

    async def size_bytes(self) -> int:
        """How much room the log takes on the disk."""
        async with self._reading:
            return await asyncio.to_thread(self._reader.size_bytes)

    async def forget_before(self, moments_ms: Mapping[str, int]) -> int:
        """Delete what is older than the moment given for each topic, in small steps; how many batches went."""
        gone = 0
        for topic, before_ms in moments_ms.items():
            found = msgspec.structs.replace(self._logs[topic], next_offset=self.tail(topic).end)
            forget = partial(Storage.forget, log=found, before_ms=before_ms, batch_count=_RETENTION_BATCHES)
            while step := await self._writer.call(forget):
                gone += step
        return gone

    async def trim(self, topic: str, *, before_offset: int) -> None:
        """Delete the batches that lie wholly before an offset."""
        found = msgspec.structs.replace(self._logs[topic], next_offset=self.tail(topic).end)
        await self._writer.call(partial(Storage.trim, log=found, before_offset=before_offset))

    def _take_directory(self) -> IO[str]:
        lock_file = (self._directory / f"{self._name}.lock").open("w")
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock_file.close()
            raise DirectoryInUse(f"another process uses {self._directory}: stop it first") from error
        return lock_file

    def _check(self, record: Record) -> None:
        if record.topic not in self._logs:
            raise Failure(f"there is no topic {record.topic}: create the topics first")
        limit = self._topics[record.topic].max_message_bytes if record.topic in self._topics else None
        if limit is not None and len(record.value) > limit:
            raise RecordTooLarge(f"a record of {len(record.value)} bytes; {record.topic} takes {limit}")

    async def _create(self, topic: str) -> None:
        made = await self._writer.call(partial(Storage.create, topic=topic, log_id=new_id()))
        self._logs[topic] = made
        self._tails[topic] = Tail(0)
        self._writer.add_log(made)

    def _written(self, batches: Sequence[tuple[str, Batch]]) -> None:
        for topic, batch in batches:
            self._tails[topic].push(batch)
        grown = {topic for topic, _ in batches}
        for feed, topics in self._feeds.values():
            if not grown.isdisjoint(topics):
                feed.notify()

    async def _keep_retention(self) -> None:
        while True:
            now_ms = time.time_ns() // 1_000_000
            moments_ms = {
                name: now_ms - round(topic.retention.total_seconds() * 1000)
                for name, topic in self._topics.items()
                if name in self._logs
            }
            try:
                await self.forget_before(moments_ms)
            except Unavailable as error:
                # A full disk, say; next time it may have room, and this is what makes some.
                log.warning("log_retention_waits", reason=str(error))
            await asyncio.sleep(_RETENTION_EVERY.total_seconds())  # noqa: TID251 - cancelled at stop
