"""A desk to write at and a log to read from."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from huiying.bus.embedded import EmbeddedTransport
from huiying.events.registry import TOPICS
from huiying.outbox.unit import producer_name
from tests.support.databases import sqlite
from tests.support.ledger.book import METADATA
from tests.support.ledger.desk import Desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with sqlite(tmp_path / "state", METADATA) as database:
        await producer_name(database)
        yield Desk(database)


@pytest.fixture
async def transport(tmp_path: Path) -> AsyncIterator[EmbeddedTransport]:
    transport = EmbeddedTransport(tmp_path / "log")
    await transport.start()
    await transport.ensure(TOPICS)
    yield transport
    await transport.stop()
