"""What the transport does when the broker goes, comes back, or comes back as another."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest

from huiying.bus.kafka.transport import KafkaTransport
from huiying.bus.transport import Feed, LogReplaced, Partition
from huiying.errors import Unavailable
from tests.contract.bus.records import Reader, a_record, a_topic, numbered, values
from tests.integration.bus.kafka_world import a_transport, recreate
from tests.integration.bus.load import Load
from tests.support.eventually import eventually
from tests.support.servers.kafka_broker import KafkaBroker

_OUTAGE_SECONDS = 5


@pytest.fixture
async def transport(kafka_broker: KafkaBroker) -> AsyncIterator[KafkaTransport]:
    transport = a_transport(kafka_broker.bootstrap_servers)
    await transport.start()
    yield transport
    await transport.stop()


async def test_nothing_is_lost_or_reordered_when_the_broker_stops_for_a_while(
    kafka_broker: KafkaBroker, transport: KafkaTransport
) -> None:
    load = await _under_load_while(kafka_broker, transport, goes_down=kafka_broker.stop)

    assert load.is_complete()
    assert load.out_of_order == []
    assert load.refusals > 0


async def test_nothing_is_lost_or_reordered_when_the_broker_is_killed(
    kafka_broker: KafkaBroker, transport: KafkaTransport
) -> None:
    load = await _under_load_while(kafka_broker, transport, goes_down=kafka_broker.kill)

    assert load.is_complete()
    assert load.out_of_order == []
    assert load.refusals > 0


async def test_a_reader_whose_topic_is_made_again_meanwhile_is_told(
    kafka_broker: KafkaBroker, transport: KafkaTransport
) -> None:
    topic, reader = a_topic(), Reader()
    await transport.ensure([topic])
    await transport.publish(numbered(topic, 3))

    async with transport.open(group=reader.group, topics=[topic.name], resume=reader.resume) as feed:
        await reader.take_all(feed, count=3)
        await recreate(kafka_broker.bootstrap_servers, topic)
        await transport.publish(numbered(topic, 10))

        async def it_is_refused() -> bool:
            with pytest.raises(LogReplaced):
                await reader.take(feed)
            return True

        await eventually(it_is_refused)

    assert reader.positions[Partition(topic.name, 0)].next_offset == 3


async def test_an_idle_reader_whose_topic_is_gone_is_told(kafka_broker: KafkaBroker, transport: KafkaTransport) -> None:
    topic, reader = a_topic(), Reader()
    await transport.ensure([topic])
    await transport.publish(numbered(topic, 3))

    async with transport.open(group=reader.group, topics=[topic.name], resume=reader.resume) as feed:
        await reader.take_all(feed, count=3)
        await recreate(kafka_broker.bootstrap_servers, topic)

        with pytest.raises(LogReplaced):
            await _take_for(10, reader=reader, feed=feed)


async def test_a_cluster_that_was_formatted_is_another_log(
    kafka_broker: KafkaBroker, transport: KafkaTransport
) -> None:
    topic, reader = a_topic(), Reader()
    await transport.ensure([topic])
    await transport.publish(numbered(topic, 3))
    await reader.take_all_from(transport, topic, count=3)

    await asyncio.to_thread(_replace_cluster, kafka_broker)
    await transport.ensure([topic])
    await transport.publish(numbered(topic, 5))

    with pytest.raises(LogReplaced):
        await reader.take_all_from(transport, topic, count=1)


async def test_a_service_may_start_before_its_broker(kafka_broker: KafkaBroker) -> None:
    await asyncio.to_thread(kafka_broker.stop)
    transport, topic, reader = a_transport(kafka_broker.bootstrap_servers), a_topic(), Reader()
    await transport.start()
    with pytest.raises(Unavailable):
        await transport.publish([a_record(topic)], timeout_seconds=0.3)

    await asyncio.to_thread(kafka_broker.start)
    await transport.ensure([topic])
    await transport.publish([a_record(topic, value=b"late")], timeout_seconds=10)

    assert values(await reader.take_all_from(transport, topic, count=1)) == [b"late"]
    await transport.stop()


async def test_stopping_takes_a_limited_time_while_the_broker_is_away(
    kafka_broker: KafkaBroker, transport: KafkaTransport
) -> None:
    topic, reader = a_topic(), Reader()
    await transport.ensure([topic])
    async with transport.open(group=reader.group, topics=[topic.name], resume=reader.resume) as feed:
        await reader.take(feed, timeout_seconds=5)
        await asyncio.to_thread(kafka_broker.kill)
        with pytest.raises(Unavailable):
            await transport.publish([a_record(topic)], timeout_seconds=0.5)
        began = time.monotonic()

    await transport.stop()

    assert time.monotonic() - began < 15


async def _under_load_while(broker: KafkaBroker, transport: KafkaTransport, *, goes_down: Callable[[], None]) -> Load:
    topic = a_topic(partitions=4, flush_each_record=True)
    await transport.ensure([topic])
    load = Load(transport, topic)
    async with asyncio.timeout(90), asyncio.TaskGroup() as tasks:
        tasks.create_task(load.publish())
        tasks.create_task(load.consume())
        await eventually(lambda: len(load.read) >= 500)
        await asyncio.to_thread(goes_down)
        await asyncio.sleep(_OUTAGE_SECONDS)  # noqa: TID251 -- the outage itself.
        await asyncio.to_thread(broker.start)
        before = len(load.acknowledged)
        await eventually(lambda: len(load.acknowledged) >= before + 500, timeout_seconds=30)
        load.stop()
    return load


def _replace_cluster(broker: KafkaBroker) -> None:
    broker.stop()
    broker.format()
    broker.start()


async def _take_for(seconds: float, *, reader: Reader, feed: Feed) -> None:
    async with asyncio.timeout(seconds):
        while True:
            await reader.take(feed)
