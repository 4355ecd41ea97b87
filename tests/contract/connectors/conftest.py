"""Connectors, and platforms for them to speak with.

Every test that asks for `rig` runs once per connector that has a hook, and way of signing.
"""

from collections.abc import AsyncIterator

import pytest

from huiying.http.client import HTTPClient
from tests.contract.connectors.fake_platform import FakePlatform
from tests.contract.connectors.rig import Rig
from tests.contract.connectors.rigs import RIGS
from tests.support.listening import listening


@pytest.fixture(params=[rig for rig in RIGS if rig.has_hook], ids=lambda rig: rig.name)
def rig(request: pytest.FixtureRequest) -> Rig:
    chosen: Rig = request.param
    return chosen


@pytest.fixture
async def platform() -> AsyncIterator[FakePlatform]:
    """A scripted platform on a real socket."""
    fake = FakePlatform()
    async with listening(fake.serve) as port:
        fake.address = f"http://127.0.0.1:{port}"
        yield fake


@pytest.fixture
async def client() -> AsyncIterator[HTTPClient]:
    """What calls it."""
    client = HTTPClient(allow_private_addresses=True, timeout_seconds=2)
    yield client
    await client.close()
