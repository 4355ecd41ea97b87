"""A stream of numbered records under which a broker can be shaken, and the books that tell what became of them."""

import asyncio
from collections import Counter

from huiying.bus.transport import Feed, Transport
from huiying.errors import Unavailable
from huiying.events.registry import Topic
from tests.contract.bus.records import Reader, a_record

_PER_PUBLISH = 20
_KEYS = 5


class Load:
    """Publishes and reads until told to stop. What was acknowledged must be read, in order of each key."""

    def __init__(self, transport: Transport, topic: Topic) -> None:
        self.acknowledged: list[int] = []
        self.read: Counter[int] = Counter()
        self.out_of_order: list[tuple[bytes, int, int]] = []
        self.refusals = 0
        self._transport = transport
        self._topic = topic
        self._reader = Reader()
        self._stopping = asyncio.Event()
        self._published = asyncio.Event()
        self._newest: dict[bytes, int] = {}

    async def publish(self) -> None:
        """Publish what comes next until it is acknowledged, as the outbox does, and then what follows it."""
        number = 0
        while not self._stopping.is_set():
            block = range(number, number + _PER_PUBLISH)
            records = [a_record(self._topic, key=b"k%d" % (n % _KEYS), value=b"%d" % n) for n in block]
            try:
                await self._transport.publish(records, timeout_seconds=1)
            except Unavailable:
                self.refusals += 1
                continue
            self.acknowledged.extend(block)
            number += _PER_PUBLISH
        self._published.set()

    async def consume(self) -> None:
        """Read as the consumer loop does: what is away now is asked for again."""
        open_feed = self._transport.open(
            group=self._reader.group, topics=[self._topic.name], resume=self._reader.resume
        )
        async with open_feed as feed:
            while not self._published.is_set() or not self.is_complete():
                try:
                    await self._take(feed)
                except Unavailable:
                    self.refusals += 1

    def stop(self) -> None:
        """Publish no more; consuming ends when all that was acknowledged has been read."""
        self._stopping.set()

    def is_complete(self) -> bool:
        return all(number in self.read for number in self.acknowledged)

    async def _take(self, feed: Feed) -> None:
        for stored in await self._reader.take(feed, timeout_seconds=0.2):
            key, number = stored.record.key, int(stored.record.value)
            # A block whose acknowledgement was lost comes twice, so numbers may go back to its beginning; what must not
            # happen is that a number comes before an earlier one has come at all.
            self.read[number] += 1
            if number > self._newest.get(key, number % _KEYS - _KEYS) + _KEYS:
                self.out_of_order.append((key, self._newest.get(key, -1), number))
            self._newest[key] = max(number, self._newest.get(key, -1))
