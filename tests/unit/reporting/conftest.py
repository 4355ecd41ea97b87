"""A running reporting service for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.reporting.world import Reporting, a_reporting


@pytest.fixture
async def reporting(tmp_path: Path) -> AsyncIterator[Reporting]:
    async with a_reporting(tmp_path) as it:
        yield it
