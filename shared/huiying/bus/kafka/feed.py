"""A group member's view of its partitions: batches no rebalance can take away halfway, from positions of our own."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import structlog
from aiokafka.structs import ConsumerRecord, TopicPartition

from huiying.bus.kafka.cluster import Cluster
from huiying.bus.kafka.collecting import Collected, Collection
from huiying.bus.kafka.member import ClientFailed, Member, Membership, partition_of, topic_partition
from huiying.bus.kafka.positions import find_offsets, refuse_other_logs
from huiying.bus.kafka.timing import Timing
from huiying.bus.transport import Lag, Partition, Record, Resume, Stored
from huiying.clock import monotonic_seconds
from huiying.errors import Unavailable

_log = structlog.get_logger()

_REBUILDS_IN_A_ROW = 3


class KafkaFeed:
    """Reads for one member. It joins at its first batch, and joins anew by itself when the client has lost its way."""

    def __init__(self, membership: Membership, *, cluster: Cluster, resume: Resume, timing: Timing) -> None:
        self.rebuild_count = 0
        self._membership = membership
        self._cluster = cluster
        self._resume = resume
        self._timing = timing
        self._member: Member | None = None
        # What the topics' logs were called when this feed first saw them: offsets count in these.
        self._log_ids: dict[str, str] = {}
        self._next_offsets: dict[TopicPartition, int] = {}
        self._taken_over_epoch = -1
        self._verified_at = 0.0
        self._heard_at = monotonic_seconds()
        self._rebuilds_in_a_row = 0

    async def close(self) -> None:
        """Leave the group."""
        member, self._member = self._member, None
        self._next_offsets = {}
        if member is not None:
            await member.leave()

    @asynccontextmanager
    async def batch(
        self, *, limit: int, linger_seconds: float, timeout_seconds: float
    ) -> AsyncIterator[Sequence[Stored]]:
        await self._replace_if_stuck()
        member = await self._joined()
        collected = await self._collect(
            member, limit=limit, linger_seconds=linger_seconds, timeout_seconds=timeout_seconds
        )
        try:
            await self._verify(having=collected)
            async with member.barrier:
                yield self._offered(collected, member=member)
                self._advance(collected, member=member)
        except BaseException:
            self._offer_again(collected, member=member)
            raise

    def log_id(self, partition: Partition) -> str:
        return self._log_ids[partition.topic]

    async def commit(self, positions: Mapping[Partition, int]) -> None:
        if self._member is not None:
            await self._member.commit({topic_partition(place): offset for place, offset in positions.items()})

    async def lags(self) -> Sequence[Lag]:
        member, next_offsets = self._member, dict(self._next_offsets)
        if member is None:
            return ()
        bounds = await member.bounds(list(next_offsets))
        return [
            Lag(
                partition=partition_of(place),
                log_id=self._log_ids[place.topic],
                next_offset=next_offset,
                end_offset=bounds[place][1],
            )
            for place, next_offset in sorted(next_offsets.items())
        ]

    async def _joined(self) -> Member:
        if self._member is None:
            present = await self._cluster.topics(self._membership.topics)
            absent = sorted(set(self._membership.topics) - set(present))
            if absent:
                raise Unavailable(f"topics do not exist yet: {absent}")
            if not self._log_ids:
                self._log_ids = {topic: state.log_id for topic, state in present.items()}
            member = Member(self._membership, timing=self._timing)
            try:
                await member.join()
            except BaseException:
                await member.leave()
                raise
            self._member, self._taken_over_epoch, self._heard_at = member, -1, monotonic_seconds()
        return self._member

    async def _collect(self, member: Member, *, limit: int, linger_seconds: float, timeout_seconds: float) -> Collected:
        collection = Collection(
            epoch=self._taken_over_epoch, limit=limit, linger_seconds=linger_seconds, timeout_seconds=timeout_seconds
        )
        try:
            while (wait_seconds := collection.seconds_left()) is not None:
                if member.given is None:
                    await member.wait_until_given(wait_seconds)
                    collection.looked_in_vain()
                elif self._taken_over_epoch != member.epoch:
                    await self._take_over(member)
                    collection.begin(epoch=member.epoch)
                else:
                    polled = await member.poll(limit=collection.room, seconds=wait_seconds)
                    collection.add(polled, epoch=member.epoch, next_offsets=self._next_offsets)
        except ClientFailed:
            await self._rejoin(reason="client_failed")
            raise
        except BaseException:
            self._offer_again(collection.collected, member=member)
            raise
        if collection.collected.records:
            self._heard_at = monotonic_seconds()
            self._rebuilds_in_a_row = 0
        return collection.collected

    async def _take_over(self, member: Member) -> None:
        epoch, given = member.epoch, sorted(member.given or ())
        next_offsets = await find_offsets(
            given, log_ids=self._log_ids, member=member, resume=self._resume, timing=self._timing
        )
        # Another rebalance may have come meanwhile; then this is about partitions that are no longer ours.
        if member.epoch == epoch:
            member.read_from(next_offsets)
            self._next_offsets, self._taken_over_epoch = next_offsets, epoch

    async def _verify(self, *, having: Collected) -> None:
        """Asked after the records were fetched, the same id means that they are from the log of that id."""
        is_due = monotonic_seconds() - self._verified_at >= self._timing.verify_seconds
        if having.records or is_due:
            refuse_other_logs(self._log_ids, states=await self._cluster.topics(self._membership.topics))
            self._verified_at = monotonic_seconds()

    def _offered(self, collected: Collected, *, member: Member) -> Sequence[Stored]:
        # Taken away between fetching and the barrier: whoever has the partitions now reads these records.
        if collected.epoch != member.epoch:
            return ()
        return [_stored(record) for records in collected.records.values() for record in records]

    def _advance(self, collected: Collected, *, member: Member) -> None:
        if collected.epoch == self._taken_over_epoch:
            for place, records in collected.records.items():
                self._next_offsets[place] = records[-1].offset + 1

    def _offer_again(self, collected: Collected, *, member: Member) -> None:
        if collected.epoch == member.epoch == self._taken_over_epoch:
            member.read_from({place: self._next_offsets[place] for place in collected.records})

    async def _replace_if_stuck(self) -> None:
        """A client that hears nothing although there is something, or waits for partitions for ever, is given up."""
        if self._member is None:
            return
        if self._member.seconds_without() > self._timing.unassigned_seconds:
            await self._replace(reason="no_assignment")
        elif monotonic_seconds() - self._heard_at > self._timing.stuck_seconds:
            self._heard_at = monotonic_seconds()
            if any(lag.end_offset > lag.next_offset for lag in await self.lags()):
                await self._replace(reason="no_records")

    async def _replace(self, *, reason: str) -> None:
        await self._rejoin(reason=reason)
        self._rebuilds_in_a_row += 1
        if self._rebuilds_in_a_row > _REBUILDS_IN_A_ROW:
            raise Unavailable(f"group {self._membership.group}: {self._rebuilds_in_a_row} new clients did not help")

    async def _rejoin(self, *, reason: str) -> None:
        self.rebuild_count += 1
        _log.warning("kafka_consumer_replaced", group=self._membership.group, reason=reason, count=self.rebuild_count)
        await self.close()


def _stored(record: ConsumerRecord) -> Stored:
    return Stored(
        partition=Partition(topic=record.topic, number=record.partition),
        offset=record.offset,
        record=Record(
            topic=record.topic,
            key=record.key or b"",
            value=record.value or b"",
            # Other writers than ours may leave a header without a value.
            headers=tuple((name, value or b"") for name, value in record.headers),
            timestamp_ms=record.timestamp,
        ),
    )
