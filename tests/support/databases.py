"""A service's database with the platform's tables, as its migrations would leave it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import MetaData, text

from huiying.db.engine import Database
from huiying.db.platform import PLATFORM


@asynccontextmanager
async def sqlite(directory: Path, *metadata: MetaData, schema: str = "t") -> AsyncIterator[Database]:
    """An SQLite database in this directory, with the platform's tables and those of `metadata`."""
    database = Database.in_directory(directory, schema=schema)
    try:
        await _create(database, metadata)
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def postgres(url: str, *metadata: MetaData, schema: str = "t") -> AsyncIterator[Database]:
    """The same in a fresh PostgreSQL database."""
    database = Database(url, schema=schema)
    try:
        async with database.engine.begin() as connection:
            await connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
        await _create(database, metadata)
        yield database
    finally:
        await database.close()


async def _create(database: Database, metadata: tuple[MetaData, ...]) -> None:
    async with database.engine.begin() as connection:
        for tables in (PLATFORM, *metadata):
            await connection.run_sync(tables.create_all)
