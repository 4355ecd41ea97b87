"""What migrations promise on every database; test modules import these for the `fresh` they provide."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, MetaData, inspect

from huiying.db import migrate as migrating
from huiying.db.engine import Database
from huiying.db.migrate import differences, is_current, migrate
from huiying.service.definition import Service
from tests.support.ledger.book import LEDGER
from tests.support.routes import service_named
from tests.support.sources import SERVICES

Fresh = Callable[[str], Database]
"""Another connection to the one database of the test, which begins empty, with this schema."""

ALL = [LEDGER.name, *SERVICES]


def named(name: str) -> Service[Any, Any, Any]:
    """The ledger, or one of the services."""
    return LEDGER if name == LEDGER.name else service_named(name)


@pytest.mark.parametrize("name", ALL)
async def test_migrations_lead_from_nothing_to_what_the_code_declares(fresh: Fresh, name: str) -> None:
    service, database = named(name), fresh(name)
    assert not await is_current(database, service.migrations)

    await migrate(database, service.migrations)

    assert await is_current(database, service.migrations)
    assert await differences(database, service.metadata) == []


@pytest.mark.parametrize("name", ALL)
async def test_migrations_lead_back_to_nothing(fresh: Fresh, name: str) -> None:
    service, database = named(name), fresh(name)
    await migrate(database, service.migrations)

    def downgrade(connection: Connection) -> list[str]:
        configuration = migrating._config(service.migrations)
        configuration.attributes.update(connection=connection, metadata=None)
        command.downgrade(configuration, "base")
        return inspect(connection).get_table_names()

    async with database.engine.begin() as connection:
        left = await connection.run_sync(downgrade)

    assert left == ["alembic_version"]
    await migrate(database, service.migrations)
    assert await differences(database, service.metadata) == []


async def test_migrating_what_is_current_changes_nothing(fresh: Fresh) -> None:
    database = fresh("ledger")
    await migrate(database, LEDGER.migrations)

    await migrate(database, LEDGER.migrations)

    assert await is_current(database, LEDGER.migrations)


async def test_several_processes_may_migrate_at_once(fresh: Fresh) -> None:
    databases = [fresh("ledger") for _ in range(3)]

    await asyncio.gather(*(migrate(database, LEDGER.migrations) for database in databases))

    assert await is_current(databases[0], LEDGER.migrations)
    assert await differences(databases[0], LEDGER.metadata) == []


async def test_a_table_that_no_migration_makes_is_noticed(fresh: Fresh) -> None:
    database = fresh("ledger")
    await migrate(database, LEDGER.migrations)

    found = await differences(database, MetaData())

    assert found
