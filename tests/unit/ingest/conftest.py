"""An ingest with a database and a bus of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.edges import Edge, an_edge


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[Edge]:
    async with an_edge(tmp_path) as it:
        yield it
