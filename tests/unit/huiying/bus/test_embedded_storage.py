"""The embedded log beyond the contract: killed, full, trimmed, shared, and closed."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from huiying.bus.embedded import EmbeddedTransport
from huiying.bus.embedded import writer as writers
from huiying.bus.embedded.storage import Batch, Storage
from huiying.bus.embedded.transport import DirectoryInUse
from huiying.bus.transport import LogReplaced, Partition, Position, Record
from huiying.errors import Unavailable
from huiying.events.registry import TOPICS
from tests.support.eventually import eventually
from tests.support.log_writer import AT_ONCE
from tests.support.sources import ROOT

BRANDS = Partition("brands", 0)
FAR_FUTURE_MS = 10**15


def a_record(value: bytes | int, *, topic: str = "brands") -> Record:
    return Record(topic, b"k", b"%d" % value if isinstance(value, int) else value, (), 0)


@pytest.fixture
async def transport(tmp_path: Path) -> AsyncIterator[EmbeddedTransport]:
    transport = EmbeddedTransport(tmp_path)
    await started(transport)
    yield transport
    await transport.stop()


async def started(transport: EmbeddedTransport) -> EmbeddedTransport:
    await transport.start()
    await transport.ensure(TOPICS)
    return transport


async def read_all(transport: EmbeddedTransport, *, topic: str = "brands") -> list[tuple[int, bytes]]:
    async def nowhere(_partitions: Sequence[Partition]) -> Mapping[Partition, Position]:
        return {}

    found: list[tuple[int, bytes]] = []
    async with transport.open(group="g", topics=[topic], resume=nowhere) as feed:
        while True:
            async with feed.batch(limit=500, linger_seconds=0, timeout_seconds=0.01) as batch:
                if not batch:
                    return found
                found += [(stored.offset, stored.record.value) for stored in batch]


async def test_a_killed_writer_loses_nothing_it_acknowledged_and_leaves_no_half_batch(tmp_path: Path) -> None:
    first = 0
    for kill in range(6):
        acknowledged = await asyncio.to_thread(_write_and_die, tmp_path, first, after_lines=5 + 7 * kill)
        transport = await started(EmbeddedTransport(tmp_path))
        try:
            found = await read_all(transport)
        finally:
            await transport.stop()

        assert [offset for offset, _ in found] == list(range(len(found)))
        assert [int(value) for _, value in found] == list(range(len(found)))
        assert len(found) % AT_ONCE == 0
        assert len(found) > acknowledged
        first = len(found)


async def test_a_second_owner_of_the_directory_is_refused(transport: EmbeddedTransport, tmp_path: Path) -> None:
    with pytest.raises(DirectoryInUse):
        await EmbeddedTransport(tmp_path).start()

    code = "import asyncio, pathlib, sys; from huiying.bus.embedded import EmbeddedTransport; "
    code += "asyncio.run(EmbeddedTransport(pathlib.Path(sys.argv[1])).start())"
    other = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code, str(tmp_path)], capture_output=True, check=False
    )
    assert b"DirectoryInUse" in other.stderr


async def test_a_directory_is_free_again_after_its_owner_stopped(tmp_path: Path) -> None:
    first = await started(EmbeddedTransport(tmp_path))
    await first.publish([a_record(1)])
    await first.stop()

    second = await started(EmbeddedTransport(tmp_path))
    await second.publish([a_record(2)])

    assert second.tail("brands").end == 2
    await second.stop()


async def test_retention_keeps_offsets_even_of_an_emptied_log(tmp_path: Path) -> None:
    transport = await started(EmbeddedTransport(tmp_path))
    await transport.publish([a_record(number) for number in range(5)])
    await transport.forget_before({"brands": FAR_FUTURE_MS})
    await transport.stop()
    transport = await started(EmbeddedTransport(tmp_path))
    await transport.publish([a_record(b"next")])

    found = await read_all(transport)

    assert found == [(5, b"next")]
    await transport.stop()


async def test_retention_takes_only_what_is_old(transport: EmbeddedTransport) -> None:
    await transport.publish([a_record(b"kept")])
    await transport.publish([a_record(b"kept", topic="members")])

    gone = await transport.forget_before({"brands": 1, "members": FAR_FUTURE_MS})

    assert gone == 1
    assert await read_all(transport) == [(0, b"kept")]


async def test_retention_makes_no_hole_when_the_clock_went_back(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "log.db", synchronous="full")
    log = storage.create("brands", "id")
    for first, at_ms in enumerate((1_000, 5, 1_000, 5)):
        storage.append([(log.number, Batch(first, (a_record(first),)))], at_ms=at_ms)

    gone = storage.forget(storage.logs()[0], before_ms=10, batch_count=100)

    assert gone == 0
    assert [batch.first for batch in storage.read(log.number, offset=0, limit=100)] == [0, 1, 2, 3]
    storage.close()


async def test_records_deleted_before_they_were_read_stop_the_reader(transport: EmbeddedTransport) -> None:
    async def nowhere(_partitions: Sequence[Partition]) -> Mapping[Partition, Position]:
        return {}

    async with transport.open(group="g", topics=["brands"], resume=nowhere) as feed:
        # More than is kept in memory, so that the reader has to go to the file.
        await transport.publish([a_record(number) for number in range(10_000)])
        await transport.trim("brands", before_offset=1_000)

        with pytest.raises(LogReplaced, match="deleted"):
            async with feed.batch(limit=10, linger_seconds=0, timeout_seconds=1):
                pytest.fail("records were skipped")


async def test_a_full_disk_is_unavailable_and_passes(transport: EmbeddedTransport) -> None:
    await transport.publish([a_record(b"before")])
    await transport._writer.call(_limit_pages)
    with pytest.raises(Unavailable, match="full"):
        await transport.publish([a_record(b"x" * 500_000)])
    with pytest.raises(Unavailable, match="full"):
        await transport.publish([a_record(b"x" * 500_000)])
    await transport._writer.call(_unlimit_pages)

    await transport.publish([a_record(b"after")])

    assert await read_all(transport) == [(0, b"before"), (1, b"after")]


async def test_a_retention_that_fails_leaves_the_log_as_usable_as_before(
    transport: EmbeddedTransport,
) -> None:
    await transport.publish([a_record(b"before")])
    never = "CREATE TRIGGER never BEFORE DELETE ON batches BEGIN SELECT RAISE(ABORT, 'no'); END"
    await transport._writer.call(lambda storage: _run(storage, never))
    with pytest.raises(Unavailable):
        await transport.forget_before({"brands": FAR_FUTURE_MS})
    with pytest.raises(Unavailable):
        await transport.trim("brands", before_offset=1)

    await transport.publish([a_record(b"after")])

    assert await read_all(transport) == [(0, b"before"), (1, b"after")]


async def test_a_bug_in_one_task_does_not_end_the_writer(transport: EmbeddedTransport) -> None:
    with pytest.raises(ZeroDivisionError):
        await transport._writer.call(lambda _storage: 1 / 0)

    await transport.publish([a_record(b"after")])

    assert await read_all(transport) == [(0, b"after")]


async def test_one_call_is_never_too_much(transport: EmbeddedTransport) -> None:
    count = writers.PENDING_RECORDS + 1

    await transport.publish([a_record(0)] * count, timeout_seconds=60)

    assert transport.tail("brands").end == count


async def test_too_much_waiting_is_turned_away_and_nothing_is_lost(transport: EmbeddedTransport) -> None:
    many = [a_record(number) for number in range(30_000)]
    held = await _held(transport)

    waiting = asyncio.create_task(transport.publish(many))
    await eventually(lambda: transport._writer.unwritten_records)
    with pytest.raises(Unavailable):
        await transport.publish(many)
    held()
    await waiting

    assert transport.tail("brands").end == 30_000


async def test_those_who_come_one_after_another_are_written_together(transport: EmbeddedTransport) -> None:
    publishing: list[asyncio.Task[None]] = []

    def next_turn() -> None:
        publishing.append(asyncio.create_task(transport.publish([a_record(len(publishing))])))
        if len(publishing) < 5:
            asyncio.get_running_loop().call_soon(next_turn)

    next_turn()
    await eventually(lambda: len(publishing) == 5 and all(task.done() for task in publishing))

    batches = await transport.read("brands", offset=0, limit=100)
    assert [[record.value for record in batch.records] for batch in batches] == [[b"0", b"1", b"2", b"3", b"4"]]


async def test_nobody_waits_for_a_crowd_that_never_ends(transport: EmbeddedTransport) -> None:
    first = asyncio.create_task(transport.publish([a_record(0)]))
    others: list[asyncio.Task[None]] = []

    def next_turn() -> None:
        others.append(asyncio.create_task(transport.publish([a_record(len(others) + 1)])))
        if not first.done():
            asyncio.get_running_loop().call_soon(next_turn)

    next_turn()
    await asyncio.wait_for(first, 5)
    await asyncio.gather(*others)

    assert [int(value) for _, value in await read_all(transport)] == list(range(len(others) + 1))


async def test_records_of_several_topics_are_all_written_or_none_is(transport: EmbeddedTransport) -> None:
    never = (
        "CREATE TRIGGER never BEFORE INSERT ON batches WHEN NEW.record_count = 2 BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    await transport._writer.call(lambda storage: _run(storage, never))

    with pytest.raises(Unavailable):
        await transport.publish([a_record(0, topic="members"), a_record(1), a_record(2)])

    assert await read_all(transport) == await read_all(transport, topic="members") == []


async def test_what_waits_is_written_before_the_log_is_closed(tmp_path: Path) -> None:
    transport = await started(EmbeddedTransport(tmp_path))
    publishing = [asyncio.create_task(transport.publish([a_record(number)])) for number in range(50)]
    await eventually(lambda: transport._writer.unwritten_records or transport.tail("brands").end)
    await transport.stop()
    await asyncio.gather(*publishing)

    transport = await started(EmbeddedTransport(tmp_path))

    assert len(await read_all(transport)) == 50
    await transport.stop()


async def test_a_closed_log_takes_nothing_and_says_so(tmp_path: Path) -> None:
    transport = await started(EmbeddedTransport(tmp_path))
    await transport.stop()

    with pytest.raises(Unavailable):
        await transport.publish([a_record(1)])
    with pytest.raises(Unavailable):
        await transport.trim("brands", before_offset=0)


async def test_rows_are_small_enough_to_be_read_in_portions(transport: EmbeddedTransport, tmp_path: Path) -> None:
    await transport.publish([a_record(number) for number in range(2_600)])

    with closing(sqlite3.connect(tmp_path / "log.db")) as file:
        counts = [count for (count,) in file.execute("SELECT record_count FROM batches")]

    assert max(counts) == 500
    assert [int(value) for _, value in await read_all(transport)] == list(range(2_600))


@pytest.mark.parametrize("limit", [1, 3, 500])
async def test_a_reader_far_behind_and_one_near_the_end_see_the_same(tmp_path: Path, limit: int) -> None:
    transport = await started(EmbeddedTransport(tmp_path))
    for first in range(0, 60, 6):
        await transport.publish([a_record(number) for number in range(first, first + 6)])
    near = await read_all(transport)
    await transport.stop()
    transport = await started(EmbeddedTransport(tmp_path))

    far = await read_all(transport)

    assert near == far == [(number, b"%d" % number) for number in range(60)]
    await transport.stop()


def _write_and_die(directory: Path, first: int, *, after_lines: int) -> int:
    """Let a process write, kill it in the midst, and give the last number it said was safe."""
    command = [sys.executable, "-m", "tests.support.log_writer", str(directory), str(first)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(after_lines):
            process.stdout.readline()
        process.kill()
        rest = process.stdout.read()
    return int(rest.split(b"\n")[-2]) if rest.count(b"\n") else first + after_lines * AT_ONCE - 1


async def _held(transport: EmbeddedTransport) -> Callable[[], None]:
    """Let the writer wait; the result lets it go on."""
    loop, reached, gate = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def wait(_storage: Storage) -> None:
        loop.call_soon_threadsafe(reached.set)
        gate.wait(10)

    transport._writer.call(wait)
    await reached.wait()
    return gate.set


def _run(storage: Storage, statement: str) -> None:
    storage._connection.execute(statement)


def _limit_pages(storage: Storage) -> None:
    pages = storage._connection.execute("PRAGMA page_count").fetchone()[0]
    _run(storage, f"PRAGMA max_page_count={pages}")


def _unlimit_pages(storage: Storage) -> None:
    _run(storage, "PRAGMA max_page_count=1000000")
