"""Waiting for a while, which an event can cut short."""

import asyncio
from contextlib import suppress


async def pause(seconds: float, *, unless: asyncio.Event) -> None:
    """Return after that long, or as soon as the event is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await unless.wait()
