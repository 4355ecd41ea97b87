"""The consumer loop on PostgreSQL: a lost database, a locked row, and two members that believe they own a partition."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from huiying.bus.embedded import EmbeddedTransport
from huiying.db.engine import Database
from huiying.events.registry import TOPICS
from huiying.outbox.unit import producer_name
from tests.support.databases import postgres
from tests.support.eventually import eventually
from tests.support.ledger.book import METADATA, a_brand, written
from tests.support.ledger.desk import Desk, recorded
from tests.support.ledger.shift import at_work, until_written

TEN = [f"n{number}" for number in range(10)]


@pytest.fixture
def url(postgres_url: Callable[[], str]) -> str:
    return postgres_url()


@pytest.fixture
async def desk(url: str) -> AsyncIterator[Desk]:
    async with postgres(url, METADATA) as database:
        await producer_name(database)
        yield Desk(database)


@pytest.fixture
async def transports(tmp_path: Path) -> AsyncIterator[list[EmbeddedTransport]]:
    """Two logs under one identity, so that two members read the same records."""
    made = [EmbeddedTransport(tmp_path / name) for name in ("one", "two")]
    for transport in made:
        await transport.start()
        await transport.ensure(TOPICS)
    log_id = made[0].log_id("brands")
    made[1].log_id = lambda _topic: log_id  # type: ignore[method-assign]
    yield made
    for transport in made:
        await transport.stop()


async def test_connections_that_die_in_the_midst_of_a_batch_make_no_dead_letter_and_no_double(
    desk: Desk, url: str, transports: list[EmbeddedTransport]
) -> None:
    desk.rules.hold = asyncio.Event()
    await transports[0].publish([recorded(a_brand(name)) for name in TEN])
    other = Database(url, schema="t")

    async with at_work(desk.consumer(transports[0])):
        await eventually(lambda: desk.rules.offered)
        async with other.engine.connect() as connection:
            await connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        desk.rules.hold.set()
        await eventually(lambda: _all(other))

    assert await written(other) == TEN
    assert await desk.dead() == []
    assert await desk.told() == TEN
    await other.close()


async def test_two_members_that_read_the_same_records_apply_them_once(
    desk: Desk, transports: list[EmbeddedTransport]
) -> None:
    names = [f"{number:03}" for number in range(200)]
    for name in names:
        await asyncio.gather(*(transport.publish([recorded(a_brand(name))]) for transport in transports))

    await asyncio.gather(*(until_written(desk, 200, transport=transport) for transport in transports))

    assert await written(desk.database) == names
    assert await desk.told() == names


async def _all(database: Database) -> bool:
    return len(await written(database)) == len(TEN)
