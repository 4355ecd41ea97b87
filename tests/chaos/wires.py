"""Kept connections that carry ready-made requests: the load must cost less than what it is put on."""

import asyncio
from contextlib import suppress

_TIMEOUT_SECONDS = 10.0
_LENGTH = b"content-length:"

_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Wires:
    """Connections to one address, as many as are in use at once."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._idle: list[_Streams] = []

    async def ask(self, request: bytes) -> tuple[int, bytes] | None:
        """Status and body of the answer; None if there was none: refused, cut off, or too late."""
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                return await self._ask(request)
        except (OSError, TimeoutError, EOFError):
            return None

    def close(self) -> None:
        """Hang up."""
        while self._idle:
            self._idle.pop()[1].close()

    async def _ask(self, request: bytes) -> tuple[int, bytes]:
        streams = self._idle.pop() if self._idle else await asyncio.open_connection(self._host, self._port)
        reader, writer = streams
        try:
            writer.write(request)
            await writer.drain()
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_length_in(head))
        except BaseException:
            with suppress(OSError):
                writer.close()
            raise
        self._idle.append(streams)
        return int(head[9:12]), body


def _length_in(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(_LENGTH)
    return int(lowered[at + len(_LENGTH) : lowered.index(b"\r", at)]) if at >= 0 else 0
