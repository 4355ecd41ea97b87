"""Transactions on PostgreSQL: what is lost, what is busy, what is a bug, and who is alone."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from huiying.db.engine import Database, DatabaseOptions
from huiying.errors import Unavailable
from tests.support.databases import postgres
from tests.support.eventually import eventually
from tests.support.ledger.book import BOOK, METADATA, written
from tests.support.servers.postgres_server import PostgresServer


@pytest.fixture
def url(postgres_url: Callable[[], str]) -> str:
    return postgres_url()


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    async with postgres(url, METADATA) as database:
        yield database


@pytest.fixture
async def other(url: str, database: Database) -> AsyncIterator[Database]:
    other = Database(url, schema=database.schema)
    yield other
    await other.close()


async def write(database: Database, name: str) -> None:
    async with database.writing() as session:
        await session.execute(insert(BOOK).values(name=name))


async def kill_others(database: Database) -> None:
    """End every other connection to this database, as a restart of the server would."""
    async with database.engine.connect() as connection:
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


async def test_only_one_process_is_alone_and_the_next_one_is_when_it_is_done(
    database: Database, other: Database
) -> None:
    async with database.exclusive("relay") as first, other.exclusive("relay") as second:
        assert (first, second) == (True, False)
    async with other.exclusive("relay") as second:
        assert second


async def test_whoever_was_alone_can_be_so_again_on_any_of_its_connections(database: Database) -> None:
    await asyncio.gather(*(database.ping() for _ in range(5)))

    for _ in range(5):
        async with database.exclusive("relay") as mine:
            assert mine


async def test_being_alone_ends_with_an_error_too(database: Database, other: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.exclusive("relay"):
            raise ZeroDivisionError

    async with other.exclusive("relay") as mine:
        assert mine


async def test_another_takes_over_when_the_connection_of_the_first_dies(database: Database, other: Database) -> None:
    async with database.exclusive("relay") as first:
        assert first
        await kill_others(other)

        async with other.exclusive("relay") as second:
            assert second


async def test_different_names_do_not_exclude_each_other(database: Database, other: Database) -> None:
    async with database.exclusive("relay") as first, other.exclusive("other") as second:
        assert (first, second) == (True, True)


async def test_a_lost_connection_is_unavailable(database: Database, other: Database) -> None:
    async def lose() -> None:
        async with database.writing() as session:
            await session.execute(insert(BOOK).values(name="a"))
            await kill_others(other)
            await session.execute(insert(BOOK).values(name="b"))

    with pytest.raises(Unavailable):
        await lose()

    await write(database, "c")
    assert await written(database) == ["c"]


async def test_a_row_that_stays_locked_is_unavailable(url: str, database: Database) -> None:
    impatient = Database(url, schema="t", options=DatabaseOptions(lock_timeout=timedelta(milliseconds=50)))
    await write(database, "a")

    async with database.writing() as session:
        await session.execute(text("UPDATE book SET name = 'b'"))
        with pytest.raises(Unavailable):
            async with impatient.writing() as second:
                await second.execute(text("UPDATE book SET name = 'c'"))

    await impatient.close()
    assert await written(database) == ["b"]


async def test_an_idle_transaction_that_the_server_ended_is_unavailable(database: Database) -> None:
    async def nobody_is_idle() -> bool:
        async with database.reading() as session:
            query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
            return bool((await session.execute(text(query))).scalar_one() == 0)

    async def idle() -> None:
        async with database.writing() as session:
            await session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 50"))
            await eventually(nobody_is_idle)
            await session.execute(insert(BOOK).values(name="a"))

    with pytest.raises(Unavailable):
        await idle()


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("SELECT * FROM nowhere", ProgrammingError),
        ("SELEC 1", ProgrammingError),
        ("INSERT INTO book (name) VALUES (NULL)", IntegrityError),
        ("SELECT 1 / 0", DBAPIError),
    ],
)
async def test_a_wrong_statement_is_a_bug_and_no_lost_database(
    database: Database, statement: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        async with database.writing() as session:
            await session.execute(text(statement))


async def test_a_value_that_no_index_can_hold_is_a_bug_because_waiting_does_not_help(database: Database) -> None:
    too_long = "INSERT INTO long SELECT string_agg(md5(i::text), '') FROM generate_series(1, 1000) i"
    async with database.writing() as session:
        await session.execute(text("CREATE TABLE long (value text PRIMARY KEY)"))

    with pytest.raises(DBAPIError, match="index row"):
        async with database.writing() as session:
            await session.execute(text(too_long))


async def test_a_server_that_is_away_is_unavailable_and_its_return_is_noticed(
    postgres_server: PostgresServer,
) -> None:
    url = postgres_server.url("postgres").replace("postgresql://", "postgresql+psycopg://")
    async with postgres(url, METADATA) as database:
        postgres_server.stop()
        with pytest.raises(Unavailable):
            await write(database, "a")
        postgres_server.start()

        await write(database, "b")

        assert await written(database) == ["b"]
