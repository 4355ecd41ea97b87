"""Stores records: acknowledged by all in-sync replicas, once per attempt, within the caller's time."""

import asyncio
import random
from collections.abc import Mapping, Sequence

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from huiying.bus.kafka.abandoning import abandon_producer
from huiying.bus.kafka.partitioning import partition_of
from huiying.bus.kafka.pausing import pause
from huiying.bus.kafka.sending import send_all
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
    """One idempotent producer, connected in the background and replaced when it has failed.

    After a failed batch aiokafka goes on from sequence numbers that the broker has not seen, so that every later batch
    of that partition is refused: a producer with a failure behind it is of no use.
    """

    def __init__(self, *, bootstrap_servers: str, client_id: str, timing: Timing) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._client_id = client_id
        self._timing = timing
        self._limits: dict[str, int] = {name: topic.max_message_bytes for name, topic in TOPIC_BY_NAME.items()}
        self._producer: AIOKafkaProducer | None = None
        self._ready = asyncio.Event()
        self._failed = asyncio.Event()
        self._stopping = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to connect. Returns at once."""
        self._keeping = asyncio.create_task(self._keep_connected())

    async def stop(self) -> None:
        """Let what was sent be acknowledged, for a limited time."""
        self._stopping.set()
        self._failed.set()
        if self._keeping is not None:
            await self._keeping
            self._keeping = None

    def limit(self, topics: Sequence[Topic]) -> None:
        """From now on refuse records that are larger than these topics take."""
        self._limits.update({topic.name: topic.max_message_bytes for topic in topics})

    async def publish(self, records: Sequence[Record], *, timeout_seconds: float) -> None:
        """Raises RecordTooLarge before sending anything, Unavailable when the time is up."""
        _refuse_too_large(records, limits=self._limits)
        producer = None
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._ready.wait()
                producer = self._producer
                await send_all(records, producer=producer)
        except TimeoutError as error:
            # An idempotent producer never gives up by itself, so this may still be stored later.
            raise Unavailable(f"Kafka did not acknowledge {len(records)} records in {timeout_seconds} s") from error
        except MessageSizeTooLargeError as error:
            self._give_up(producer)
            raise RecordTooLarge(f"Kafka refused a record of {_names(records)} for its size") from error
        except KafkaError as error:
            self._give_up(producer)
            raise Unavailable(f"Kafka did not store {len(records)} records of {_names(records)}: {error!r}") from error

    def _give_up(self, producer: AIOKafkaProducer | None) -> None:
        if producer is not None and producer is self._producer:
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

    def _new_producer(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            bootstrap_servers=self._bootstrap_servers,
            client_id=self._client_id,
            acks="all",
            enable_idempotence=True,
            # More than 0 costs the lone caller its whole round trip; under load batches fill by themselves.
            linger_ms=0,
            max_batch_size=_MAX_BATCH_BYTES,
            max_request_size=_MAX_REQUEST_BYTES,
            compression_type="lz4",
            partitioner=partition_of,
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


def _names(records: Sequence[Record]) -> list[str]:
    return sorted({record.topic for record in records})
