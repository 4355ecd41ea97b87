"""Scoring, on SQLite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.scoring.learning.world import Teaching, a_teaching


@pytest.fixture
async def teaching(tmp_path: Path) -> AsyncIterator[Teaching]:
    async with a_teaching(tmp_path) as it:
        yield it
