"""The consumer loop: what cannot be taken in is set aside alone, and a broken consumer stops."""

import shutil
from pathlib import Path

import msgspec
import pytest
from sqlalchemy.exc import OperationalError

from huiying.bus.embedded import EmbeddedTransport
from huiying.bus.transport import Record
from huiying.errors import Invalid, NotFound, Unavailable
from huiying.events.registry import TOPICS
from huiying.service.consumer import ConsumerOptions
from tests.support.eventually import eventually
from tests.support.ledger.book import a_brand, a_member, written
from tests.support.ledger.desk import OPTIONS, Desk, recorded
from tests.support.ledger.shift import at_work, until_read

TEN = [f"n{number}" for number in range(10)]


def changed(record: Record, **fields: object) -> Record:
    return msgspec.structs.replace(record, **fields)


def unknown(record: Record) -> Record:
    headers = tuple((name, b"brand.painted" if name == "ce_type" else value) for name, value in record.headers)
    return changed(record, headers=headers)


@pytest.mark.parametrize("poison", [[0], [5], [9], [0, 9], [4, 5], [1, 3, 5, 7], list(range(10))])
@pytest.mark.parametrize("fault", [Invalid("no"), ZeroDivisionError("oh")], ids=["rejected", "bug"])
async def test_poison_is_set_aside_and_the_rest_goes_on(
    desk: Desk, transport: EmbeddedTransport, poison: list[int], fault: Exception
) -> None:
    desk.rules.faults = {TEN[index]: fault for index in poison}
    await transport.publish([recorded(a_brand(name)) for name in TEN])

    names = await until_read(desk, 10, transport=transport)

    good = [name for index, name in enumerate(TEN) if index not in poison]
    code = "invalid" if isinstance(fault, Invalid) else "bug"
    assert names == good
    assert await desk.told() == good
    assert await desk.dead() == [(index, code) for index in poison]


@pytest.mark.parametrize("poison", [[0], [5], [9], list(range(10))])
async def test_what_cannot_be_decoded_is_set_aside_and_the_rest_goes_on(
    desk: Desk, transport: EmbeddedTransport, poison: list[int]
) -> None:
    records = [recorded(a_brand(name)) for name in TEN]
    for index in poison:
        records[index] = changed(records[index], value=b'{"slug": \xff')
    await transport.publish(records)

    names = await until_read(desk, 10, transport=transport)

    assert names == [name for index, name in enumerate(TEN) if index not in poison]
    assert await desk.dead() == [(index, "undecodable") for index in poison]


@pytest.mark.parametrize("poison", [[0], [5], [9], list(range(10))])
async def test_a_fact_of_an_unknown_type_is_set_aside(
    desk: Desk, transport: EmbeddedTransport, poison: list[int]
) -> None:
    records = [recorded(a_brand(name)) for name in TEN]
    for index in poison:
        records[index] = unknown(records[index])
    await transport.publish([*records[:9], changed(records[9], headers=())])

    names = await until_read(desk, 10, transport=transport)

    assert names == [name for index, name in enumerate(TEN[:9]) if index not in poison]
    assert await desk.dead() == [(index, "undecodable") for index in sorted({*poison, 9})]


async def test_a_dead_letter_says_what_it_was_and_why(desk: Desk, transport: EmbeddedTransport) -> None:
    desk.rules.faults = {"a": NotFound("no brand a"), "b": ZeroDivisionError("by zero")}
    await transport.publish([recorded(a_brand("a")), recorded(a_brand("b"))])

    await until_read(desk, 2, transport=transport)

    letters = await desk.letters()
    assert [(letter.code, letter.reason, letter.is_bug) for letter in letters] == [
        ("not_found", "no brand a", False),
        ("bug", "by zero", True),
    ]
    assert {letter.event_type for letter in letters} == {"brand.created"}


async def test_unavailable_in_the_midst_of_poison_makes_no_dead_letter(
    desk: Desk, transport: EmbeddedTransport
) -> None:
    desk.rules.faults = {"n2": Invalid("no"), "n7": Unavailable("away")}
    await transport.publish([recorded(a_brand(name)) for name in TEN])

    async with at_work(desk.consumer(transport)):
        await eventually(lambda: desk.rules.offered.count(TEN) >= 2)
        assert await desk.dead() == []
        del desk.rules.faults["n7"]
        await eventually(lambda: _dead(desk, 1))

    assert await written(desk.database) == [name for name in TEN if name != "n2"]


