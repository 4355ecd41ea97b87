"""What the jobs table promises, on PostgreSQL."""

from collections.abc import AsyncIterator, Callable

import pytest

from huiying.db.engine import Database
from tests.support.databases import postgres
from tests.support.job_promises import *  # noqa: F403 - the promises that hold on every database


@pytest.fixture
async def database(postgres_url: Callable[[], str]) -> AsyncIterator[Database]:
    async with postgres(postgres_url()) as database:
        yield database
