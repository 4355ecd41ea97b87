"""Closes what aiokafka's own `stop()` leaves open when it cannot end in order. The only place that touches its inside.

A producer's stop waits for acknowledgements that may never come; a consumer's waits for the group, and passes on the
cancellation of a fetch as if its caller were cancelled.
"""
# ruff: noqa: SLF001 - see above

import asyncio

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

_SECONDS = 2.0


async def abandon_producer(producer: AIOKafkaProducer) -> None:
    """Forget what is unsent, end its task and close its connections."""
    await producer._sender.close()
    await producer.client.close()


async def abandon_consumer(consumer: AIOKafkaConsumer) -> None:
    """End its tasks and close its connections, without a word to the group."""
    tasks: set[asyncio.Task[object]] = set()
    if (coordinator := consumer._coordinator) is not None:
        tasks |= {coordinator._coordination_task, coordinator._heartbeat_task, coordinator._commit_refresh_task}
    if (fetcher := consumer._fetcher) is not None:
        tasks |= {fetcher._fetch_task, *fetcher._pending_tasks}
    running = {task for task in tasks if task is not None and not task.done()}
    for task in running:
        task.cancel()
    if running:
        await asyncio.wait(running, timeout=_SECONDS)
    await consumer._client.close()
