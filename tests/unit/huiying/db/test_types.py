"""Column types."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, Table, insert, select
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.exc import StatementError

from huiying.db.engine import Database
from huiying.db.platform import service_metadata
from huiying.db.types import UTCDateTime
from tests.support.databases import sqlite

METADATA = service_metadata()
MOMENTS = Table(
    "moments", METADATA, Column("number", Integer, primary_key=True), Column("at", UTCDateTime, nullable=True)
)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with sqlite(tmp_path, METADATA) as database:
        yield database


async def kept(database: Database, *moments: datetime | None) -> list[datetime | None]:
    async with database.writing() as session:
        await session.execute(insert(MOMENTS), [{"at": moment} for moment in moments])
    async with database.reading() as session:
        return list((await session.execute(select(MOMENTS.c.at).order_by(MOMENTS.c.number))).scalars())


async def test_a_naive_time_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="naive"):
        await kept(database, datetime(2026, 11, 1))  # noqa: DTZ001 - the very thing that is refused


async def test_any_zone_comes_back_as_utc(database: Database) -> None:
    shanghai = timezone(timedelta(hours=8))

    (moment,) = await kept(database, datetime(2026, 11, 1, 1, 30, tzinfo=shanghai))

    assert moment == datetime(2026, 10, 31, 17, 30, tzinfo=UTC)
    assert moment.utcoffset() == timedelta(0)


async def test_nothing_stays_nothing(database: Database) -> None:
    assert await kept(database, None) == [None]


async def test_moments_compare_in_the_database_as_they_do_outside(database: Database) -> None:
    whole, later = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 1, 0, 0, 0, 1, tzinfo=UTC)
    await kept(database, later, whole)

    async with database.reading() as session:
        ordered = (await session.execute(select(MOMENTS.c.at).order_by(MOMENTS.c.at))).scalars().all()
        after = (await session.execute(select(MOMENTS.c.at).where(MOMENTS.c.at > whole))).scalars().all()

    assert (ordered, after) == ([whole, later], [later])


FIRST, LAST = datetime(2, 1, 1), datetime(9998, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone


@given(st.datetimes(FIRST, LAST, timezones=st.timezones() | st.just(UTC)))
def test_every_moment_survives_its_text(moment: datetime) -> None:
    column, sqlite_dialect = UTCDateTime(), dialect()
    bind, result = column.bind_processor(sqlite_dialect), column.result_processor(sqlite_dialect, None)
    assert bind is not None
    assert result is not None

    # A moment that its zone skips or repeats equals nothing in another zone, so both are compared in one.
    assert result(bind(moment)) == moment.astimezone(UTC)
