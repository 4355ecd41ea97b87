"""Receivers of webhooks with real sockets, which answer as they are told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import h11

from tests.support.listening import listening


@dataclass
class Receiver:
    """What it got so far. It answers with the statuses given, one after the other, and then with 204."""

    url: str = ""
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    is_deaf: bool = False

    def will_answer(self, *statuses: int, headers: dict[str, str] | None = None) -> None:
        """Answer with these first."""
        self.answers.extend((status, headers or {}) for status in statuses)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        connection, head, body = h11.Connection(h11.SERVER), h11.Request, b""
        headers: dict[str, str] = {}
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(await reader.read(65_536))
            elif isinstance(event, head):
                headers = {name.decode(): value.decode() for name, value in event.headers}
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            else:
                break
        self.requests.append((headers, body))
        if not self.is_deaf:
            status, more = self.answers.pop(0) if self.answers else (204, {})
            told = [*more.items(), ("connection", "close"), ("content-length", "0")]
            writer.write(connection.send(h11.Response(status_code=status, headers=told)) or b"")
            writer.write(connection.send(h11.EndOfMessage()) or b"")


@asynccontextmanager
async def a_receiver() -> AsyncIterator[Receiver]:
    """A receiver on a port of its own."""
    receiver = Receiver()
    async with listening(receiver.serve) as port:
        receiver.url = f"http://127.0.0.1:{port}/hook"
        yield receiver
