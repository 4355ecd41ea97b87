"""What migrations promise, on PostgreSQL."""

from collections.abc import AsyncIterator, Callable

import pytest

from huiying.db.engine import Database
from huiying.db.migrate import is_current, migrate
from tests.support.ledger.book import LEDGER
from tests.support.migrating import *  # noqa: F403 - the promises that hold on every database
from tests.support.migrating import Fresh


@pytest.fixture
async def fresh(postgres_url: Callable[[], str]) -> AsyncIterator[Fresh]:
    url, databases = postgres_url(), list[Database]()

    def make(schema: str) -> Database:
        databases.append(Database(url, schema=schema))
        return databases[-1]

    yield make
    for database in databases:
        await database.close()


async def test_services_that_share_a_server_do_not_see_each_others_tables(fresh: Fresh) -> None:
    first, second = fresh("first"), fresh("second")

    await migrate(first, LEDGER.migrations)

    assert await is_current(first, LEDGER.migrations)
    assert not await is_current(second, LEDGER.migrations)
