"""Stores records: acknowledged by all in-sync replicas, once per attempt, within the caller's time."""

import asyncio
import random
from collections.abc import Mapping, Sequence

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from huiying.bus.kafka.abandoning import abandon_producer
from huiying.bus.kafka.lane import Lane
from huiying.bus.kafka.partitioning import partition_of
from huiying.bus.kafka.pausing import pause
from huiying.bus.kafka.timing import Timing, milliseconds
from huiying.bus.transport import Record, RecordTooLarge
from huiying.errors import Unavailable
from huiying.events.registry import TOPIC_BY_NAME, Topic

_log = structlog.get_logger()

_MAX_BATCH_BYTES = 256 * 1024
_MAX_REQUEST_BYTES = 16 * 1024 * 1024
# What the format adds at most: the batch's header, and lengths and deltas of one record and of each header.
_BATCH_OVERHEAD_BYTES = 61 + 36
_HEADER_OVERHEAD_BYTES = 10


class Publisher:
    """One idempotent producer, connected in the background and replaced when it has failed, and a lane per partition.

    After a failed batch aiokafka goes on from sequence numbers that the broker has not seen, so that every later batch
    of that partition is refused: a producer with a failure behind it is of no use.
    """

    def __init__(self, *, bootstrap_servers: str, client_id: str, timing: Timing) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._client_id = client_id
        self._timing = timing
        self._limits: dict[str, int] = {name: topic.max_message_bytes for name, topic in TOPIC_BY_NAME.items()}
        self._producer: AIOKafkaProducer | None = None
        self._lanes: dict[tuple[str, int], Lane] = {}
        self._ready = asyncio.Event()
        self._failed = asyncio.Event()
        self._stopping = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to connect. Returns at once."""
        self._keeping = asyncio.create_task(self._keep_connected())

    async def stop(self) -> None:
        """Let what was sent be acknowledged, for a limited time."""
        if awaited := [done for lane in self._lanes.values() for done in lane.awaited]:
            await asyncio.wait(awaited, timeout=self._timing.stop_seconds)
        self._stopping.set()
        self._failed.set()
        if self._keeping is not None:
            await self._keeping
            self._keeping = None
        for lane in self._lanes.values():
            await lane.close()
        self._lanes.clear()

    def limit(self, topics: Sequence[Topic]) -> None:
        """From now on refuse records that are larger than these topics take."""
        self._limits.update({topic.name: topic.max_message_bytes for topic in topics})

    async def publish(self, records: Sequence[Record], *, timeout_seconds: float) -> None:
        """Raises RecordTooLarge before sending anything, Unavailable when the time is up."""
        _refuse_too_large(records, limits=self._limits)
        deadline_seconds = asyncio.get_running_loop().time() + timeout_seconds
        try:
            parts = self._split(records)
            if parts is None:
                parts = await self._split_when_known(records, deadline_seconds)
        except (KafkaError, TimeoutError) as error:
            raise _explained(error, records) from error
        waiting = [lane.add(part, deadline_seconds=deadline_seconds) for lane, part in parts.items()]
        # To wait for one, what the edge sends, costs less than to wait for some.
        outcomes = [await waiting[0]] if len(waiting) == 1 else await asyncio.gather(*waiting)
        for outcome in outcomes:
            if outcome is not None:
                raise _explained(outcome, records) from outcome

    def _split(self, records: Sequence[Record]) -> dict[Lane, list[Record]] | None:
        """The records by their lanes, in order; None while the partitions of one of the topics are not known."""
        if self._producer is None:
            return None
        parts: dict[Lane, list[Record]] = {}
        partitions: dict[str, range] = {}
        for record in records:
            topic = record.topic
            if topic not in partitions:
                known = self._producer.client.cluster.partitions_for_topic(topic)
                if known is None:
                    return None
                # Kafka numbers them from 0, and leaves none out.
                partitions[topic] = range(len(known))
            lane = self._lane(topic, partition_of(record.key, partitions[topic]))
            parts.setdefault(lane, []).append(record)
        return parts

    async def _split_when_known(self, records: Sequence[Record], deadline_seconds: float) -> dict[Lane, list[Record]]:
        async with asyncio.timeout_at(deadline_seconds):
            while (parts := self._split(records)) is None:
                producer = await self._connected()
                try:
                    for topic in _names(records):
                        await producer.partitions_for(topic)
                except KafkaError:
                    self._give_up(producer)
                    raise
        return parts

    def _lane(self, topic: str, number: int) -> Lane:
        place = (topic, number)
        if (lane := self._lanes.get(place)) is None:
            lane = self._lanes[place] = Lane(topic, number, connected=self._connected, failed=self._give_up)
        return lane

    async def _connected(self) -> AIOKafkaProducer:
        while self._producer is None:
            await self._ready.wait()
        return self._producer

    def _give_up(self, producer: AIOKafkaProducer) -> None:
        if producer is self._producer:
            # Nothing more is given to it, while what it has may still be acknowledged.
            self._producer = None
            self._ready.clear()
            self._failed.set()

    async def _keep_connected(self) -> None:
        backoff_seconds = self._timing.first_backoff_seconds
        while not self._stopping.is_set():
            producer = self._new_producer()
            if await self._connect(producer):
                backoff_seconds = self._timing.first_backoff_seconds
                await self._use(producer)
            else:
                await pause(backoff_seconds * random.uniform(0.5, 1.0), unless=self._stopping)  # noqa: S311 -- not a secret.
                backoff_seconds = min(2 * backoff_seconds, self._timing.longest_backoff_seconds)
            await self._release(producer)

    async def _connect(self, producer: AIOKafkaProducer) -> bool:
        try:
            async with asyncio.timeout(self._timing.request_seconds):
                await producer.start()
        except (KafkaError, OSError, TimeoutError) as error:
            _log.warning("kafka_producer_not_connected", servers=self._bootstrap_servers, error=repr(error))
            return False
        return True

    async def _use(self, producer: AIOKafkaProducer) -> None:
        self._failed.clear()
        if self._stopping.is_set():
            return
        self._producer = producer
        self._ready.set()
        await self._failed.wait()
        self._ready.clear()
        self._producer = None

    async def _release(self, producer: AIOKafkaProducer) -> None:
        try:
            async with asyncio.timeout(self._timing.stop_seconds):
                await producer.stop()
        except TimeoutError:
            _log.warning("kafka_producer_stopped_with_records_unsent", servers=self._bootstrap_servers)
            await abandon_producer(producer)
        for lane in self._lanes.values():
            lane.interrupt()

    def _new_producer(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            bootstrap_servers=self._bootstrap_servers,
            client_id=self._client_id,
            acks="all",
            enable_idempotence=True,
            # The lanes gather; more than 0 would cost the lone caller its whole round trip.
            linger_ms=0,
            max_batch_size=_MAX_BATCH_BYTES,
            max_request_size=_MAX_REQUEST_BYTES,
            # Smaller than lz4, and a sixth of its time: the client asks lz4 for its slowest level.
            compression_type="zstd",
            request_timeout_ms=milliseconds(self._timing.request_seconds),
            metadata_max_age_ms=60_000,
        )


def _refuse_too_large(records: Sequence[Record], *, limits: Mapping[str, int]) -> None:
    for record in records:
        limit_bytes = limits.get(record.topic, _MAX_REQUEST_BYTES)
        size_bytes = _BATCH_OVERHEAD_BYTES + len(record.key) + len(record.value)
        for name, value in record.headers:
            size_bytes += _HEADER_OVERHEAD_BYTES + len(name.encode()) + len(value)
        if size_bytes > limit_bytes:
            raise RecordTooLarge(f"a record of {size_bytes} bytes for {record.topic}, which takes {limit_bytes}")


def _explained(outcome: BaseException, records: Sequence[Record]) -> Exception:
    if isinstance(outcome, TimeoutError):
        # An idempotent producer never gives up by itself, so this may still be stored later.
        return Unavailable(f"Kafka did not acknowledge {len(records)} records in time")
    if isinstance(outcome, MessageSizeTooLargeError):
        return RecordTooLarge(f"Kafka refused a record of {_names(records)} for its size")
    if isinstance(outcome, KafkaError):
        return Unavailable(f"Kafka did not store {len(records)} records of {_names(records)}: {outcome!r}")
    return RuntimeError(f"sending records of {_names(records)} failed: {outcome!r}")


def _names(records: Sequence[Record]) -> list[str]:
    return sorted({record.topic for record in records})
