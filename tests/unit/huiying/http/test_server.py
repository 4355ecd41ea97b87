"""Serving: a free port, a clean stop, streams that do not hold it up. On sockets of this machine."""

import asyncio
import http.client
import os
import signal
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from fastapi import FastAPI
from starlette.responses import Response

from huiying.errors import Unavailable
from huiying.http.probes import probe_routes
from huiying.http.server import bind, metrics_listener, port_of, serve
from huiying.http.sse import Broadcast
from huiying.observability.health import Health
from tests.support.clock import FrozenClock
from tests.support.eventually import eventually

pytestmark = pytest.mark.enable_socket


class Serving:
    """A served application with one stream, and what happened to it."""

    def __init__(self) -> None:
        self.health = Health()
        self.broadcast = Broadcast("t", clock=FrozenClock())
        self.is_started = False
        self.is_shut_down = False
        self.listener = bind("127.0.0.1", 0)
        self.port = port_of(self.listener)
        self.app = FastAPI(lifespan=self._lifespan)
        self.app.router.routes.extend(probe_routes(self.health))

        @self.app.get("/api/t/v1/stream")
        async def stream() -> Response:
            return self.broadcast.stream(may_see=lambda _brand: True)

    async def run(self) -> None:
        await serve(
            self.app,
            self.listener,
            shutdown_timeout=timedelta(seconds=8),
            on_drain=[self.health.drain, self.broadcast.drain],
        )

    @asynccontextmanager
    async def _lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        self.is_started = True
        yield
        self.is_shut_down = True


@pytest.fixture
async def serving() -> AsyncIterator[tuple[Serving, asyncio.Task[None]]]:
    world = Serving()
    task = asyncio.create_task(world.run())
    await eventually(lambda: world.is_started)
    yield world, task
    # By a signal, so that it closes its connections.
    if not task.done():
        os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(task, 10)


def get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


async def test_an_open_stream_does_not_hold_up_a_stop(serving: tuple[Serving, asyncio.Task[None]]) -> None:
    world, task = serving
    reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
    writer.write(b"GET /api/t/v1/stream HTTP/1.1\r\nhost: test\r\n\r\n")
    await reader.readuntil(b"retry: 2000\n\n")
    began = time.monotonic()

    os.kill(os.getpid(), signal.SIGTERM)

    await asyncio.wait_for(task, 5)
    assert b"event: reconnect" in await reader.read()
    assert time.monotonic() - began < 6
    assert world.is_shut_down
    writer.close()


async def test_after_a_signal_the_caller_still_has_its_process(serving: tuple[Serving, asyncio.Task[None]]) -> None:
    _, task = serving

    os.kill(os.getpid(), signal.SIGINT)

    await asyncio.wait_for(task, 5)
    assert task.exception() is None


async def test_the_probes_say_what_is_wrong_by_name_and_nothing_more(
    serving: tuple[Serving, asyncio.Task[None]],
) -> None:
    world, _ = serving

    async def check() -> None:
        raise Unavailable("postgresql://user:password@db is away")

    world.health.needs("database", check)

    alive, _ = await asyncio.to_thread(get, world.port, "/livez")
    ready, said = await asyncio.to_thread(get, world.port, "/readyz")

    assert (alive, ready) == (200, 503)
    assert said == b'{"status":"unavailable","checks":{"database":"unavailable"}}'


def test_a_port_that_is_taken_is_refused_before_anything_is_started() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        bind("127.0.0.1", taken.getsockname()[1])


def test_metrics_are_answered_on_a_port_of_their_own() -> None:
    with metrics_listener("127.0.0.1", 0) as port:
        status, said = get(port, "/metrics")

    assert status == 200
    assert b"huiying_stream_clients" in said
