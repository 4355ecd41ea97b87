"""Telling straight to the bus, and through the spool while the bus is away."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from huiying.bus.transport import Record, RecordTooLarge
from huiying.errors import Unavailable
from huiying.events.accounts import AccountRemoved
from huiying.events.registry import TOPIC_OF
from huiying.outbox import direct as directs
from huiying.outbox.direct import Direct
from huiying.outbox.spool import Spool, SpoolFull
from huiying.settings import LogDurability
from tests.support.clock import START, FrozenClock
from tests.support.eventually import eventually
from tests.support.flaky import Flaky

TOPIC = TOPIC_OF[AccountRemoved]


def a_fact(key: str, number: int = 0, *, padding: int = 0) -> AccountRemoved:
    return AccountRemoved(account_id=key, brand=f"{number}{' ' * padding}", removed_at=START)


def a_spool(directory: Path, *, limit_bytes: int = 1_000_000) -> Spool:
    return Spool(directory, topics=[TOPIC], limit_bytes=limit_bytes, durability=LogDurability.NORMAL)


def a_direct(bus: Flaky, spool: Spool | None) -> Direct:
    return Direct(transport=bus, spool=spool, clock=FrozenClock(), source="test")


def told(bus: Flaky, key: str) -> list[int]:
    return [int(msgspec.json.decode(record.value)["brand"]) for record in bus.records if record.key == key.encode()]


@pytest.fixture
async def spool(tmp_path: Path) -> AsyncIterator[Spool]:
    spool = a_spool(tmp_path)
    await spool.start()
    yield spool
    await spool.stop()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directs, "DRAIN_EVERY_SECONDS", 0.02)


async def drained(direct: Direct, spool: Spool) -> None:
    running = asyncio.create_task(direct.run())
    await eventually(lambda: spool.is_empty)
    direct.stop()
    await asyncio.wait_for(running, 5)


async def test_a_fact_goes_straight_to_the_bus(spool: Spool) -> None:
    bus = Flaky()

    path = await a_direct(bus, spool).tell(a_fact("a", 1))

    assert path == "bus"
    assert told(bus, "a") == [1]


async def test_without_a_spool_a_bus_that_is_away_is_unavailable() -> None:
    bus = Flaky(away=1)

    with pytest.raises(Unavailable):
        await a_direct(bus, None).tell(a_fact("a"))


async def test_while_the_bus_is_away_facts_are_spooled_and_then_sent_in_order(spool: Spool) -> None:
    bus = Flaky()
    bus.is_away = True
    direct = a_direct(bus, spool)
    paths = [await direct.tell(a_fact("a", number)) for number in range(5)]
    bus.is_away = False

    await drained(direct, spool)

    assert paths == ["spool"] * 5
    assert told(bus, "a") == [0, 1, 2, 3, 4]
    assert await direct.tell(a_fact("a", 5)) == "bus"
    assert told(bus, "a") == [0, 1, 2, 3, 4, 5]


async def test_a_key_with_something_in_the_spool_does_not_overtake_it(spool: Spool) -> None:
    bus = Flaky(away=1)
    direct = a_direct(bus, spool)
    await direct.tell(a_fact("a", 1))
    direct._bus_answers = True

    paths = [await direct.tell(a_fact("a", 2)), await direct.tell(a_fact("b", 1))]
    await drained(direct, spool)

    assert paths == ["spool", "bus"]
    assert told(bus, "a") == [1, 2]


async def test_other_keys_need_not_wait_until_the_spool_is_empty(spool: Spool) -> None:
    bus = Flaky()
    bus.is_away = True
    direct = a_direct(bus, spool)
    for number in range(150):
        await direct.tell(a_fact("busy", number))
    bus.is_away = False
    paths: list[str] = []

    class Telling(Flaky):
        async def publish(self, records: object, **more: object) -> None:
            await bus.publish(records, **more)  # type: ignore[arg-type]
            if len(bus.records) <= 100:
                asyncio.get_running_loop().call_soon(asyncio.ensure_future, tell_others())

    async def tell_others() -> None:
        paths.append(await direct.tell(a_fact("idle", len(paths))))
        paths.append(await direct.tell(a_fact("busy", 150)))

    direct._transport = Telling()
    await drained(direct, spool)

    assert paths[0] == "bus"
    assert told(bus, "busy") == list(range(151))


async def test_a_full_spool_refuses_and_takes_again_when_it_is_drained(tmp_path: Path) -> None:
    bus, spool = Flaky(), a_spool(tmp_path, limit_bytes=400)
    await spool.start()
    bus.is_away = True
    direct = a_direct(bus, spool)
    await direct.tell(a_fact("a", 1, padding=200))

    with pytest.raises(SpoolFull):
        await direct.tell(a_fact("a", 2, padding=200))
    bus.is_away = False
    await drained(direct, spool)

    assert await direct.tell(a_fact("a", 3)) == "bus"
    assert told(bus, "a") == [1, 3]
    await spool.stop()


async def test_what_was_spooled_survives_a_restart_and_still_goes_first(tmp_path: Path) -> None:
    bus, spool = Flaky(), a_spool(tmp_path)
    bus.is_away = True
    await spool.start()
    await a_direct(bus, spool).tell(a_fact("a", 1))
    await spool.stop()
    bus.is_away = False
    spool = a_spool(tmp_path)
    await spool.start()
    direct = a_direct(bus, spool)

    path = await direct.tell(a_fact("a", 2))
    await drained(direct, spool)

    assert path == "spool"
    assert told(bus, "a") == [1, 2]
    await spool.stop()


async def test_a_crash_in_the_midst_of_draining_repeats_but_loses_nothing(tmp_path: Path) -> None:
    bus, spool = Flaky(), a_spool(tmp_path)
    bus.is_away = True
    await spool.start()
    direct = a_direct(bus, spool)
    for number in range(3):
        await direct.tell(a_fact("a", number))

    async def sent_and_dead(records: list[Record]) -> None:
        bus.is_away = False
        await bus.publish(records)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await spool.drain(sent_and_dead, stopping=asyncio.Event())  # type: ignore[arg-type]
    await spool.stop()
    spool = a_spool(tmp_path)
    await spool.start()
    await drained(a_direct(bus, spool), spool)

    assert told(bus, "a") == [0, 1, 2, 0, 1, 2]
    await spool.stop()


async def test_an_answer_that_came_too_late_may_double_a_fact_but_never_lose_it(spool: Spool) -> None:
    bus = Flaky()
    bus.is_vague = True
    direct = a_direct(bus, spool)
    path = await direct.tell(a_fact("a", 1))
    bus.is_vague = False

    await drained(direct, spool)

    assert path == "spool"
    assert told(bus, "a") == [1, 1]


async def test_draining_stops_when_it_is_told_to_and_keeps_the_rest(spool: Spool) -> None:
    bus = Flaky()
    bus.is_away = True
    direct = a_direct(bus, spool)
    for number in range(250):
        await direct.tell(a_fact("a", number))
    bus.is_away = False
    stopping = asyncio.Event()

    async def send(records: list[Record]) -> None:
        await bus.publish(records)
        stopping.set()

    await spool.drain(send, stopping=stopping)  # type: ignore[arg-type]

    assert 0 < len(bus.records) < 250
    assert not spool.is_empty


async def test_large_records_are_drained_in_portions(spool: Spool) -> None:
    limit, bus = 100_000_000, Flaky()
    spool._limit_bytes = limit
    bus.is_away = True
    direct = a_direct(bus, spool)
    for number in range(10):
        await direct.tell(a_fact("a", number, padding=1_000_000))
    bus.is_away = False

    await drained(direct, spool)

    assert told(bus, "a") == list(range(10))
    assert max(bus.sizes) <= 4


async def test_a_fact_that_the_bus_will_never_take_is_not_spooled(spool: Spool) -> None:
    bus = Flaky()
    bus.is_away = True

    with pytest.raises(RecordTooLarge):
        await a_direct(bus, spool).tell(a_fact("a", padding=TOPIC.max_message_bytes - 1_000))

    assert spool.is_empty
