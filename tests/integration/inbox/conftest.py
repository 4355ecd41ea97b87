"""An inbox with a PostgreSQL database of its own."""

from collections.abc import AsyncIterator, Callable

import pytest

from huiying.outbox.unit import producer_name
from inbox.storage.tables import METADATA
from tests.support.clock import FrozenClock
from tests.support.databases import postgres
from tests.support.inboxes import Inbox


@pytest.fixture
async def inbox(postgres_url: Callable[[], str]) -> AsyncIterator[Inbox]:
    async with postgres(postgres_url(), METADATA, schema="inbox") as database:
        await producer_name(database)
        yield Inbox(database, FrozenClock())
