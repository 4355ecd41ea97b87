"""A database that was put back from a copy must not be taken for its own past."""

from pathlib import Path

from huiying.outbox.unit import producer_name, rename_producer
from tests.support.databases import sqlite


async def test_a_restored_outbox_speaks_under_another_name(tmp_path: Path) -> None:
    async with sqlite(tmp_path) as database:
        before = await producer_name(database)

        renamed = await rename_producer(database)

        assert renamed != before
        assert await producer_name(database) == renamed
