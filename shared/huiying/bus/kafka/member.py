"""One membership in a consumer group, from joining to leaving."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import IllegalStateError, KafkaError, OffsetOutOfRangeError
from aiokafka.structs import ConsumerRecord, TopicPartition

from huiying.bus.kafka.abandoning import abandon_consumer
from huiying.bus.kafka.pausing import pause
from huiying.bus.kafka.timing import Timing, milliseconds
from huiying.bus.transport import LogReplaced, Partition
from huiying.clock import monotonic_seconds
from huiying.errors import Unavailable

_log = structlog.get_logger()

Polled = Mapping[TopicPartition, Sequence[ConsumerRecord]]


class ClientFailed(Unavailable):
    """The client says that it cannot go on. Another one may."""


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed to join."""

    bootstrap_servers: str
    client_id: str
    group: str
    group_instance: str | None
    topics: tuple[str, ...]


class Member(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka carries no types.
    """What the group gave to this member, and the barrier between a batch and a rebalance.

    `epoch` changes whenever partitions are taken or given; `given` is None in between. Group work goes on beside
    everything else, so partitions can be taken at any await outside `barrier`; whoever holds it delays that.
    Partitions are given paused at offset 0, so that nothing is read before somebody has decided from where.
    """

    def __init__(self, membership: Membership, *, timing: Timing) -> None:
        self.barrier = asyncio.Lock()
        self.epoch = 0
        self.given: frozenset[TopicPartition] | None = None
        self._membership = membership
        self._timing = timing
        self._given_event = asyncio.Event()
        self._without_since = monotonic_seconds()
        self._consumer = self._new_consumer()

    async def join(self) -> None:
        """Connect and begin to join; `given` says when that is done. Raises Unavailable."""
        try:
            async with asyncio.timeout(self._timing.request_seconds):
                await self._consumer.start()
        except (KafkaError, OSError, TimeoutError) as error:
            raise Unavailable(f"Kafka at {self._membership.bootstrap_servers} does not answer: {error!r}") from error
        self._consumer.subscribe(self._membership.topics, listener=self)

    async def leave(self) -> None:
        """Leave the group and let the connections go, within a limited time."""
        # In a task of its own, because a cancellation that comes out of it is not ours.
        stopping = asyncio.create_task(self._consumer.stop())
        done, _ = await asyncio.wait({stopping}, timeout=self._timing.stop_seconds)
        if done and not stopping.cancelled() and stopping.exception() is None:
            return
        stopping.cancel()
        _log.warning("kafka_consumer_not_stopped_in_order", group=self._membership.group)
        await abandon_consumer(self._consumer)

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        self.epoch += 1
        self.given = None
        self._given_event.clear()
        self._without_since = monotonic_seconds()
        async with self.barrier:
            _log.debug("kafka_partitions_revoked", group=self._membership.group, count=len(revoked))

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        # No await before the positions are set: the fetcher would otherwise begin at the group's committed offsets.
        self._consumer.pause(*assigned)
        for partition in assigned:
            self._consumer.seek(partition, 0)
        self.epoch += 1
        self.given = frozenset(assigned)
        self._given_event.set()
        _log.debug("kafka_partitions_assigned", group=self._membership.group, count=len(assigned))

    def seconds_without(self) -> float:
        """For how long this member has had no assignment; 0 while it has one."""
        return monotonic_seconds() - self._without_since if self.given is None else 0.0

    async def wait_until_given(self, seconds: float) -> None:
        """Return when there is an assignment, or the time is up."""
        await pause(seconds, unless=self._given_event)

    def read_from(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Go on from these offsets. The partitions must be given at this moment."""
        for partition, offset in offsets.items():
            self._consumer.seek(partition, offset)
        self._consumer.resume(*offsets)

    async def poll(self, *, limit: int, seconds: float) -> Polled:
        """Records that have come, or nothing. Raises LogReplaced, ClientFailed."""
        try:
            # While a rebalance goes on, getmany waits for its end whatever timeout it is given; nothing has been taken
            # out of the buffers at any point where this can cancel it.
            async with asyncio.timeout(seconds + self._timing.fetch_wait_seconds):
                polled: Polled = await self._consumer.getmany(
                    timeout_ms=max(1, milliseconds(seconds)), max_records=limit
                )
                return polled
        except TimeoutError:
            return {}
        except OffsetOutOfRangeError as error:
            raise LogReplaced(f"the log no longer holds the next offset: {error.args}") from error
        except KafkaError as error:
            raise ClientFailed(f"group {self._membership.group} lost its place: {error!r}") from error

    async def bounds(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, tuple[int, int]]:
        """First offset there is, and the offset the next record will get. Raises Unavailable."""
        if not partitions:
            return {}
        try:
            async with asyncio.timeout(self._timing.request_seconds):
                starts = await self._consumer.beginning_offsets(partitions)
                ends = await self._consumer.end_offsets(partitions)
        except (KafkaError, OSError, TimeoutError) as error:
            raise Unavailable(f"Kafka did not tell the offsets of {len(partitions)} partitions: {error!r}") from error
        return {partition: (starts[partition], ends[partition]) for partition in partitions}

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Tell the broker, which may refuse or not answer: that is logged and of no consequence."""
        mine = {partition: offset for partition, offset in offsets.items() if partition in (self.given or ())}
        if not mine:
            return
        try:
            # aiokafka repeats a commit for ever.
            async with asyncio.timeout(self._timing.commit_seconds):
                await self._consumer.commit(mine)
        except (KafkaError, IllegalStateError, OSError, TimeoutError) as error:
            _log.info("kafka_commit_failed", group=self._membership.group, error=repr(error))

    def _new_consumer(self) -> AIOKafkaConsumer:
        timing = self._timing
        return AIOKafkaConsumer(
            bootstrap_servers=self._membership.bootstrap_servers,
            client_id=self._membership.client_id,
            group_id=self._membership.group,
            group_instance_id=self._membership.group_instance,
            enable_auto_commit=False,
            # Out of range is an error, not a reason to read from elsewhere.
            auto_offset_reset="none",
            isolation_level="read_committed",
            partition_assignment_strategy=(StickyPartitionAssignor,),
            session_timeout_ms=milliseconds(timing.session_seconds),
            heartbeat_interval_ms=milliseconds(timing.heartbeat_seconds),
            rebalance_timeout_ms=milliseconds(timing.rebalance_seconds),
            max_poll_interval_ms=300_000,
            fetch_max_wait_ms=milliseconds(timing.fetch_wait_seconds),
            max_partition_fetch_bytes=1_048_576,
            request_timeout_ms=milliseconds(timing.request_seconds),
            metadata_max_age_ms=60_000,
        )


def topic_partition(partition: Partition) -> TopicPartition:
    """Ours as the client's."""
    return TopicPartition(partition.topic, partition.number)


def partition_of(place: TopicPartition) -> Partition:
    """The client's as ours."""
    return Partition(topic=place.topic, number=place.partition)
