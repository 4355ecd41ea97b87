"""What migrations promise, on SQLite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from huiying.db.engine import Database
from tests.support.migrating import *  # noqa: F403 - the promises that hold on every database
from tests.support.migrating import Fresh


@pytest.fixture
async def fresh(tmp_path: Path) -> AsyncIterator[Fresh]:
    databases: list[Database] = []

    def make(schema: str) -> Database:
        databases.append(Database.in_directory(tmp_path, schema=schema))
        return databases[-1]

    yield make
    for database in databases:
        await database.close()
