"""What was stored is there, whole and in order."""

import time

import pytest

from huiying.bus.transport import Record, RecordTooLarge, TopicMismatch
from huiying.errors import Unavailable
from tests.contract.bus.records import NOW_MS, Reader, a_record, a_topic, numbered, values
from tests.contract.bus.world import World, needs


class Storing:
    """What was stored is there, whole and in order."""

    async def test_what_was_published_is_read_byte_for_byte(self, world: World) -> None:
        transport, topic = await world.transport(), a_topic()
        await transport.ensure([topic])
        headers = (("ce_id", b"1"), ("双语", bytes(range(256))), ("empty", b""), ("ce_id", b"again"))
        record = Record(
            topic=topic.name,
            key=b"\x00\xffkey",
            value=bytes(range(256)),
            headers=headers,
            timestamp_ms=NOW_MS - 12_345,
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

    async def test_publishing_nothing_stores_nothing(self, world: World) -> None:
        transport, topic = await world.transport(), a_topic(partitions=1)
        await transport.ensure([topic])

        await transport.publish([])
        await transport.publish(numbered(topic, 1))

        [only] = await Reader().take_all_from(transport, topic, count=1)
        assert only.offset == 0

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

    @needs("can_be_away")
    async def test_publishing_to_a_broker_that_is_away_ends_in_time(self, world: World) -> None:
        transport, topic = await world.unreachable(), a_topic()

        began = time.monotonic()
        with pytest.raises(Unavailable):
            await transport.publish([a_record(topic)], timeout_seconds=0.5)

        assert time.monotonic() - began < 2

    @needs("can_be_away")
    async def test_topics_are_not_made_while_the_broker_is_away(self, world: World) -> None:
        transport = await world.unreachable()

        with pytest.raises(Unavailable):
            await transport.ensure([a_topic()])
