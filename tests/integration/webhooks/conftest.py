"""Webhooks on a PostgreSQL database of its own."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.contract.webhooks.conftest import House, a_house
from tests.support.receivers import Receiver, a_receiver


@pytest.fixture
async def house(tmp_path: Path, postgres_url: Callable[[], str]) -> AsyncIterator[House]:
    async with a_house(tmp_path, database_url=postgres_url()) as it:
        yield it


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with a_receiver() as it:
        yield it
