"""What a route asks for: a unit of work that is committed before the answer goes out, or one that only reads."""

from collections.abc import AsyncIterator
from typing import Any

from fastapi import Request

from huiying.outbox.unit import Unit


async def opened(request: Request) -> AsyncIterator[Unit[Any]]:
    """A unit of work. Declare it with `scope="function"`, so that a 2xx is only said of what is committed."""
    async with request.app.state.runtime.open_unit() as unit:
        yield unit


async def viewed(request: Request) -> AsyncIterator[Unit[Any]]:
    """A unit for reading."""
    async with request.app.state.runtime.open_view() as unit:
        yield unit
