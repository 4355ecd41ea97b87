"""What the outbox promises, on SQLite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from huiying.outbox.unit import producer_name
from tests.support.databases import sqlite
from tests.support.ledger.book import METADATA
from tests.support.ledger.desk import Desk
from tests.support.ledger.outbox_promises import *  # noqa: F403 - the promises that hold on every database


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with sqlite(tmp_path, METADATA) as database:
        await producer_name(database)
        yield Desk(database)
