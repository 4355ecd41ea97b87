"""A running scoring service for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.scoring.watches.world import Scoring, a_scoring


@pytest.fixture
async def scoring(tmp_path: Path) -> AsyncIterator[Scoring]:
    async with a_scoring(tmp_path) as it:
        yield it
