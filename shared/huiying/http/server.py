"""Serving an application until it is told to stop, and stopping in good order.

Uvicorn waits for open connections before it lets the application shut down, and a stream never closes by itself: so
whoever holds connections open is told first.
"""

import asyncio
import gc
import signal
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from typing import Any

import structlog
import uvicorn
import uvloop
from prometheus_client import start_http_server
from starlette.types import ASGIApp

log = structlog.get_logger(__name__)

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_BACKLOG_COUNT = 2_048


class Server(uvicorn.Server):
    """Uvicorn that tells when it begins to stop, and leaves the end of the process to its caller."""

    def __init__(self, config: uvicorn.Config, *, on_drain: Sequence[Callable[[], None]] = ()) -> None:
        super().__init__(config)
        self._on_drain = on_drain

    def stop(self) -> None:
        """Begin to stop, as a signal would."""
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for drain in self._on_drain:
            drain()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Uvicorn's own raises the signal once more at the end, which kills the process before its caller has closed
        # its databases.
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a process's main coroutine on the fast event loop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


def bind(host: str, port: int) -> socket.socket:
    """A socket that accepts connections as soon as it is served; port 0 takes a free one, see `port_of`.

    Raises OSError if the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=_BACKLOG_COUNT)
    listener.setblocking(False)
    return listener


def port_of(listener: socket.socket) -> int:
    """The port that a socket is bound to."""
    return int(listener.getsockname()[1])


def make_server(
    app: ASGIApp, *, shutdown_timeout: timedelta = timedelta(seconds=8), on_drain: Sequence[Callable[[], None]] = ()
) -> Server:
    """A server for `app`. Requests may take `shutdown_timeout` to finish; each of `on_drain` is called before that."""
    config = uvicorn.Config(
        app,
        lifespan="on",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        # Longer than a gateway keeps its idle connections, so that it never sends into one that is being closed.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=max(1, round(shutdown_timeout.total_seconds())),
        backlog=_BACKLOG_COUNT,
    )
    return Server(config, on_drain=on_drain)


async def serve(
    app: ASGIApp,
    listener: socket.socket,
    *,
    internal_port: int = 0,
    shutdown_timeout: timedelta = timedelta(seconds=8),
    on_drain: Sequence[Callable[[], None]] = (),
) -> None:
    """Serve `app` on `listener` until SIGTERM or SIGINT, with /metrics on `internal_port` unless that is 0.

    Returns when requests are answered (or `shutdown_timeout` is over) and the application has shut down.
    """
    host = str(listener.getsockname()[0])
    server = make_server(app, shutdown_timeout=shutdown_timeout, on_drain=on_drain)
    _calm_the_collector()
    with metrics_listener(host, internal_port) if internal_port else nullcontext():
        log.info("serving", host=host, port=port_of(listener), internal_port=internal_port)
        await server.serve(sockets=[listener])
    log.info("served", host=host)


def _calm_the_collector() -> None:
    """Let the garbage collector pass over what was loaded to stay, and come by less often.

    Each request leaves a few objects that refer to one another. Looking through all modules and tables for them took a
    fifth of the processor time of a small request.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@contextmanager
def metrics_listener(host: str, port: int) -> Iterator[int]:
    """Answers /metrics on a port of its own, from a thread, so that a stuck loop still shows; gives the port."""
    server, thread = start_http_server(port, addr=host)
    try:
        yield int(server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
