"""A scripted platform on a real socket, and a client to call it with."""

from collections.abc import AsyncIterator

import pytest

from huiying.http.client import HTTPClient
from tests.contract.connectors.fake_platform import FakePlatform
from tests.support.listening import listening


@pytest.fixture
async def platform() -> AsyncIterator[FakePlatform]:
    fake = FakePlatform()
    async with listening(fake.serve) as port:
        fake.address = f"http://127.0.0.1:{port}"
        yield fake


@pytest.fixture
async def client() -> AsyncIterator[HTTPClient]:
    client = HTTPClient(allow_private_addresses=True, timeout_seconds=2)
    yield client
    await client.close()
