"""What the outbox promises, on PostgreSQL, and that of two relays one waits."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import text

from huiying.db.engine import Database
from huiying.outbox import relay as relays
from huiying.outbox.relay import Relay
from huiying.outbox.unit import producer_name
from tests.support.databases import postgres
from tests.support.eventually import eventually
from tests.support.flaky import Flaky
from tests.support.ledger.book import METADATA
from tests.support.ledger.desk import Desk
from tests.support.ledger.outbox_promises import *  # noqa: F403 - the promises that hold on every database
from tests.support.ledger.outbox_promises import keys, relay_until, tell


@pytest.fixture
def url(postgres_url: Callable[[], str]) -> str:
    return postgres_url()


@pytest.fixture
async def desk(url: str) -> AsyncIterator[Desk]:
    async with postgres(url, METADATA) as database:
        await producer_name(database)
        yield Desk(database)


@pytest.fixture
async def second(url: str, desk: Desk) -> AsyncIterator[Desk]:
    database = Database(url, schema=desk.database.schema)
    yield Desk(database)
    await database.close()


async def test_of_two_relays_only_one_is_at_work_and_the_other_takes_over(desk: Desk, second: Desk) -> None:
    first_bus, second_bus = Flaky(), Flaky()
    first = Relay(database=desk.database, transport=first_bus, timeout_seconds=5)
    other = Relay(database=second.database, transport=second_bus, timeout_seconds=5)
    running = asyncio.create_task(first.run())
    await tell(desk, "a")
    await eventually(lambda: first_bus.records)
    waiting = asyncio.create_task(other.run())
    await tell(second, "b")
    other.wake()
    await eventually(lambda: len(first_bus.records) == 2)

    first.stop()
    await running
    await tell(desk, "c")
    await eventually(lambda: second_bus.records)

    other.stop()
    await waiting
    assert keys(first_bus.records) == ["a", "b"]
    assert keys(second_bus.records) == ["c"]


async def test_the_other_relay_takes_over_when_the_connection_of_the_first_dies(desk: Desk, second: Desk) -> None:
    stuck, bus = asyncio.Event(), Flaky()

    class Stuck(Flaky):
        async def publish(self, *_records: object, **_more: object) -> None:
            stuck.set()
            await asyncio.Event().wait()

    await tell(desk, "a")
    hanging = asyncio.create_task(Relay(database=desk.database, transport=Stuck(), timeout_seconds=5).run())
    await asyncio.wait_for(stuck.wait(), 10)
    async with second.database.engine.connect() as connection:
        await connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted")
        )

    await relay_until(second, bus, 1)

    assert keys(bus.records) == ["a"]
    hanging.cancel()
    await asyncio.gather(hanging, return_exceptions=True)


async def test_a_relay_that_waits_asks_no_more_often_than_it_should(
    desk: Desk, second: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relays, "RETRY_SECONDS", 0.2)
    asked: list[str] = []
    waiting = Relay(database=second.database, transport=Flaky(), timeout_seconds=5)
    async with desk.database.exclusive("relay"):
        exclusive = second.database.exclusive
        second.database.exclusive = lambda name: (asked.append(name), exclusive(name))[1]  # type: ignore[method-assign]
        running = asyncio.create_task(waiting.run())
        waiting.wake()

        await eventually(lambda: len(asked) >= 4)
        waiting.wake()
        count = len(asked)
        await asyncio.wait({running}, timeout=0.5)

        assert len(asked) - count <= 3
        waiting.stop()
        await running


async def test_a_relay_whose_bus_was_away_goes_on_by_itself(desk: Desk) -> None:
    await asyncio.gather(*(desk.database.ping() for _ in range(5)))
    bus = Flaky(away=2)
    await tell(desk, "a")

    await relay_until(desk, bus, 1)

    assert keys(bus.records) == ["a"]
