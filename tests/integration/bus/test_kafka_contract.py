"""The transport over Kafka under the contract, against a real broker."""

from collections.abc import AsyncIterator

import pytest

from tests.contract.bus.contract import TransportContract
from tests.contract.bus.world import Capabilities
from tests.integration.bus.kafka_world import KafkaWorld


class TestKafka(TransportContract):
    capabilities = Capabilities(multi_member=True, partitioned=True, can_be_away=True)

    @pytest.fixture
    async def world(self, kafka_servers: str) -> AsyncIterator[KafkaWorld]:
        world = KafkaWorld(kafka_servers)
        yield world
        await world.close()
