"""Statements that SQLite and PostgreSQL both know, but SQLAlchemy spells once for each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, TableValuedAlias, column, func, inspect, text
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import Insert as SQLiteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.db.types import JSONColumn

Row = Mapping[str, Any]

# SQLite takes 32,766 parameters a statement, PostgreSQL 65,535.
_PARAMETER_COUNT = 30_000

# In one order for all, or two who want the same names would wait for each other.
_TURNS = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(name, 0))"
    " FROM (SELECT DISTINCT unnest(CAST(:names AS text[])) AS name ORDER BY name) AS named"
)


def table_of(model: type[SQLModel] | Table) -> Table:
    """The table behind a SQLModel class."""
    if isinstance(model, Table):
        return model
    table = inspect(model).local_table
    assert isinstance(table, Table)  # noqa: S101 - narrows a SQLAlchemy type; never input
    return table


def upsert(session: AsyncSession, table: Table) -> SQLiteInsert | PostgresInsert:
    """An INSERT with ON CONFLICT, in the dialect of this session."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite_insert(table)
    return postgres_insert(table)


def elements(session: AsyncSession, array: ColumnElement[Any]) -> TableValuedAlias:
    """The elements of a JSON array, a row each, whose column is `value`."""
    if session.get_bind().dialect.name == "sqlite":
        return func.json_each(array).table_valued(column("value", JSONColumn))
    return func.jsonb_array_elements(array).table_valued(column("value", JSONColumn))


async def take_turns(session: AsyncSession, names: Iterable[str]) -> None:
    """From here to the end of this transaction nobody else who asks for one of these names goes on.

    For what two consumers tell of one thing at the same moment, neither of whom sees the other. SQLite has one writer.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    await session.execute(_TURNS, {"names": sorted(set(names))})


def slices(rows: Sequence[Row], columns: int) -> Iterator[Sequence[Row]]:
    """The rows in portions that fit into one statement."""
    portion = max(1, _PARAMETER_COUNT // max(1, columns))
    for start in range(0, len(rows), portion):
        yield rows[start : start + portion]


async def insert_all(session: AsyncSession, model: type[SQLModel] | Table, rows: Sequence[Row]) -> None:
    """Insert the rows, which all have the same columns, with as few statements as can be."""
    table = table_of(model)
    for portion in slices(rows, len(rows[0]) if rows else 1):
        await session.execute(table.insert(), list(portion))


async def insert_new(
    session: AsyncSession, model: type[SQLModel] | Table, rows: Sequence[Row], *, key: str
) -> set[Any]:
    """Insert the rows that are not there yet, and give the `key` values of those that were new.

    What counts as there is any unique key of the table. The rows all have the same columns.
    """
    table = table_of(model)
    new: set[Any] = set()
    for portion in slices(rows, len(rows[0]) if rows else 1):
        # The rows go beside the statement, not into it: so it is compiled once, which is nearly all of its cost.
        statement = upsert(session, table).on_conflict_do_nothing().returning(table.c[key])
        new.update((await session.execute(statement, list(portion))).scalars())
    return new
