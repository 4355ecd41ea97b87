"""What every transport must keep. A test module subclasses TransportContract and gives it a `world`."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from typing import ClassVar, TypeVar

import pytest

from huiying.bus.transport import (
    Feed,
    LogReplaced,
    Partition,
    Position,
    Record,
    RecordTooLarge,
    Stored,
    TopicMismatch,
    Transport,
)
from huiying.errors import Unavailable
from huiying.events.registry import Topic
from huiying.ids import new_id
from tests.contract.bus.world import Capabilities, World
from tests.support.eventually import eventually

_NOW_MS = int(time.time() * 1000)
_Test = TypeVar("_Test", bound=Callable[..., Awaitable[None]])


def needs(capability: str) -> Callable[[_Test], _Test]:
    """Marks a test that must fail where the transport lacks the capability."""

    def mark(test: _Test) -> _Test:
        test.needed_capability = capability  # type: ignore[attr-defined]
        return test

    return mark


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
    return Record(topic=topic.name, key=key, value=value, headers=(), timestamp_ms=_NOW_MS)


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


class TransportContract:
    """The promises of huiying.bus.transport, one test each."""

    capabilities: ClassVar[Capabilities]

    @pytest.fixture(autouse=True)
    def gaps_must_fail(self, request: pytest.FixtureRequest) -> None:
        needed = getattr(request.function, "needed_capability", None)
        if needed is not None and not getattr(self.capabilities, needed):
            request.applymarker(pytest.mark.xfail(reason=f"this transport is not {needed}", strict=True))

    async def test_what_was_published_is_read_byte_for_byte(self, world: World) -> None:
        transport, topic = await world.transport(), a_topic()
        await transport.ensure([topic])
        headers = (("ce_id", b"1"), ("双语", bytes(range(256))), ("empty", b""), ("ce_id", b"again"))
        record = Record(
            topic=topic.name,
            key=b"\x00\xffkey",
            value=bytes(range(256)),
            headers=headers,
            timestamp_ms=_NOW_MS - 12_345,
        )

        await transport.publish([record])

        taken = await Reader().take_all_from(transport, topic, count=1)
        assert [stored.record for stored in taken] == [record]

    async def test_an_empty_key_and_an_empty_value_stay_empty(self, world: World) -> None:
        transport, topic = await world.transport(), a_topic()
        await transport.ensure([topic])

        await transport.publish([a_record(topic, key=b"", value=b"")])

        taken = await Reader().take_all_from(transport, topic, count=1)
        assert [(stored.record.key, stored.record.value) for stored in taken] == [(b"", b"")]

    async def test_records_survive_a_restart(self, world: World) -> None:
        transport, topic = await world.transport(), a_topic(flush_each_record=True)
        await transport.ensure([topic])
        await transport.publish(numbered(topic, 10))

        transport = await world.restarted()

        taken = await Reader().take_all_from(transport, topic, count=10)
        assert values(taken) == [b"%d" % number for number in range(10)]

    async def test_publishing_nothing_is_fine(self, world: World) -> None:
        transport = await world.transport()

        await transport.publish([])

    @pytest.mark.parametrize("count", [3, 2_000])
    async def test_records_of_a_key_keep_their_order(self, world: World, count: int) -> None:
        transport, topic = await world.transport(), a_topic(partitions=4)
        await transport.ensure([topic])

        await transport.publish(numbered(topic, count, key_count=7))

        taken = await Reader().take_all_from(transport, topic, count=count)
        assert len(taken) == count
        for key in {stored.record.key for stored in taken}:
            of_key = [int(stored.record.value) for stored in taken if stored.record.key == key]
            assert of_key == sorted(of_key)

    async def test_few_and_many_at_once_put_a_key_in_the_same_partition(self, world: World) -> None:
        transport, topic = await world.transport(), a_topic(partitions=4)
        await transport.ensure([topic])

        await transport.publish(numbered(topic, 8, key_count=8))
        await transport.publish(numbered(topic, 80, key_count=8))

        taken = await Reader().take_all_from(transport, topic, count=88)
        assert len({(stored.record.key, stored.partition) for stored in taken}) == 8

    @needs("partitioned")
    async def test_keys_are_spread_over_partitions(self, world: World) -> None:
        transport, topic = await world.transport(), a_topic(partitions=4)
        await transport.ensure([topic])

        await transport.publish(numbered(topic, 100, key_count=50))

        taken = await Reader().take_all_from(transport, topic, count=100)
        assert {stored.partition.number for stored in taken} == {0, 1, 2, 3}

    async def test_without_a_position_reading_begins_at_the_beginning(self, world: World) -> None:
        transport, topic, reader = await world.transport(), a_topic(), Reader()
        await transport.ensure([topic])
        await transport.publish(numbered(topic, 3))

        taken = await reader.take_all_from(transport, topic, count=3)

        assert [stored.offset for stored in taken] == [0, 1, 2]
        assert reader.asked == [Partition(topic.name, 0)]

    async def test_reading_goes_on_from_the_readers_own_position(self, world: World) -> None:
        transport, topic, reader = await world.transport(), a_topic(), Reader()
        await transport.ensure([topic])
        await transport.publish(numbered(topic, 10))
        taken = await reader.take_all_from(transport, topic, count=10)
        at = taken[0].partition
        reader.positions[at] = Position(reader.positions[at].log_id, 7)

        again = await reader.take_all_from(transport, topic, count=3)

        assert values(again) == [b"7", b"8", b"9"]

    async def test_what_was_committed_to_the_broker_does_not_matter(self, world: World) -> None:
        transport, topic, reader = await world.transport(), a_topic(), Reader()
        await transport.ensure([topic])
        await transport.publish(numbered(topic, 5))
        async with transport.open(group=reader.group, topics=[topic.name], resume=reader.resume) as feed:
            await reader.take_all(feed, count=5)
            await feed.commit({Partition(topic.name, 0): 5})

        again = await Reader(group=reader.group).take_all_from(transport, topic, count=5)

        assert len(again) == 5

    async def test_groups_read_independently(self, world: World) -> None:
        transport, topic = await world.transport(), a_topic()
        await transport.ensure([topic])
        await transport.publish(numbered(topic, 5))

        first = await Reader().take_all_from(transport, topic, count=5)
        second = await Reader().take_all_from(transport, topic, count=5)

        assert values(first) == values(second)

    async def test_a_batch_is_no_larger_than_its_limit(self, world: World) -> None:
        transport, topic, reader = await world.transport(), a_topic(), Reader()
        await transport.ensure([topic])
        await transport.publish(numbered(topic, 25))

        async with transport.open(group=reader.group, topics=[topic.name], resume=reader.resume) as feed:
            sizes: list[int] = []
            while sum(sizes) < 25:
                sizes.append(len(await reader.take(feed, limit=10, timeout_seconds=5)))

        assert max(sizes) == 10

    async def test_a_batch_waits_for_more_while_it_lingers(self, world: World) -> None:
        transport, topic, reader = await world.transport(), a_topic(), Reader()
        await transport.ensure([topic])

        async with transport.open(group=reader.group, topics=[topic.name], resume=reader.resume) as feed:
            await reader.take(feed, timeout_seconds=2)
            publishing = asyncio.create_task(_publish_one_by_one(transport, numbered(topic, 5)))
            async with feed.batch(limit=5, linger_seconds=10, timeout_seconds=10) as batch:
                taken = list(batch)
            await publishing

        assert values(taken) == [b"0", b"1", b"2", b"3", b"4"]

    async def test_a_batch_is_empty_when_nothing_comes_in_time(self, world: World) -> None:
        transport, topic, reader = await world.transport(), a_topic(), Reader()
        await transport.ensure([topic])

        async with transport.open(group=reader.group, topics=[topic.name], resume=reader.resume) as feed:
            began = time.monotonic()
            taken = await reader.take(feed, timeout_seconds=0.3)

        assert taken == []
        assert time.monotonic() - began < 5

    async def test_a_batch_that_failed_is_offered_again(self, world: World) -> None:
        transport, topic, reader = await world.transport(), a_topic(), Reader()
        await transport.ensure([topic])
        await transport.publish(numbered(topic, 10))
        offered: list[list[bytes]] = []

        async with transport.open(group=reader.group, topics=[topic.name], resume=reader.resume) as feed:
            for _ in range(3):
                with pytest.raises(ZeroDivisionError):
                    await _fail_at_a_batch(feed, offered)
            rest = await reader.take_all(feed, count=10)

        assert offered == [[b"0", b"1", b"2", b"3"]] * 3
        assert values(rest) == [b"%d" % number for number in range(10)]

    async def test_a_batch_whose_reader_was_cancelled_is_offered_again(self, world: World) -> None:
        transport, topic, reader = await world.transport(), a_topic(), Reader()
        await transport.ensure([topic])
        await transport.publish(numbered(topic, 3))

        async with transport.open(group=reader.group, topics=[topic.name], resume=reader.resume) as feed:
            offered: list[bytes] = []
            hanging = asyncio.create_task(_hang_at_a_batch(feed, offered))
            await eventually(lambda: offered, timeout_seconds=20)
            hanging.cancel()
            await asyncio.gather(hanging, return_exceptions=True)
            again = await reader.take_all(feed, count=3)

        assert values(again) == [b"0", b"1", b"2"]

    async def test_a_log_keeps_its_identity_over_a_restart(self, world: World) -> None:
        transport, topic, reader = await world.transport(), a_topic(), Reader()
        await transport.ensure([topic])
        await transport.publish(numbered(topic, 2))
        await reader.take_all_from(transport, topic, count=2)
        before = dict(reader.positions)

        transport = await world.restarted()
        await transport.ensure([topic])
        await transport.publish(numbered(topic, 1))
        await reader.take_all_from(transport, topic, count=1)

        at = Partition(topic.name, 0)
        assert reader.positions[at] == Position(before[at].log_id, 3)

    async def test_a_topic_made_again_is_another_log(self, world: World) -> None:
        transport, topic, first, second = await world.transport(), a_topic(), Reader(), Reader()
        await transport.ensure([topic])
        await transport.publish(numbered(topic, 1))
        await first.take_all_from(transport, topic, count=1)

        transport = await world.with_log_replaced(topic)
        await transport.publish(numbered(topic, 1))
        await second.take_all_from(transport, topic, count=1)

        at = Partition(topic.name, 0)
        assert first.positions[at].log_id != second.positions[at].log_id

    async def test_a_position_in_another_log_is_refused(self, world: World) -> None:
        transport, topic, reader = await world.transport(), a_topic(), Reader()
        await transport.ensure([topic])
        await transport.publish(numbered(topic, 3))
        await reader.take_all_from(transport, topic, count=3)

        transport = await world.with_log_replaced(topic)
        await transport.publish(numbered(topic, 10))

        with pytest.raises(LogReplaced):
            await reader.take_all_from(transport, topic, count=1)

    async def test_a_position_beyond_the_end_is_refused(self, world: World) -> None:
        transport, topic, reader = await world.transport(), a_topic(), Reader()
        await transport.ensure([topic])
        await transport.publish(numbered(topic, 3))
        await reader.take_all_from(transport, topic, count=3)
        at = Partition(topic.name, 0)
        reader.positions[at] = Position(reader.positions[at].log_id, 4)

        with pytest.raises(LogReplaced):
            await reader.take_all_from(transport, topic, count=1)

    async def test_a_position_at_the_very_end_is_fine(self, world: World) -> None:
        transport, topic, reader = await world.transport(), a_topic(), Reader()
        await transport.ensure([topic])
        await transport.publish(numbered(topic, 3))
        await reader.take_all_from(transport, topic, count=3)

        await transport.publish([a_record(topic, value=b"next")])

        assert values(await reader.take_all_from(transport, topic, count=1)) == [b"next"]

    async def test_a_position_whose_records_are_gone_is_refused(self, world: World) -> None:
        transport, topic, reader = await world.transport(), a_topic(), Reader()
        await transport.ensure([topic])
        await _publish_one_by_one(transport, numbered(topic, 10))
        await reader.take_all_from(transport, topic, count=10)
        at = Partition(topic.name, 0)
        reader.positions[at] = Position(reader.positions[at].log_id, 2)

        await world.forget_before(topic, offset=6)

        with pytest.raises(LogReplaced):
            await reader.take_all_from(transport, topic, count=1)

    async def test_without_a_position_reading_begins_at_what_is_left(self, world: World) -> None:
        transport, topic = await world.transport(), a_topic()
        await transport.ensure([topic])
        await _publish_one_by_one(transport, numbered(topic, 10))

        await world.forget_before(topic, offset=6)

        assert values(await Reader().take_all_from(transport, topic, count=4)) == [b"6", b"7", b"8", b"9"]

    async def test_large_records_pass(self, world: World) -> None:
        transport, topic = await world.transport(), a_topic(max_message_bytes=6 * 1024 * 1024)
        await transport.ensure([topic])
        large = [bytes([number]) * (1_300_000 * (number + 1)) for number in range(3)]

        await transport.publish([a_record(topic, value=value) for value in large])

        assert values(await Reader().take_all_from(transport, topic, count=3)) == large

    async def test_a_record_over_its_topics_limit_is_refused_with_all_that_came_with_it(self, world: World) -> None:
        transport, topic = await world.transport(), a_topic(max_message_bytes=10_000)
        await transport.ensure([topic])

        with pytest.raises(RecordTooLarge):
            await transport.publish([a_record(topic), a_record(topic, value=b"x" * 10_001)])

        await transport.publish([a_record(topic, value=b"only this")])
        assert values(await Reader().take_all_from(transport, topic, count=1)) == [b"only this"]

    async def test_lags_tell_how_much_is_unread(self, world: World) -> None:
        transport, topic, reader = await world.transport(), a_topic(), Reader()
        await transport.ensure([topic])
        await transport.publish(numbered(topic, 10))

        async with transport.open(group=reader.group, topics=[topic.name], resume=reader.resume) as feed:
            await reader.take(feed, limit=4, timeout_seconds=10)
            lags = await feed.lags()

        position = reader.positions[Partition(topic.name, 0)]
        assert [(lag.log_id, lag.next_offset, lag.end_offset) for lag in lags] == [(position.log_id, 4, 10)]

    async def test_a_topic_that_exists_is_left_as_it_is(self, world: World) -> None:
        transport, topic = await world.transport(), a_topic(partitions=2)
        await transport.ensure([topic])
        await transport.publish(numbered(topic, 3))

        await transport.ensure([topic, a_topic()])

        assert len(await Reader().take_all_from(transport, topic, count=3)) == 3

    @needs("partitioned")
    async def test_a_topic_of_another_shape_is_refused(self, world: World) -> None:
        transport, topic = await world.transport(), a_topic(partitions=2)
        await transport.ensure([topic])

        with pytest.raises(TopicMismatch):
            await transport.ensure([a_topic(name=topic.name, partitions=3)])

    async def test_many_topics_are_read_at_once(self, world: World) -> None:
        transport, topics, reader = await world.transport(), [a_topic() for _ in range(20)], Reader()
        await transport.ensure(topics)
        await transport.publish([record for topic in topics for record in numbered(topic, 5)])

        names = [topic.name for topic in topics]
        async with transport.open(group=reader.group, topics=names, resume=reader.resume) as feed:
            taken = await reader.take_all(feed, count=100)

        for topic in topics:
            of_topic = [stored for stored in taken if stored.partition.topic == topic.name]
            assert values(of_topic) == [b"0", b"1", b"2", b"3", b"4"]

    @needs("multi_member")
    async def test_members_of_a_group_share_its_partitions(self, world: World) -> None:
        transport, topic, reader = await world.transport(), a_topic(partitions=4), Reader()
        await transport.ensure([topic])
        async with AsyncExitStack() as stack:
            feeds = [
                await stack.enter_async_context(
                    transport.open(group=reader.group, topics=[topic.name], resume=reader.resume)
                )
                for _ in range(2)
            ]

            async def each_holds_two() -> bool:
                await asyncio.gather(*(reader.take(feed) for feed in feeds))
                shares = [await feed.lags() for feed in feeds]
                return [len(share) for share in shares] == [2, 2]

            await eventually(each_holds_two, timeout_seconds=30)

    @needs("multi_member")
    async def test_a_rebalance_never_hands_out_a_batch_in_flight(self, world: World) -> None:
        transport, topic, reader = await world.transport(), a_topic(partitions=4), Reader()
        await transport.ensure([topic])
        await transport.publish(numbered(topic, 400, key_count=40))
        open_feed = partial(transport.open, group=reader.group, topics=[topic.name], resume=reader.resume)

        async with open_feed() as busy, open_feed() as late:
            async with busy.batch(limit=500, linger_seconds=1, timeout_seconds=20) as batch:
                in_flight = list(batch)
                early = await reader.take(late, timeout_seconds=2)
                reader.keep(batch, feed=busy)
            others = await _take_rest(reader, feeds=[busy, late], count=400 - len(in_flight))

        assert in_flight
        assert early == []
        places = [(stored.partition, stored.offset) for stored in [*in_flight, *others]]
        assert len(places) == len(set(places)) == 400

    @needs("can_be_away")
    async def test_publishing_to_a_broker_that_is_away_ends_in_time(self, world: World) -> None:
        transport, topic = await world.unreachable(), a_topic()

        began = time.monotonic()
        with pytest.raises(Unavailable):
            await transport.publish([a_record(topic)], timeout_seconds=0.5)

        assert time.monotonic() - began < 2

    @needs("can_be_away")
    async def test_reading_from_a_broker_that_is_away_says_so(self, world: World) -> None:
        transport, topic, reader = await world.unreachable(), a_topic(), Reader()

        with pytest.raises(Unavailable):
            await reader.take_all_from(transport, topic, count=1)

    @needs("can_be_away")
    async def test_topics_are_not_made_while_the_broker_is_away(self, world: World) -> None:
        transport = await world.unreachable()

        with pytest.raises(Unavailable):
            await transport.ensure([a_topic()])


async def _publish_one_by_one(transport: Transport, records: Sequence[Record]) -> None:
    for record in records:
        await transport.publish([record])


async def _fail_at_a_batch(feed: Feed, offered: list[list[bytes]]) -> None:
    async with feed.batch(limit=4, linger_seconds=0.02, timeout_seconds=10) as batch:
        offered.append(values(batch))
        raise ZeroDivisionError


async def _hang_at_a_batch(feed: Feed, offered: list[bytes]) -> None:
    async with feed.batch(limit=10, linger_seconds=0.02, timeout_seconds=10) as batch:
        offered.extend(values(batch))
        await asyncio.Event().wait()


async def _take_rest(reader: Reader, *, feeds: Sequence[Feed], count: int) -> list[Stored]:
    taken: list[Stored] = []

    async def there_are_enough() -> bool:
        for batch in await asyncio.gather(*(reader.take(feed) for feed in feeds)):
            taken.extend(batch)
        return len(taken) >= count

    await eventually(there_are_enough, timeout_seconds=30)
    return taken
