"""The bus over Kafka."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from huiying.bus.kafka.cluster import Cluster
from huiying.bus.kafka.feed import KafkaFeed
from huiying.bus.kafka.member import Membership
from huiying.bus.kafka.publisher import Publisher
from huiying.bus.kafka.timing import Timing
from huiying.bus.kafka.topics import ensure_topics
from huiying.bus.transport import Record, Resume
from huiying.events.registry import Topic

_TIMING = Timing()


class KafkaTransport:
    """Moves records over a Kafka cluster, which may come and go while this lives."""

    def __init__(
        self,
        *,
        bootstrap_servers: str,
        client_id: str,
        replication_count: int = 1,
        group_instance: str | None = None,
        timing: Timing = _TIMING,
    ) -> None:
        """`group_instance` names this process among its replicas; with it, a restart moves no partitions about."""
        self._bootstrap_servers = bootstrap_servers
        self._client_id = client_id
        self._replication_count = replication_count
        self._group_instance = group_instance
        self._timing = timing
        self._cluster = Cluster(bootstrap_servers=bootstrap_servers, client_id=client_id, timing=timing)
        self._publisher = Publisher(bootstrap_servers=bootstrap_servers, client_id=client_id, timing=timing)

    async def start(self) -> None:
        self._publisher.start()

    async def stop(self) -> None:
        await self._publisher.stop()
        await self._cluster.close()

    async def ensure(self, topics: Sequence[Topic]) -> None:
        self._publisher.limit(topics)
        await ensure_topics(
            topics, cluster=self._cluster, replication_count=self._replication_count, timing=self._timing
        )

    async def publish(self, records: Sequence[Record], *, timeout_seconds: float = 10.0) -> None:
        await self._publisher.publish(records, timeout_seconds=timeout_seconds)

    @asynccontextmanager
    async def open(self, *, group: str, topics: Sequence[str], resume: Resume) -> AsyncIterator[KafkaFeed]:
        membership = Membership(
            bootstrap_servers=self._bootstrap_servers,
            client_id=self._client_id,
            group=group,
            group_instance=self._instance(group),
            topics=tuple(topics),
        )
        feed = KafkaFeed(membership, cluster=self._cluster, resume=resume, timing=self._timing)
        try:
            yield feed
        finally:
            await feed.close()

    def _instance(self, group: str) -> str | None:
        return None if self._group_instance is None else f"{group}-{self._group_instance}"
