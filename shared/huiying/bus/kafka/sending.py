"""Hands records of one partition to the producer, packed into as few batches as hold them."""

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import RecordMetadata

from huiying.bus.transport import Record

_Acknowledgement = asyncio.Future[RecordMetadata]


async def send_all(records: Sequence[Record], *, to: tuple[str, int], producer: AIOKafkaProducer) -> None:
    """Return when all are acknowledged. Raises KafkaError for the first that is not.

    Cancelling does not call back what was sent: it may be stored later.
    """
    if not records:
        return
    acknowledgements: list[_Acknowledgement] = []
    batch = producer.create_batch()
    for record in records:
        if not _append(record, batch=batch):
            acknowledgements.append(await _send(batch, to=to, producer=producer))
            batch = producer.create_batch()
            _append(record, batch=batch)
    acknowledgements.append(await _send(batch, to=to, producer=producer))
    for acknowledgement in acknowledgements:
        await acknowledgement


def _append(record: Record, *, batch: BatchBuilder) -> bool:
    """Whether there was room. There always is for the first one."""
    appended = batch.append(
        timestamp=record.timestamp_ms, key=record.key, value=record.value, headers=list(record.headers)
    )
    return appended is not None


async def _send(batch: BatchBuilder, *, to: tuple[str, int], producer: AIOKafkaProducer) -> _Acknowledgement:
    # Closed, so that the producer adds nothing to it.
    batch.close()
    topic, number = to
    acknowledgement: _Acknowledgement = await producer.send_batch(batch, topic, partition=number)
    acknowledgement.add_done_callback(_look_at)
    return acknowledgement


def _look_at(acknowledgement: _Acknowledgement) -> None:
    # After the first failure nobody waits for the others; one that nobody looks at would be reported as a bug.
    if not acknowledgement.cancelled():
        acknowledgement.exception()
