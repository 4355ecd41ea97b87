"""Identity, running, for the tests of this folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.installation import Installation, an_installation


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    async with an_installation(tmp_path) as made:
        yield made
