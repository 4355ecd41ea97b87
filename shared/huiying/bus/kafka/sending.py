"""Hands records to the producer: one by one when they are few, as whole batches when they are many."""

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import RecordMetadata

from huiying.bus.kafka.partitioning import partition_of
from huiying.bus.transport import Record

# From here on packing the batches ourselves costs less than the producer's future for each record.
_MANY = 16

_Acknowledgement = asyncio.Future[RecordMetadata]


async def send_all(records: Sequence[Record], *, producer: AIOKafkaProducer) -> None:
    """Return when all are acknowledged. Raises KafkaError for the first that is not.

    Cancelling does not call back what was sent: it may be stored later.
    """
    if len(records) == 1:
        # What the edge sends, a record for each request; to wait for one costs less than to wait for some.
        await (await _send(records[0], producer=producer))
        return
    acknowledgements: list[_Acknowledgement] = []
    send = _send_singly if len(records) < _MANY else _send_packed
    await send(records, producer=producer, acknowledgements=acknowledgements)
    if acknowledgements:
        await asyncio.wait(acknowledgements, return_when=asyncio.FIRST_EXCEPTION)
    for acknowledgement in acknowledgements:
        if acknowledgement.done():
            acknowledgement.result()


async def _send_singly(
    records: Sequence[Record], *, producer: AIOKafkaProducer, acknowledgements: list[_Acknowledgement]
) -> None:
    acknowledgements.extend([await _send(record, producer=producer) for record in records])


async def _send(record: Record, *, producer: AIOKafkaProducer) -> _Acknowledgement:
    return _heeded(
        await producer.send(
            record.topic, record.value, record.key, timestamp_ms=record.timestamp_ms, headers=list(record.headers)
        )
    )


async def _send_packed(
    records: Sequence[Record], *, producer: AIOKafkaProducer, acknowledgements: list[_Acknowledgement]
) -> None:
    open_batches: dict[tuple[str, int], BatchBuilder] = {}
    partitions: dict[str, list[int]] = {}
    for record in records:
        if record.topic not in partitions:
            partitions[record.topic] = sorted(await producer.partitions_for(record.topic))
        numbers = partitions[record.topic]
        place = (record.topic, partition_of(record.key, numbers))
        batch = open_batches.get(place)
        if batch is None or not _append(record, batch=batch):
            if batch is not None:
                acknowledgements.append(await _send_batch(batch, place=place, producer=producer))
            batch = open_batches[place] = producer.create_batch()
            _append(record, batch=batch)
    for place, batch in open_batches.items():
        acknowledgements.append(await _send_batch(batch, place=place, producer=producer))


def _append(record: Record, *, batch: BatchBuilder) -> bool:
    """Whether there was room. There always is for the first one."""
    appended = batch.append(
        timestamp=record.timestamp_ms, key=record.key, value=record.value, headers=list(record.headers)
    )
    return appended is not None


async def _send_batch(batch: BatchBuilder, *, place: tuple[str, int], producer: AIOKafkaProducer) -> _Acknowledgement:
    batch.close()
    topic, number = place
    return _heeded(await producer.send_batch(batch, topic, partition=number))


def _heeded(acknowledgement: _Acknowledgement) -> _Acknowledgement:
    # A caller whose time is up looks at no result; a failure that nobody looks at would be reported as a bug.
    acknowledgement.add_done_callback(_look_at)
    return acknowledgement


def _look_at(acknowledgement: _Acknowledgement) -> None:
    if not acknowledgement.cancelled():
        acknowledgement.exception()
