"""Topics and records for tests, and a reader that remembers where it stands."""

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta

from huiying.bus.transport import Feed, Partition, Position, Record, Stored, Transport
from huiying.events.registry import Topic
from huiying.ids import new_id
from tests.support.eventually import eventually

NOW_MS = int(time.time() * 1000)


def a_topic(
    *, name: str | None = None, partitions: int = 1, max_message_bytes: int = 1_048_576, flush_each_record: bool = False
) -> Topic:
    """A topic that nobody else uses."""
    return Topic(
        name=name or f"t-{new_id()}",
        description="",
        key="",
        events=(),
        producers=(),
        consumers=(),
        owner="tests",
        partitions=partitions,
        retention=timedelta(days=7),
        max_message_bytes=max_message_bytes,
        flush_each_record=flush_each_record,
    )


def a_record(topic: Topic, *, value: bytes = b"value", key: bytes = b"key") -> Record:
    """A record of now."""
    return Record(topic=topic.name, key=key, value=value, headers=(), timestamp_ms=NOW_MS)


def numbered(topic: Topic, count: int, *, key_count: int = 1) -> list[Record]:
    """Records whose values count up, over so many keys in turn."""
    return [a_record(topic, value=b"%d" % number, key=b"k%d" % (number % key_count)) for number in range(count)]


class Reader:
    """A group's memory: it keeps positions as a service's database would, and offers them to whoever resumes."""

    def __init__(self, *, group: str | None = None) -> None:
        self.group = group or f"g-{new_id()}"
        self.positions: dict[Partition, Position] = {}
        self.asked: list[Partition] = []

    async def resume(self, partitions: Sequence[Partition]) -> Mapping[Partition, Position]:
        self.asked += partitions
        return {at: self.positions[at] for at in partitions if at in self.positions}

    def keep(self, batch: Sequence[Stored], *, feed: Feed) -> None:
        for stored in batch:
            self.positions[stored.partition] = Position(feed.log_id(stored.partition), stored.offset + 1)

    async def take(self, feed: Feed, *, limit: int = 500, timeout_seconds: float = 0.5) -> list[Stored]:
        """One batch, done and kept."""
        async with feed.batch(limit=limit, linger_seconds=0.02, timeout_seconds=timeout_seconds) as batch:
            self.keep(batch, feed=feed)
            return list(batch)

    async def take_all(self, feed: Feed, *, count: int, timeout_seconds: float = 20.0) -> list[Stored]:
        """Batches until there are that many records."""
        taken: list[Stored] = []

        async def there_are_enough() -> bool:
            taken.extend(await self.take(feed))
            return len(taken) >= count

        await eventually(there_are_enough, timeout_seconds=timeout_seconds)
        return taken

    async def take_all_from(self, transport: Transport, topic: Topic, *, count: int) -> list[Stored]:
        """As one who comes, reads that many records and goes."""
        async with transport.open(group=self.group, topics=[topic.name], resume=self.resume) as feed:
            return await self.take_all(feed, count=count)


def values(batch: Sequence[Stored]) -> list[bytes]:
    """What the records hold."""
    return [stored.record.value for stored in batch]


async def publish_one_by_one(transport: Transport, records: Sequence[Record]) -> None:
    """Each acknowledged before the next, so that each is a batch of its own in the log."""
    for record in records:
        await transport.publish([record])
