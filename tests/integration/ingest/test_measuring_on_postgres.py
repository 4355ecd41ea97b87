"""Measurements, on PostgreSQL."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.support.listings import Watch, a_watch
from tests.unit.ingest.test_measuring import *  # noqa: F403 - what holds on every database
from tests.unit.ingest.test_measuring import Publishing


@pytest.fixture
async def watch(tmp_path: Path, postgres_url: Callable[[], str]) -> AsyncIterator[Watch]:
    async with a_watch(tmp_path, kind=Publishing, database_url=postgres_url()) as it:
        yield it
