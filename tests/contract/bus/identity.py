"""Positions belong to one log; another one, or one cut off, is refused."""

import pytest

from huiying.bus.transport import LogReplaced, Partition, Position
from tests.contract.bus.records import Reader, a_record, a_topic, numbered, publish_one_by_one, values
from tests.contract.bus.world import World


class Identity:
    """Positions belong to one log; another one, or one cut off, is refused."""

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
        await publish_one_by_one(transport, numbered(topic, 10))
        await reader.take_all_from(transport, topic, count=10)
        at = Partition(topic.name, 0)
        reader.positions[at] = Position(reader.positions[at].log_id, 2)

        await world.forget_before(topic, offset=6)

        with pytest.raises(LogReplaced):
            await reader.take_all_from(transport, topic, count=1)

    async def test_without_a_position_reading_begins_at_what_is_left(self, world: World) -> None:
        transport, topic = await world.transport(), a_topic()
        await transport.ensure([topic])
        await publish_one_by_one(transport, numbered(topic, 10))

        await world.forget_before(topic, offset=6)

        assert values(await Reader().take_all_from(transport, topic, count=4)) == [b"6", b"7", b"8", b"9"]
