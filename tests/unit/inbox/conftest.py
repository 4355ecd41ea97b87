"""An inbox with a database of its own, whose facts stay in the outbox to be read."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from huiying.outbox.unit import producer_name
from inbox.storage.tables import METADATA
from tests.support.clock import FrozenClock
from tests.support.databases import sqlite
from tests.support.inboxes import Inbox


@pytest.fixture
async def inbox(tmp_path: Path) -> AsyncIterator[Inbox]:
    async with sqlite(tmp_path, METADATA, schema="inbox") as database:
        await producer_name(database)
        yield Inbox(database, FrozenClock())
