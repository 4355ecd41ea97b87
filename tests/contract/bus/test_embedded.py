"""The embedded transport under the contract."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from huiying.bus.embedded.transport import EmbeddedTransport
from huiying.bus.transport import Transport
from huiying.events.registry import Topic
from tests.contract.bus.contract import TransportContract
from tests.contract.bus.world import Capabilities


class EmbeddedWorld:
    """A data directory, and the one transport that owns it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._transport: EmbeddedTransport | None = None

    async def transport(self) -> Transport:
        return await self._started()

    async def restarted(self) -> Transport:
        await self.close()
        return await self._started()

    async def with_log_replaced(self, topic: Topic) -> Transport:
        await self.close()
        shutil.rmtree(self._directory)
        transport = await self._started()
        await transport.ensure([topic])
        return transport

    async def forget_before(self, topic: Topic, *, offset: int) -> None:
        assert self._transport is not None
        await self._transport.trim(topic.name, before_offset=offset)

    async def unreachable(self) -> Transport:
        pytest.fail("a log in the same process is never away")

    async def close(self) -> None:
        if self._transport is not None:
            await self._transport.stop()
            self._transport = None

    async def _started(self) -> EmbeddedTransport:
        self._transport = EmbeddedTransport(self._directory)
        await self._transport.start()
        return self._transport


class TestEmbedded(TransportContract):
    capabilities = Capabilities(multi_member=False, partitioned=False, can_be_away=False)

    @pytest.fixture
    async def world(self, tmp_path: Path) -> AsyncIterator[EmbeddedWorld]:
        world = EmbeddedWorld(tmp_path / "log")
        yield world
        await world.close()
