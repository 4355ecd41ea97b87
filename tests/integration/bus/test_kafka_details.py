"""What only Kafka has: topic configurations, and members that keep their place over a restart."""

import time
from collections.abc import AsyncIterator

import msgspec
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.structs import TopicPartition

from huiying.bus.kafka.feed import KafkaFeed
from huiying.bus.kafka.transport import KafkaTransport
from huiying.bus.transport import Partition
from tests.contract.bus.records import Reader, a_topic, numbered, values
from tests.integration.bus.kafka_world import QUICK, a_transport


@pytest.fixture
async def transport(kafka_servers: str) -> AsyncIterator[KafkaTransport]:
    transport = a_transport(kafka_servers, group_instance="0")
    await transport.start()
    yield transport
    await transport.stop()


async def test_a_topic_is_made_with_the_retention_and_limits_of_the_registry(
    kafka_servers: str, transport: KafkaTransport
) -> None:
    topic = a_topic(max_message_bytes=6_000_000)

    await transport.ensure([topic])

    configs = await _configs(kafka_servers, topic=topic.name)
    assert configs["retention.ms"] == str(7 * 24 * 3600 * 1000)
    assert configs["max.message.bytes"] == "6000000"


async def test_a_lone_broker_writes_through_where_the_registry_asks_for_it(
    kafka_servers: str, transport: KafkaTransport
) -> None:
    careful, usual = a_topic(flush_each_record=True), a_topic()

    await transport.ensure([careful, usual])

    assert (await _configs(kafka_servers, topic=careful.name))["flush.messages"] == "1"
    assert (await _configs(kafka_servers, topic=usual.name))["flush.messages"] != "1"


async def test_a_named_member_that_comes_back_has_its_partitions_at_once(transport: KafkaTransport) -> None:
    topic, reader = a_topic(partitions=2), Reader()
    await transport.ensure([topic])
    await transport.publish(numbered(topic, 10, key_count=10))
    await reader.take_all_from(transport, topic, count=10)
    await transport.publish(numbered(topic, 1))

    # Its session lasts 6 s: a member without a name would wait for that.
    began = time.monotonic()
    taken = await reader.take_all_from(transport, topic, count=1)

    assert values(taken) == [b"0"]
    assert time.monotonic() - began < 4


async def test_a_client_that_hears_nothing_while_records_wait_is_replaced(kafka_servers: str) -> None:
    timing = msgspec.structs.replace(QUICK, stuck_seconds=0.5)
    transport, topic, reader = a_transport(kafka_servers, timing=timing), a_topic(), Reader()
    await transport.start()
    await transport.ensure([topic])

    async with transport.open(group=reader.group, topics=[topic.name], resume=reader.resume) as feed:
        await reader.take(feed, timeout_seconds=5)
        _make_deaf(feed, topic=topic.name)
        await transport.publish(numbered(topic, 3))
        taken = await reader.take_all(feed, count=3)

    assert values(taken) == [b"0", b"1", b"2"]
    assert feed.rebuild_count == 1
    await transport.stop()


async def test_an_idle_client_is_left_alone(kafka_servers: str) -> None:
    timing = msgspec.structs.replace(QUICK, stuck_seconds=0.1)
    transport, topic, reader = a_transport(kafka_servers, timing=timing), a_topic(), Reader()
    await transport.start()
    await transport.ensure([topic])

    async with transport.open(group=reader.group, topics=[topic.name], resume=reader.resume) as feed:
        for _ in range(5):
            await reader.take(feed, timeout_seconds=0.3)

    assert feed.rebuild_count == 0
    await transport.stop()


async def test_a_commit_that_the_broker_refuses_is_of_no_consequence(transport: KafkaTransport) -> None:
    topic, reader = a_topic(), Reader()
    await transport.ensure([topic])
    await transport.publish(numbered(topic, 2))

    async with transport.open(group=reader.group, topics=[topic.name], resume=reader.resume) as feed:
        await feed.commit({Partition(topic.name, 0): 1})
        taken = await reader.take_all(feed, count=2)
        await feed.commit({Partition(topic.name, 7): 1})

    assert len(taken) == 2


def _make_deaf(feed: KafkaFeed, *, topic: str) -> None:
    # As near as one can come from outside to a client that has stopped fetching.
    feed._member._consumer.pause(TopicPartition(topic, 0))


async def _configs(bootstrap_servers: str, *, topic: str) -> dict[str, str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        [response] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    finally:
        await admin.close()
    [(_error, _message, _kind, _name, entries)] = response.resources
    return {entry[0]: entry[1] for entry in entries}
