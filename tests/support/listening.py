"""A server for one test on a real socket, which leaves no connection open behind it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(serve: Serve, *, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serves each connection to its end and then closes it; gives the port. At the end all are cut off.

    asyncio's own server forgets its connections: one that is still being served when a test ends would be found by the
    garbage collector in the midst of another test.
    """
    connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Whoever asks may hang up in the midst of it.
        with suppress(EOFError, ConnectionError):
            try:
                await serve(reader, writer)
                await writer.drain()
            finally:
                writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections[asyncio.create_task(connected(reader, writer))] = writer

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        # What was just taken from the kernel is heard of within three turns of the loop.
        for _ in range(3):
            await asyncio.sleep(0)
        outcomes: list[BaseException | None] = []
        while connections:
            task, writer = connections.popitem()
            task.cancel()
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()
            outcomes += await asyncio.gather(task, return_exceptions=True)
        await server.wait_closed()
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
