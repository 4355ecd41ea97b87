"""What the outbox promises on every database; test modules import these for the `desk` they provide."""

import asyncio
import random
from collections.abc import Sequence

import msgspec
import pytest
from sqlalchemy import select

from huiying.bus.transport import Record, RecordTooLarge
from huiying.events.accounts import AccountRemoved
from huiying.events.envelope import SEQUENCE_HEADER, SOURCE_HEADER
from huiying.outbox import relay as relays
from huiying.outbox.changes import CHANGES, Change
from huiying.outbox.relay import Relay
from huiying.outbox.tables import OUTBOX
from huiying.outbox.unit import producer_name
from tests.support.clock import START
from tests.support.eventually import eventually
from tests.support.flaky import Flaky
from tests.support.ledger.book import BOOK, a_brand, written
from tests.support.ledger.desk import Desk


def a_fact(name: str) -> AccountRemoved:
    return AccountRemoved(account_id=name, brand="", removed_at=START)


async def tell(desk: Desk, *names: str) -> None:
    """One transaction with these facts."""
    async with desk.open_unit() as unit:
        for name in names:
            unit.tell(a_fact(name))


def a_relay(desk: Desk, transport: Flaky) -> Relay:
    return Relay(database=desk.database, transport=transport, timeout_seconds=5)


def keys(records: Sequence[Record]) -> list[str]:
    return [record.key.decode() for record in records]


def sequences(records: Sequence[Record]) -> list[int]:
    return [int(dict(record.headers)[SEQUENCE_HEADER]) for record in records]


async def relay_until(desk: Desk, transport: Flaky, count: int, *, relays: int = 1) -> list[Relay]:
    """Let relays run until that many records arrived."""
    running = [a_relay(desk, transport) for _ in range(relays)]
    tasks = [asyncio.create_task(relay.run()) for relay in running]
    try:
        await eventually(lambda: len(transport.records) >= count)
    finally:
        for relay in running:
            relay.stop()
        await asyncio.wait_for(asyncio.gather(*tasks), 10)
    return running


async def test_sequences_follow_the_order_of_the_commits(desk: Desk) -> None:
    async def work(name: str) -> None:
        async with desk.open_unit() as unit:
            unit.tell(a_fact(name))
            for _ in range(random.randrange(4)):
                await unit.session.execute(select(OUTBOX.c.topic).limit(1))
            await unit.session.execute(BOOK.insert().values(name=name))

    await asyncio.gather(*(work(str(number)) for number in range(40)))

    async with desk.database.reading() as session:
        rows = (await session.execute(select(OUTBOX).order_by(OUTBOX.c.first_sequence))).all()
    assert [row.first_sequence for row in rows] == list(range(1, 41))
    assert sorted(await desk.told()) == sorted(map(str, range(40)))


async def test_a_reader_never_sees_a_later_sequence_before_an_earlier_one(desk: Desk) -> None:
    done = asyncio.Event()

    async def watch() -> None:
        while not done.is_set():
            async with desk.database.reading() as session:
                seen = list((await session.execute(select(OUTBOX.c.first_sequence))).scalars())
            assert sorted(seen) == list(range(1, len(seen) + 1))

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(tell(desk, str(number)) for number in range(60)))
    done.set()

    await watching


async def test_facts_of_an_undone_transaction_are_not_told(desk: Desk) -> None:
    async def fail() -> None:
        async with desk.open_unit() as unit:
            unit.tell(a_fact("a"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await tell(desk, "b")

    assert await desk.told() == ["b"]


async def test_a_savepoint_takes_its_facts_and_changes_with_it(desk: Desk) -> None:
    async def fail(unit: object) -> None:
        async with unit.savepoint():  # type: ignore[attr-defined] # any unit
            unit.tell(a_fact("undone"))  # type: ignore[attr-defined]
            unit.announce(Change("undone", "", {}))  # type: ignore[attr-defined]
            raise ZeroDivisionError

    async with desk.open_unit() as unit:
        unit.tell(a_fact("a"))
        with pytest.raises(ZeroDivisionError):
            await fail(unit)
        async with unit.savepoint():
            unit.tell(a_fact("b"))

    assert await desk.told() == ["a", "b"]
    async with desk.database.reading() as session:
        assert (await session.execute(select(CHANGES))).all() == []


async def test_the_relay_sends_in_order_and_forgets(desk: Desk) -> None:
    transport = Flaky()
    for number in range(0, 30, 3):
        await tell(desk, *(str(number + index) for index in range(3)))

    await relay_until(desk, transport, 30)

    assert keys(transport.records) == [str(number) for number in range(30)]
    assert sequences(transport.records) == list(range(1, 31))
    assert await desk.told() == []


async def test_what_one_transaction_told_to_several_topics_keeps_its_numbers(desk: Desk) -> None:
    transport = Flaky()
    async with desk.open_unit() as unit:
        for number in range(3):
            unit.tell(a_fact(f"a{number}"))
            unit.tell(a_brand(f"b{number}"))
    await tell(desk, "last")

    await relay_until(desk, transport, 7)

    assert sequences(transport.records) == list(range(1, 8))
    assert {record.topic: [] for record in transport.records}.keys() == {"accounts", "brands"}
    assert {dict(record.headers)[SOURCE_HEADER].decode() for record in transport.records} == {
        await producer_name(desk.database)
    }


async def test_a_crash_between_send_and_delete_repeats_the_same_sequences(desk: Desk) -> None:
    transport = Flaky(crash_after=1)
    await tell(desk, "a", "b")
    with pytest.raises(ConnectionResetError):
        await a_relay(desk, transport).relay_some()
    await tell(desk, "c")

    await relay_until(desk, transport, 5)

    assert keys(transport.records) == ["a", "b", "a", "b", "c"]
    assert sequences(transport.records) == [1, 2, 1, 2, 3]


async def test_nothing_is_lost_or_reordered_while_the_bus_is_away(desk: Desk) -> None:
    transport = Flaky(away=3)
    await tell(desk, "a")
    await tell(desk, "b")

    await relay_until(desk, transport, 2)

    assert keys(transport.records) == ["a", "b"]


async def test_no_more_facts_are_sent_at_once_than_the_bus_can_take(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relays, "FACT_COUNT", 10)
    transport = Flaky()
    for number in range(12):
        await tell(desk, *(f"{number}-{index}" for index in range(4)))

    await relay_until(desk, transport, 48)

    assert sequences(transport.records) == list(range(1, 49))
    assert max(transport.sizes) <= 12


async def test_a_relay_that_is_woken_sends_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relays, "IDLE_SECONDS", 60)
    monkeypatch.setattr(relays, "IDLE_ALONE_SECONDS", 60)
    transport, count = Flaky(), 40
    relay = a_relay(desk, transport)
    running = asyncio.create_task(relay.run())

    async def arrives(number: int) -> None:
        await tell(desk, str(number))
        relay.wake()
        await eventually(lambda: len(transport.records) > number, every_seconds=0.001)

    for number in range(count):
        await arrives(number)

    relay.stop()
    await running
    assert len(transport.records) == count


async def test_a_fact_that_no_topic_takes_is_refused_when_it_is_told(desk: Desk) -> None:
    async with desk.open_unit() as unit:
        with pytest.raises(RecordTooLarge):
            unit.tell(msgspec.structs.replace(a_brand("a"), name="x" * 1_048_576))

    assert await desk.told() == []
    assert await written(desk.database) == []
