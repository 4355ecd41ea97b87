"""A scripted platform on a real socket, and a client to call it with."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from huiying.http.client import HTTPClient
from tests.contract.connectors.fake_platform import FakePlatform


@pytest.fixture
async def platform() -> AsyncIterator[FakePlatform]:
    fake = FakePlatform()
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    fake.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield fake
    server.close()
    await server.wait_closed()


@pytest.fixture
async def client() -> AsyncIterator[HTTPClient]:
    client = HTTPClient(allow_private_addresses=True, timeout_seconds=2)
    yield client
    await client.close()
