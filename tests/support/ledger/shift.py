"""Letting a consumer work for a while."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from huiying.bus.transport import Transport
from huiying.service.consumer import Consumer, ConsumerOptions
from tests.support.eventually import eventually
from tests.support.ledger.book import written
from tests.support.ledger.desk import OPTIONS, Desk


@asynccontextmanager
async def at_work(consumer: Consumer[Any]) -> AsyncIterator[asyncio.Task[None]]:
    """The consumer runs while the block does. What ends it by an error is raised."""
    task = asyncio.create_task(consumer.run())
    try:
        yield task
    finally:
        consumer.stop()
        await asyncio.wait_for(task, 10)


async def until(desk: Desk, check: Callable[[], bool | Awaitable[bool]], *, transport: Transport) -> Consumer[Any]:
    """Let a consumer work until `check` is true."""
    consumer = desk.consumer(transport)
    async with at_work(consumer):
        await eventually(check)
    return consumer


async def until_written(
    desk: Desk, count: int, *, transport: Transport, options: ConsumerOptions = OPTIONS
) -> list[str]:
    """Let a consumer work until that many names stand in the book; what stands there then."""

    async def enough() -> bool:
        return len(await written(desk.database)) >= count

    async with at_work(desk.consumer(transport, options=options)):
        await eventually(enough)
    return await written(desk.database)


async def until_read(desk: Desk, count: int, *, transport: Transport, topic: str = "brands") -> list[str]:
    """Let a consumer work until it has passed over that many records; what stands in the book then."""

    async def enough() -> bool:
        return (await desk.position(topic)).next_offset >= count

    await until(desk, enough, transport=transport)
    return await written(desk.database)
