"""Transactions on SQLite: what they promise, and what their errors mean."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError, OperationalError

from huiying.db.engine import Database, DatabaseOptions
from huiying.errors import Unavailable
from tests.support.databases import sqlite
from tests.support.ledger.book import BOOK, METADATA, written


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with sqlite(tmp_path, METADATA) as database:
        yield database


async def write(database: Database, name: str) -> None:
    async with database.writing() as session:
        await session.execute(insert(BOOK).values(name=name))


async def test_what_a_writing_block_did_is_undone_when_it_raises(database: Database) -> None:
    async def fail() -> None:
        async with database.writing() as session:
            await session.execute(insert(BOOK).values(name="a"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await written(database) == []


async def test_a_cancelled_writing_block_is_undone_and_lets_the_next_one_in(database: Database) -> None:
    inside = asyncio.Event()

    async def hang() -> None:
        async with database.writing() as session:
            await session.execute(insert(BOOK).values(name="a"))
            inside.set()
            await asyncio.Event().wait()

    hanging = asyncio.create_task(hang())
    await inside.wait()
    hanging.cancel()
    await asyncio.gather(hanging, return_exceptions=True)
    await write(database, "b")

    assert await written(database) == ["b"]


async def test_what_a_reading_block_wrote_is_forgotten(database: Database) -> None:
    async with database.reading() as session:
        await session.execute(insert(BOOK).values(name="a"))

    assert await written(database) == []


async def test_a_reader_waits_for_no_writer(database: Database) -> None:
    await write(database, "a")

    async with database.writing() as session:
        await session.execute(insert(BOOK).values(name="b"))
        seen = await asyncio.wait_for(written(database), 5)

    assert seen == ["a"]


async def test_writers_take_turns_in_the_order_in_which_they_came(database: Database) -> None:
    names = [f"{number:02}" for number in range(30)]

    await asyncio.gather(*(write(database, name) for name in names))

    assert await written(database) == names


async def test_a_writer_that_waits_too_long_for_its_turn_is_told_to_come_back(tmp_path: Path) -> None:
    database = Database.in_directory(
        tmp_path, schema="t", options=DatabaseOptions(lock_timeout=timedelta(milliseconds=50))
    )

    async with database.writing():
        with pytest.raises(Unavailable):
            async with database.writing():
                pytest.fail("two writers at once")

    await database.close()


async def test_a_file_that_another_process_writes_is_unavailable(tmp_path: Path) -> None:
    options = DatabaseOptions(lock_timeout=timedelta(milliseconds=50))
    database = Database.in_directory(tmp_path, schema="t", options=options)
    async with database.engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)

    with closing(sqlite3.connect(tmp_path / "t.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable):
            await write(database, "a")

    await write(database, "b")
    assert await written(database) == ["b"]
    await database.close()


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM nowhere",
        "SELECT nothing FROM book",
        "SELEC 1",
        "INSERT INTO book (nothing) VALUES (1)",
        "INSERT INTO book (name) VALUES (1, 2)",
        "CREATE TABLE book (number INTEGER)",
    ],
)
async def test_a_wrong_statement_is_a_bug_and_no_lost_database(database: Database, statement: str) -> None:
    with pytest.raises(OperationalError):
        async with database.writing() as session:
            await session.execute(text(statement))


async def test_a_broken_constraint_stays_what_it_is(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.writing() as session:
            await session.execute(insert(BOOK).values(name=None))


async def test_a_full_disk_is_unavailable_and_passes(database: Database) -> None:
    async with database.writing() as session:
        # The pragma holds for its connection only, so there must be but one.
        connection = await session.connection()
        pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
        await connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    with pytest.raises(Unavailable, match="full"):
        await write(database, "x" * 100_000)
    async with database.writing() as session:
        await (await session.connection()).exec_driver_sql("PRAGMA max_page_count=100000")

    await write(database, "a")

    assert await written(database) == ["a"]


async def test_too_many_readers_at_once_are_told_to_come_back(tmp_path: Path) -> None:
    options = DatabaseOptions(pool_count=1, lock_timeout=timedelta(milliseconds=50))
    database = Database.in_directory(tmp_path, schema="t", options=options)

    async with database.reading() as session:
        await session.connection()
        with pytest.raises(Unavailable):
            await database.ping()

    await database.close()


async def test_on_sqlite_a_process_is_always_alone(database: Database) -> None:
    async with database.exclusive("a") as first, database.exclusive("a") as second:
        assert (first, second) == (True, True)
