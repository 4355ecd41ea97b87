"""The consumer loop: a batch is one transaction, applied once, in order."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import cast

import msgspec
import pytest

from huiying.bus.embedded import EmbeddedTransport
from huiying.bus.embedded.feed import EmbeddedFeed
from huiying.bus.transport import Partition, Position, Resume, Transport
from huiying.errors import Unavailable
from tests.support.eventually import eventually
from tests.support.ledger.book import a_brand, a_member, written
from tests.support.ledger.desk import OPTIONS, Desk, recorded, relayed
from tests.support.ledger.shift import at_work, until_read, until_written


class Forgetful:
    """A transport whose group always begins at the beginning, and whose commits may crash."""

    def __init__(self, transport: EmbeddedTransport, *, crash: bool = False) -> None:
        self._transport = transport
        self._crash = crash

    @asynccontextmanager
    async def open(self, *, group: str, topics: Sequence[str], resume: Resume) -> AsyncIterator[EmbeddedFeed]:
        async def from_the_beginning(partitions: Sequence[Partition]) -> Mapping[Partition, Position]:
            await resume(partitions)
            return {}

        async with self._transport.open(group=group, topics=topics, resume=from_the_beginning) as feed:
            if self._crash:
                feed.commit = self._fail  # type: ignore[method-assign, assignment]
            yield feed

    async def _fail(self, _positions: Mapping[Partition, int]) -> None:
        raise ConnectionResetError("the process died here")


def forgetful(transport: EmbeddedTransport, *, crash: bool = False) -> Transport:
    return cast("Transport", Forgetful(transport, crash=crash))  # it has what a consumer uses


async def test_effects_facts_and_position_are_stored_together(desk: Desk, transport: EmbeddedTransport) -> None:
    await transport.publish([recorded(a_brand(name)) for name in "abc"])

    names = await until_written(desk, 3, transport=transport)

    assert names == ["a", "b", "c"]
    assert await desk.told() == ["a", "b", "c"]
    assert await desk.position() == Position(transport.log_id("brands"), 3)


async def test_nothing_of_a_batch_stays_when_it_is_undone(desk: Desk, transport: EmbeddedTransport) -> None:
    desk.rules.faults["b"] = Unavailable("away")
    await transport.publish([recorded(a_brand(name)) for name in "abc"])

    async with at_work(desk.consumer(transport)):
        await eventually(lambda: len(desk.rules.offered) >= 2)

        assert await written(desk.database) == []
        assert await desk.told() == []


async def test_unavailable_offers_the_same_batch_again_in_order(desk: Desk, transport: EmbeddedTransport) -> None:
    desk.rules.faults["b"] = Unavailable("away")
    await transport.publish([recorded(a_brand(name)) for name in "abc"])

    async with at_work(desk.consumer(transport)):
        await eventually(lambda: len(desk.rules.offered) >= 2)
        await transport.publish([recorded(a_brand("d"))])
        desk.rules.faults.clear()
        await eventually(lambda: _has(desk, 4))

    assert await written(desk.database) == ["a", "b", "c", "d"]
    assert await desk.dead() == []
    assert desk.rules.offered[:2] == [["a", "b", "c"]] * 2


async def test_a_crash_between_the_commit_and_the_bus_repeats_nothing(desk: Desk, transport: EmbeddedTransport) -> None:
    await transport.publish([recorded(a_brand(name)) for name in "abc"])
    with pytest.raises(ConnectionResetError):
        await desk.consumer(forgetful(transport, crash=True)).run()
    await transport.publish([recorded(a_brand("d"))])

    names = await until_written(desk, 4, transport=forgetful(transport))

    assert names == ["a", "b", "c", "d"]
    assert await desk.told() == ["a", "b", "c", "d"]


async def test_what_a_relay_repeats_is_dropped(desk: Desk, transport: EmbeddedTransport) -> None:
    brands = [a_brand(name) for name in "abcd"]
    await transport.publish(relayed(brands[:3]))
    await transport.publish(relayed(brands[:3]))
    await transport.publish(relayed(brands))

    names = await until_read(desk, 10, transport=transport)

    assert names == ["a", "b", "c", "d"]


async def test_a_repetition_is_dropped_in_a_later_batch_too(desk: Desk, transport: EmbeddedTransport) -> None:
    brands = [a_brand(name) for name in "abc"]
    await transport.publish(relayed(brands))
    await until_written(desk, 3, transport=transport)
    await transport.publish([*relayed(brands), *relayed([a_brand("d")], first=4)])

    names = await until_read(desk, 7, transport=transport)

    assert names == ["a", "b", "c", "d"]


async def test_a_repetition_after_a_partial_send_fills_the_rest_in(desk: Desk, transport: EmbeddedTransport) -> None:
    brands = [a_brand(name) for name in "abcdef"]
    await transport.publish(relayed(brands)[:2])
    await transport.publish(relayed(brands))

    names = await until_read(desk, 8, transport=transport)

    assert names == ["a", "b", "c", "d", "e", "f"]


async def test_producers_are_told_apart(desk: Desk, transport: EmbeddedTransport) -> None:
    one = relayed([a_brand(name) for name in ("a1", "a2", "a3")], producer="//one")
    two = relayed([a_brand(name) for name in ("b1", "b2")], producer="//two")
    edge = recorded(a_brand("edge"))
    await transport.publish([one[0], two[0], edge, one[0], one[1], two[0], two[1], one[1], edge, one[2]])

    names = await until_read(desk, 10, transport=transport)

    assert names == ["a1", "b1", "edge", "a2", "b2", "edge", "a3"]


async def test_several_topics_keep_positions_of_their_own(desk: Desk, transport: EmbeddedTransport) -> None:
    await transport.publish([recorded(a_brand("a")), recorded(a_member("m")), recorded(a_brand("b"))])

    names = await until_written(desk, 3, transport=transport)

    assert sorted(names) == ["a", "b", "m"]
    assert (await desk.position("brands")).next_offset == 2
    assert (await desk.position("members")).next_offset == 1


async def test_a_busy_topic_does_not_starve_another(desk: Desk, transport: EmbeddedTransport) -> None:
    await transport.publish([recorded(a_brand(f"{number:04}")) for number in range(300)])
    await transport.publish([recorded(a_member("m"))])

    names = await until_written(
        desk, 301, transport=transport, options=msgspec.structs.replace(OPTIONS, batch_count=10)
    )

    assert [name for name in names if name != "m"] == [f"{number:04}" for number in range(300)]


async def test_stopping_finishes_the_batch_that_is_under_way(desk: Desk, transport: EmbeddedTransport) -> None:
    desk.rules.hold = asyncio.Event()
    await transport.publish([recorded(a_brand("a"))])
    consumer = desk.consumer(transport)
    running = asyncio.create_task(consumer.run())
    await eventually(lambda: desk.rules.offered)

    consumer.stop()
    desk.rules.hold.set()
    await asyncio.wait_for(running, 5)

    assert await written(desk.database) == ["a"]
    assert (await desk.position()).next_offset == 1


async def test_stopping_does_not_wait_for_the_end_of_a_back_off(desk: Desk, transport: EmbeddedTransport) -> None:
    desk.rules.faults["a"] = Unavailable("away")
    await transport.publish([recorded(a_brand("a"))])

    async with at_work(desk.consumer(transport)) as running:
        await eventually(lambda: len(desk.rules.offered) >= 3)

    assert running.done()


async def test_a_record_with_a_nonsensical_sequence_is_taken_in_like_any_other(
    desk: Desk, transport: EmbeddedTransport
) -> None:
    record = recorded(a_brand("a"))
    headers = (*record.headers, ("ce_sequence", b"many"), ("ce_source", b"\xff"))
    await transport.publish([type(record)(record.topic, record.key, record.value, headers, record.timestamp_ms)])

    names = await until_written(desk, 1, transport=transport)

    assert names == ["a"]


async def _has(desk: Desk, count: int) -> bool:
    return len(await written(desk.database)) == count