async def test_a_lost_database_in_a_handler_makes_no_dead_letter(desk: Desk, transport: EmbeddedTransport) -> None:
    lost = OperationalError("INSERT", {}, Exception("the connection is closed"))
    desk.rules.faults = {"n3": lost}
    await transport.publish([recorded(a_brand(name)) for name in TEN])

    async with at_work(desk.consumer(transport)):
        await eventually(lambda: desk.rules.offered.count(TEN) >= 2)
        desk.rules.faults.clear()
        await eventually(lambda: _written(desk, 10))

    assert await desk.dead() == []
    assert desk.rules.offered == [TEN] * len(desk.rules.offered)


async def test_too_many_bugs_in_a_row_stop_the_consumer_and_it_says_so(
    desk: Desk, transport: EmbeddedTransport
) -> None:
    desk.rules.faults = {name: ZeroDivisionError("oh") for name in TEN[2:]}
    await transport.publish([recorded(a_brand(name)) for name in TEN])
    consumer = desk.consumer(transport, options=_bearing(5))

    await consumer.run()

    assert consumer.failure is not None
    assert "too_many_bugs" in consumer.failure
    assert await written(desk.database) == []
    assert await desk.dead() == []


async def test_bugs_are_counted_from_batch_to_batch(desk: Desk, transport: EmbeddedTransport) -> None:
    desk.rules.faults = {name: ZeroDivisionError("oh") for name in TEN}
    await transport.publish([recorded(a_brand(name)) for name in TEN])
    consumer = desk.consumer(transport, options=msgspec.structs.replace(_bearing(5), batch_count=1))

    await consumer.run()

    assert consumer.failure is not None
    assert len(await desk.dead()) == 4


async def test_what_was_taken_in_ends_a_row_of_bugs(desk: Desk, transport: EmbeddedTransport) -> None:
    desk.rules.faults = {name: ZeroDivisionError("oh") for name in TEN if name != "n4"}
    await transport.publish([recorded(a_brand(name)) for name in TEN])
    consumer = desk.consumer(transport, options=_bearing(6))

    async with at_work(consumer):
        await eventually(lambda: _dead(desk, 9))

    assert consumer.failure is None


async def test_what_nobody_handles_does_not_end_a_row_of_bugs(desk: Desk, transport: EmbeddedTransport) -> None:
    desk.handlers = {event: handler for event, handler in desk.handlers.items() if event is type(a_brand(""))}
    desk.rules.faults = {name: ZeroDivisionError("oh") for name in TEN}
    passing = changed(recorded(a_member("m")), topic="brands")
    await transport.publish([record for name in TEN for record in (recorded(a_brand(name)), passing)])
    consumer = desk.consumer(transport, options=_bearing(5))

    await consumer.run()

    assert consumer.failure is not None


async def test_what_was_refused_never_stops_the_consumer(desk: Desk, transport: EmbeddedTransport) -> None:
    desk.rules.faults = {name: Invalid("no") for name in TEN}
    await transport.publish([recorded(a_brand(name)) for name in TEN])
    consumer = desk.consumer(transport, options=_bearing(2))

    async with at_work(consumer):
        await eventually(lambda: _dead(desk, 10))

    assert consumer.failure is None


async def test_a_log_made_anew_stops_the_consumer_and_skips_nothing(
    desk: Desk, transport: EmbeddedTransport, tmp_path: Path
) -> None:
    await transport.publish([recorded(a_brand(name)) for name in TEN])
    await until_read(desk, 10, transport=transport)
    await transport.stop()
    shutil.rmtree(tmp_path / "log")
    await transport.start()
    await transport.ensure(TOPICS)
    await transport.publish([recorded(a_brand("new"))])
    consumer = desk.consumer(transport)

    await consumer.run()

    assert "log_replaced" in (consumer.failure or "")
    assert "another log" in (consumer.failure or "")
    assert await written(desk.database) == TEN


async def test_a_log_trimmed_past_the_position_stops_the_consumer(desk: Desk, transport: EmbeddedTransport) -> None:
    await transport.publish([recorded(a_brand("a"))])
    await until_read(desk, 1, transport=transport)
    for name in ("b", "c", "d"):
        await transport.publish([recorded(a_brand(name))])
    await transport.trim("brands", before_offset=3)
    consumer = desk.consumer(transport)

    await consumer.run()

    assert "log_replaced" in (consumer.failure or "")
    assert await written(desk.database) == ["a"]


async def _dead(desk: Desk, count: int) -> bool:
    return len(await desk.dead()) == count


async def _written(desk: Desk, count: int) -> bool:
    return len(await written(desk.database)) == count


def _bearing(bugs: int) -> ConsumerOptions:
    return msgspec.structs.replace(OPTIONS, consecutive_bug_count=bugs)
