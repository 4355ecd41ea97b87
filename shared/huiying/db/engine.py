"""One service's database: how it is opened, and the transactions on it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import event, text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.errors import Unavailable

_READ_ONLY = "huiying_read_only"


class DatabaseOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a database is used: a pool of connections, and the longest waits."""

    pool_count: int = 8
    lock_timeout: timedelta = timedelta(seconds=10)
    statement_timeout: timedelta = timedelta(seconds=30)


class Database:
    """One service's tables: a schema of PostgreSQL, or a file of SQLite that this process alone writes."""

    def __init__(self, url: str, *, schema: str, options: DatabaseOptions | None = None) -> None:
        """`schema` is the service's name; on SQLite the file is the schema."""
        self.schema = schema
        self._options = options or DatabaseOptions()
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = self._sqlite(url) if self.is_sqlite else self._postgres(url)
        self._reading_engine = self.engine.execution_options(**{_READ_ONLY: True})
        # SQLite has one writer, and its own waiting is unfair: those who wait would starve one another for seconds.
        self._writer = asyncio.Lock()

    @classmethod
    def in_directory(cls, directory: Path, *, schema: str, options: DatabaseOptions | None = None) -> "Database":
        """The SQLite database of a service on one machine."""
        directory.mkdir(parents=True, exist_ok=True)
        return cls(f"sqlite+aiosqlite:///{directory / f'{schema}.db'}", schema=schema, options=options)

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A transaction that may write: committed when the block ends, undone when it raises.

        Raises Unavailable if the database is away or too busy.
        """
        async with AsyncExitStack() as stack:
            if self.is_sqlite:
                await stack.enter_async_context(self._its_turn())
            stack.enter_context(lost_database_is_unavailable())
            session = await stack.enter_async_context(AsyncSession(self.engine, expire_on_commit=False))
            yield session
            await session.commit()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A transaction that only reads, and on SQLite waits for no writer."""
        with lost_database_is_unavailable():
            async with AsyncSession(self._reading_engine, expire_on_commit=False) as session:
                yield session

    @asynccontextmanager
    async def exclusive(self, name: str) -> AsyncIterator[bool]:
        """Whether this process alone may do what `name` says, among all that share the database.

        Held until the block ends or the connection is lost. On SQLite one process owns the file, so the answer is yes.
        """
        if self.is_sqlite:
            yield True
            return
        with lost_database_is_unavailable():
            async with self.engine.connect() as connection:
                is_mine = await _try_lock(connection, f"{self.schema}:{name}")
                try:
                    yield is_mine
                finally:
                    if is_mine:
                        # The lock belongs to the connection, which must not go back to the pool with it.
                        await connection.invalidate()

    async def ping(self) -> None:
        """Ask for nothing. Raises Unavailable if the database does not answer."""
        async with self.reading() as session:
            await session.connection()

    @asynccontextmanager
    async def _its_turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._options.lock_timeout.total_seconds()):
                await self._writer.acquire()
        except TimeoutError as error:
            raise Unavailable(f"{self.schema}: others have been writing for too long") from error
        try:
            yield
        finally:
            self._writer.release()

    def _sqlite(self, url: str) -> AsyncEngine:
        engine = create_async_engine(
            url,
            pool_size=self._options.pool_count,
            max_overflow=0,
            pool_timeout=self._options.lock_timeout.total_seconds(),
            hide_parameters=True,
            json_serializer=_to_json,
            json_deserializer=msgspec.json.decode,
        )
        busy_ms = round(self._options.lock_timeout.total_seconds() * 1000)

        def connected(connection: Any, _record: Any) -> None:
            # The driver's own idea of when a transaction begins is switched off: `begin` below decides.
            connection.isolation_level = None
            cursor = connection.cursor()
            for pragma in (
                "journal_mode=WAL",
                "synchronous=FULL",
                "foreign_keys=ON",
                f"busy_timeout={busy_ms}",
                "cache_size=-32768",
            ):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

        event.listen(engine.sync_engine, "connect", connected)
        event.listen(engine.sync_engine, "begin", _begin)
        return engine

    def _postgres(self, url: str) -> AsyncEngine:
        options = self._options
        settings = {
            "search_path": self.schema,
            "timezone": "UTC",
            "lock_timeout": round(options.lock_timeout.total_seconds() * 1000),
            "statement_timeout": round(options.statement_timeout.total_seconds() * 1000),
            "idle_in_transaction_session_timeout": 60_000,
        }
        return create_async_engine(
            url,
            pool_size=options.pool_count,
            max_overflow=2,
            # What is bound to a statement may be what a person wrote, and an error carries it into the log.
            hide_parameters=True,
            json_serializer=_to_json,
            json_deserializer=msgspec.json.decode,
            pool_timeout=options.lock_timeout.total_seconds(),
            pool_pre_ping=True,
            connect_args={
                "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
                "connect_timeout": 5,
            },
        )


def _begin(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(_READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


async def _try_lock(connection: AsyncConnection, name: str) -> bool:
    taken = await connection.execute(text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))"), {"name": name})
    # Ends the transaction, not the session: the lock belongs to the connection.
    granted = bool(taken.scalar_one())
    await connection.commit()
    return granted


@contextmanager
def lost_database_is_unavailable() -> Iterator[None]:
    """Turns a lost or busy database into Unavailable, and leaves every other error as it is."""
    try:
        yield
    except DBAPIError as error:
        if not (error.connection_invalidated or _may_pass(error)):
            raise
        raise Unavailable(f"the database did not answer: {error.orig}") from error
    except PoolTimeout as error:
        raise Unavailable(f"all connections to the database are in use: {error}") from error


def _may_pass(error: DBAPIError) -> bool:
    """Whether the same statement may succeed later. Both databases file some bugs under "operational" too.

    Of two transactions that wait for each other PostgreSQL ends one: when that is tried again, the other is through.
    """
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", None)
        return isinstance(error, OperationalError) and code != sqlite3.SQLITE_ERROR
    state = getattr(error.orig, "sqlstate", None) or ""
    return isinstance(error, OperationalError | InterfaceError) and not state.startswith(_OVER_A_LIMIT)


# A value too long for its index, or a statement too complex: it will not become shorter.
_OVER_A_LIMIT = "54"


def _to_json(value: object) -> str:
    return msgspec.json.encode(value).decode()
