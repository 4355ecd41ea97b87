"""Pages by keyset: every row once, in order, and no cursor but those that were given out."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Float, Integer, MetaData, String, Table, select

from huiying.db.engine import Database
from huiying.db.types import UTCDateTime
from huiying.http.pagination import BadCursor, Cursors, Keyset, PageRequest, ascending, descending, paginate
from tests.support.databases import sqlite

METADATA = MetaData()
THREADS = Table(
    "threads",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("score", Float, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("name", String, nullable=False),
)
START = datetime(2026, 11, 1, tzinfo=UTC)
CURSORS = Cursors(b"s" * 32)
MIXED = Keyset("threads:-score,at,id", descending(THREADS.c.score), ascending(THREADS.c.at), descending(THREADS.c.id))
KEYSETS = [
    MIXED,
    Keyset("threads:id", ascending(THREADS.c.id)),
    Keyset("threads:-id", descending(THREADS.c.id)),
    Keyset("threads:-at,id", descending(THREADS.c.at), ascending(THREADS.c.id)),
    Keyset("threads:name,score,id", ascending(THREADS.c.name), ascending(THREADS.c.score), ascending(THREADS.c.id)),
]
ROWS = [
    {"id": n, "score": (n * 7 % 5) / 3, "at": START + timedelta(microseconds=n % 4), "name": "愛é"[n % 2] * (n % 3)}
    for n in range(40)
]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with sqlite(tmp_path, METADATA) as database:
        async with database.writing() as session:
            await session.execute(THREADS.insert(), ROWS)
        yield database


async def pages(database: Database, keyset: Keyset, limit: int) -> list[list[int]]:
    found: list[list[int]] = []
    cursor = None
    async with database.reading() as session:
        while not found or cursor is not None:
            rows, cursor = await paginate(
                session,
                select(THREADS.c.id),
                keyset=keyset,
                cursors=CURSORS,
                page=PageRequest(limit=limit, cursor=cursor),
            )
            found.append([row[0] for row in rows])
    return found


@pytest.mark.parametrize("keyset", KEYSETS, ids=lambda keyset: keyset.name)
@pytest.mark.parametrize("limit", [1, 7, 40, 200])
async def test_the_pages_together_are_the_list(database: Database, keyset: Keyset, limit: int) -> None:
    async with database.reading() as session:
        whole = list((await session.execute(select(THREADS.c.id).order_by(*keyset.order_by()))).scalars())

    found = await pages(database, keyset, limit)

    assert [number for page in found for number in page] == whole
    assert all(len(page) <= limit for page in found)


async def test_a_row_that_comes_in_front_meanwhile_moves_nothing(database: Database) -> None:
    keyset = KEYSETS[1]
    async with database.writing() as session:
        first, cursor = await paginate(
            session, select(THREADS.c.id), keyset=keyset, cursors=CURSORS, page=PageRequest(limit=5)
        )
        await session.execute(THREADS.insert().values(id=-1, score=1, at=START, name=""))

        second, _ = await paginate(
            session, select(THREADS.c.id), keyset=keyset, cursors=CURSORS, page=PageRequest(limit=5, cursor=cursor)
        )

    assert [row[0] for row in first] + [row[0] for row in second] == list(range(10))


VALUES = st.tuples(
    st.floats(allow_nan=False, allow_infinity=False),
    st.datetimes(timezones=st.just(UTC)),
    st.integers(-(2**62), 2**62),
)


@given(VALUES)
def test_a_cursor_gives_back_what_it_was_made_of(values: tuple[float, datetime, int]) -> None:
    assert tuple(CURSORS.decode(MIXED, CURSORS.encode(MIXED, values))) == values


@given(VALUES, st.data())
def test_a_cursor_with_one_character_changed_is_refused(
    values: tuple[float, datetime, int], data: st.DataObject
) -> None:
    cursor = CURSORS.encode(MIXED, values)
    at = data.draw(st.integers(0, len(cursor) - 2))
    other = data.draw(st.sampled_from("ABCDEFGHabcdefgh0123-_").filter(lambda one: one != cursor[at]))

    with pytest.raises(BadCursor) as refused:
        CURSORS.decode(MIXED, cursor[:at] + other + cursor[at + 1 :])

    assert refused.value.pointer == "/query/cursor"


@given(st.text())
def test_made_up_cursors_are_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        CURSORS.decode(MIXED, cursor)


def test_a_cursor_of_another_list_or_another_service_is_refused() -> None:
    cursor = CURSORS.encode(MIXED, (1.0, START, 1))

    with pytest.raises(BadCursor):
        CURSORS.decode(Keyset("members", *MIXED.keys), cursor)
    with pytest.raises(BadCursor):
        Cursors(b"t" * 32).decode(MIXED, cursor)


def test_a_missing_sort_key_is_a_bug_and_not_a_page() -> None:
    with pytest.raises(TypeError, match="NoneType"):
        CURSORS.encode(MIXED, (None, START, 1))  # type: ignore[arg-type] # what a nullable column would give
