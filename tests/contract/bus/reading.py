"""Readers go on where they say, and get again what they did not finish."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial

import pytest

from huiying.bus.transport import Feed, Partition, Position, Stored
from huiying.errors import Unavailable
from tests.contract.bus.records import Reader, a_topic, numbered, publish_one_by_one, values
from tests.contract.bus.world import World, needs
from tests.support.eventually import eventually


class Reading:
    """Readers go on where they say, and get again what they did not finish."""

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
            publishing = asyncio.create_task(publish_one_by_one(transport, numbered(topic, 5)))
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
            await eventually(lambda: offered)
            hanging.cancel()
            await asyncio.gather(hanging, return_exceptions=True)
            again = await reader.take_all(feed, count=3)

        assert values(again) == [b"0", b"1", b"2"]

    async def test_lags_tell_how_much_is_unread(self, world: World) -> None:
        transport, topic, reader = await world.transport(), a_topic(), Reader()
        await transport.ensure([topic])
        await transport.publish(numbered(topic, 10))

        async with transport.open(group=reader.group, topics=[topic.name], resume=reader.resume) as feed:
            await reader.take(feed, limit=4, timeout_seconds=10)
            lags = await feed.lags()

        position = reader.positions[Partition(topic.name, 0)]
        assert [(lag.log_id, lag.next_offset, lag.end_offset) for lag in lags] == [(position.log_id, 4, 10)]

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
    async def test_reading_from_a_broker_that_is_away_says_so(self, world: World) -> None:
        transport, topic, reader = await world.unreachable(), a_topic(), Reader()

        with pytest.raises(Unavailable):
            await reader.take_all_from(transport, topic, count=1)


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
