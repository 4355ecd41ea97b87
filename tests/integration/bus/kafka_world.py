"""A broker, and what an administrator can do to it."""

from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition

from huiying.bus.kafka.timing import Timing
from huiying.bus.kafka.transport import KafkaTransport
from huiying.bus.transport import Transport
from huiying.events.registry import Topic
from tests.support.eventually import eventually
from tests.support.servers.process import free_port

QUICK = Timing(
    request_seconds=5,
    session_seconds=6,
    heartbeat_seconds=0.3,
    rebalance_seconds=10,
    verify_seconds=0.5,
    settle_seconds=1,
    stop_seconds=5,
    longest_backoff_seconds=0.5,
)


def a_transport(bootstrap_servers: str, *, timing: Timing = QUICK, group_instance: str | None = None) -> KafkaTransport:
    """Not started. Its limits are short, so that tests are."""
    return KafkaTransport(
        bootstrap_servers=bootstrap_servers, client_id="tests", timing=timing, group_instance=group_instance
    )


async def recreate(bootstrap_servers: str, topic: Topic) -> None:
    """Delete the topic and make it again under its name."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        await admin.delete_topics([topic.name])

        async def it_is_gone() -> bool:
            return topic.name not in await admin.list_topics()

        await eventually(it_is_gone)
    finally:
        await admin.close()
    transport = a_transport(bootstrap_servers)
    try:
        await transport.ensure([topic])
    finally:
        await transport.stop()


class KafkaWorld:
    """Transports on one running broker."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._transports: list[KafkaTransport] = []

    async def transport(self) -> Transport:
        return await self._started(self._bootstrap_servers)

    async def restarted(self) -> Transport:
        await self.close()
        return await self._started(self._bootstrap_servers)

    async def with_log_replaced(self, topic: Topic) -> Transport:
        await recreate(self._bootstrap_servers, topic)
        return self._transports[-1]

    async def forget_before(self, topic: Topic, *, offset: int) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap_servers)
        await admin.start()
        try:
            await admin.delete_records({TopicPartition(topic.name, 0): RecordsToDelete(before_offset=offset)})
        finally:
            await admin.close()

    async def unreachable(self) -> Transport:
        return await self._started(f"127.0.0.1:{free_port()}")

    async def close(self) -> None:
        while self._transports:
            await self._transports.pop().stop()

    async def _started(self, bootstrap_servers: str) -> KafkaTransport:
        transport = a_transport(bootstrap_servers, group_instance=None)
        await transport.start()
        self._transports.append(transport)
        return transport
