"""Scoring on a PostgreSQL database of its own."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.unit.scoring.learning.world import Teaching, a_teaching
from tests.unit.scoring.watches.world import Scoring, a_scoring


@pytest.fixture
async def teaching(tmp_path: Path, postgres_url: Callable[[], str]) -> AsyncIterator[Teaching]:
    async with a_teaching(tmp_path, database_url=postgres_url()) as it:
        yield it


@pytest.fixture
async def scoring(tmp_path: Path, postgres_url: Callable[[], str]) -> AsyncIterator[Scoring]:
    async with a_scoring(tmp_path, database_url=postgres_url()) as it:
        yield it
