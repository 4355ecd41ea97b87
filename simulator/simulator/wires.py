"""A server on this loop, whose connections can be cut as a broken network would."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol


class Wires:
    """The open connections, by the address at their other end."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], asyncio.Transport] = {}

    def hang_up(self, scope: Scope) -> None:
        """Close the connection that a request came over, without another word."""
        transport = self._open.get(tuple(scope["client"])) if scope.get("client") else None
        if transport is not None:
            transport.close()

    def protocol(self) -> type[H11Protocol]:
        """Uvicorn's own protocol, noting its connections here."""
        wires = self._open

        class Noted(H11Protocol):
            """A connection that can be found by its client's address."""

            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as its parent
                super().connection_made(transport)
                if self.client is not None:
                    wires[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client is not None:
                    wires.pop(self.client, None)
                super().connection_lost(exc)

        return Noted


class _Quiet(uvicorn.Server):
    """Uvicorn that leaves signals to whoever owns the process, and says when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class APIServer:
    """Serves one application from `start` to `stop`. Port 0 takes a free one, see `port`."""

    def __init__(self, app: ASGIApp, *, wires: Wires, host: str, port: int) -> None:
        config = uvicorn.Config(
            app,
            http=wires.protocol(),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
        self._server = _Quiet(config)
        self._host, self._wanted_port = host, port
        self._socket: socket.socket | None = None
        self._task: asyncio.Task[Any] | None = None

    @property
    def port(self) -> int:
        """The port that is listened on. Only while running."""
        if self._socket is None:
            raise RuntimeError("the API server is not running")
        return int(self._socket.getsockname()[1])

    async def start(self) -> None:
        """Listen. Raises OSError if the port is taken."""
        self._socket = socket.create_server((self._host, self._wanted_port), backlog=1024)
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        await self._server.ready.wait()

    async def wait(self) -> None:
        """Until it has ended."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def stop(self) -> None:
        """Stop listening, within about a second."""
        self._server.should_exit = True
        if self._task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._socket is not None:
            self._socket.close()
