"""How accounts do, on PostgreSQL."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.support.listings import COMMENTS, PUSHED, Watch, a_watch
from tests.unit.ingest.test_health import *  # noqa: F403 - what holds on every database


@pytest.fixture
async def watch(tmp_path: Path, postgres_url: Callable[[], str]) -> AsyncIterator[Watch]:
    async with a_watch(tmp_path, COMMENTS, PUSHED, database_url=postgres_url()) as it:
        yield it
