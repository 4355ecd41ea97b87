"""Asks the cluster who it is, which topics it has, and makes new ones."""

import asyncio
import base64
from collections.abc import Mapping, Sequence

import msgspec
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from huiying.bus.kafka.timing import Timing, milliseconds
from huiying.bus.kafka.topics_request import TopicsRequest, TopicsResponse
from huiying.errors import Unavailable

_NO_ERROR = 0
_NO_LEADER = -1


class TopicState(msgspec.Struct, frozen=True):
    """A topic as the cluster has it. `log_id` names this very topic: one made again under its name has another."""

    log_id: str
    partition_count: int
    is_ready: bool


class Cluster:
    """A connection of its own, because a question behind a fetch would wait as long as that fetch does."""

    def __init__(self, *, bootstrap_servers: str, client_id: str, timing: Timing) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._client_id = client_id
        self._timing = timing
        self._client: AIOKafkaClient | None = None
        self._connecting = asyncio.Lock()

    async def close(self) -> None:
        """Let the connection go."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def topics(self, names: Sequence[str]) -> Mapping[str, TopicState]:
        """Those of the topics that exist. Raises Unavailable if no broker answers."""
        try:
            async with asyncio.timeout(self._timing.request_seconds):
                response = await self._ask(TopicsRequest(names))
        except (KafkaError, OSError, TimeoutError) as error:
            await self.close()
            raise Unavailable(f"Kafka at {self._bootstrap_servers} does not answer: {error!r}") from error
        return _states(response)

    async def create(self, topics: Sequence[NewTopic]) -> None:
        """Make topics; one that somebody else has just made is fine. Raises Unavailable."""
        admin = AIOKafkaAdminClient(
            bootstrap_servers=self._bootstrap_servers,
            client_id=self._client_id,
            request_timeout_ms=milliseconds(self._timing.request_seconds),
        )
        try:
            async with asyncio.timeout(self._timing.request_seconds):
                await admin.start()
                response = await admin.create_topics(list(topics))
            _raise_refusal(response.topic_errors)
        except (KafkaError, OSError, TimeoutError) as error:
            raise Unavailable(f"Kafka did not create {[topic.name for topic in topics]}: {error!r}") from error
        finally:
            await admin.close()

    async def _ask(self, request: TopicsRequest) -> TopicsResponse:
        try:
            return await self._send(request)
        except (KafkaError, OSError):
            # The connection may have died unnoticed, or all brokers have moved: once more, from the beginning.
            await self.close()
            return await self._send(request)

    async def _send(self, request: TopicsRequest) -> TopicsResponse:
        client = await self._connected()
        response: TopicsResponse = await client.send(client.get_random_node(), request)
        return response

    async def _connected(self) -> AIOKafkaClient:
        async with self._connecting:
            if self._client is None:
                client = AIOKafkaClient(
                    bootstrap_servers=self._bootstrap_servers,
                    client_id=self._client_id,
                    request_timeout_ms=milliseconds(self._timing.request_seconds),
                )
                await client.bootstrap()
                self._client = client
            return self._client


def _states(response: TopicsResponse) -> Mapping[str, TopicState]:
    states = {}
    for error_code, name, topic_id, _internal, partitions, _operations, _tags in response.topics:
        if error_code == _NO_ERROR:
            states[name] = TopicState(
                log_id=f"{response.cluster_id}:{_text(topic_id)}",
                partition_count=len(partitions),
                is_ready=all(leader != _NO_LEADER for _, _, leader, *_ in partitions),
            )
    return states


def _text(topic_id: bytes) -> str:
    # As Kafka's own tools print it.
    return base64.urlsafe_b64encode(topic_id).decode().rstrip("=")


def _raise_refusal(errors: Sequence[tuple[str, int, str | None]]) -> None:
    for name, error_code, message in errors:
        error = for_code(error_code)
        if error_code != _NO_ERROR and error is not TopicAlreadyExistsError:
            raise error(f"{name}: {message}")
