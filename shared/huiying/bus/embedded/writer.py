"""The one thread that writes the log. Callers' records are gathered and committed together: one flush serves all."""

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import structlog

from huiying.bus.embedded.gathering import Gathering
from huiying.bus.embedded.storage import Batch, Log, Storage
from huiying.bus.transport import Record
from huiying.errors import Unavailable

log = structlog.get_logger(__name__)

PENDING_RECORDS = 50_000
"""More than this waiting to be written, and further callers are turned away."""

PENDING_BYTES = 256 * 1024 * 1024
"""Likewise."""

# Whoever reads from the file unpacks whole batches, so one is no larger than what is read at once.
_BATCH_RECORDS = 500

_GATHER_SECONDS = 0.01
_EXPIRY_SECONDS = 0.25
_STOP_SECONDS = 10

Batches = list[tuple[str, Batch]]
Written = Callable[[Batches], None]
R = TypeVar("R")


class Writer:
    """Appends in order. Give records from one event loop; `written` is called there with the batches on the disk.

    The loop gathers and the thread writes. Every commit, and every time the two change over, costs more than the write
    of a record: so whoever comes while others come is waited for, ten milliseconds at most.
    """

    def __init__(self, storage: Storage, *, logs: Mapping[str, Log], written: Written) -> None:
        self._storage = storage
        self._numbers = {topic: found.number for topic, found in logs.items()}
        self._next = {topic: found.next_offset for topic, found in logs.items()}
        self._written = written
        self._loop = asyncio.get_running_loop()
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._gathering: Gathering | None = None
        self._writing: Gathering | None = None
        self.unwritten_records = self._unwritten_bytes = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._timer: asyncio.TimerHandle | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def add_log(self, found: Log) -> None:
        """Accept records for another topic."""
        self._numbers[found.topic] = found.number
        self._next[found.topic] = found.next_offset

    def append(self, records: Sequence[Record], *, timeout_seconds: float) -> asyncio.Future[None]:
        """Write the records soon. The future ends when they are on the disk.

        Raises Unavailable if too much is waiting already; the future fails with it if the disk refuses, or is too slow:
        then the records may still be written.
        """
        self._refuse_if_stopping()
        size_bytes = 0
        for record in records:
            size_bytes += len(record.value)
        self._refuse_if_full(len(records), size_bytes)
        self.unwritten_records += len(records)
        self._unwritten_bytes += size_bytes
        done: asyncio.Future[None] = self._loop.create_future()
        gathering = self._gathering or self._begin()
        gathering.add(records, size_bytes=size_bytes, done=done, deadline_seconds=self._loop.time() + timeout_seconds)
        return done

    def call(self, work: Callable[[Storage], R]) -> asyncio.Future[R]:
        """Run something else on the writer's connection, between two batches."""
        self._refuse_if_stopping()
        done: asyncio.Future[R] = self._loop.create_future()
        self._work.put(partial(self._do, work, done))
        return done

    async def stop(self) -> None:
        """Write what waits, then end the thread."""
        self._stopping = True
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self._idle.wait()
        except TimeoutError:
            log.warning("log_writer_is_stuck", waiting=self.unwritten_records)
        self._work.put(None)
        await asyncio.to_thread(self._thread.join, _STOP_SECONDS)
        if self._timer is not None:
            self._timer.cancel()

    def _begin(self) -> Gathering:
        self._idle.clear()
        self._gathering = gathering = Gathering()
        if self._writing is None:
            self._wait_for_others()
        if self._timer is None:
            # One timer looks after all who wait: a timer for each would cost a tenth of a small write.
            self._timer = self._loop.call_later(_EXPIRY_SECONDS, self._expire)
        return gathering

    def _wait_for_others(self) -> None:
        self._loop.call_soon(self._look, 0, self._loop.time() + _GATHER_SECONDS)

    def _look(self, seen: int, until: float) -> None:
        """Write, unless more has come in this turn of the loop: then there may be yet more in the next."""
        gathering = self._gathering
        if gathering is None:
            return
        count = len(gathering.records)
        if count > seen and self._loop.time() < until:
            self._loop.call_soon(self._look, count, until)
            return
        self._gathering, self._writing = None, gathering
        self._work.put(partial(self._write_all, gathering))

    def _done(self, gathering: Gathering, batches: Batches | None, failure: Exception | None) -> None:
        self._writing = None
        self.unwritten_records -= len(gathering.records)
        self._unwritten_bytes -= gathering.size_bytes
        if batches is not None:
            self._written(batches)
        gathering.end(failure)
        if self._gathering is not None:
            self._wait_for_others()
        else:
            self._idle.set()

    def _expire(self) -> None:
        self._timer = None
        for gathering in (self._writing, self._gathering):
            if gathering is not None:
                gathering.expire(self._loop.time())
                self._timer = self._timer or self._loop.call_later(_EXPIRY_SECONDS, self._expire)

    def _refuse_if_full(self, count: int, size_bytes: int) -> None:
        # One call alone is always taken, however much it brings: turned away once, it would be so for ever.
        if not self.unwritten_records:
            return
        if self.unwritten_records + count > PENDING_RECORDS or self._unwritten_bytes + size_bytes > PENDING_BYTES:
            raise Unavailable(f"{self.unwritten_records} records wait to be written")

    def _refuse_if_stopping(self) -> None:
        if self._stopping:
            raise Unavailable("the log is being closed")

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            work()

    def _attempt(self, work: Callable[[], R]) -> tuple[R | None, Exception | None]:
        try:
            return work(), None
        except sqlite3.Error as error:
            log.exception("log_write_failed")
            return None, Unavailable(f"the log could not be written: {error}")
        except Exception as error:  # noqa: BLE001 - it is for who asked; the one thread must live on for the others
            return None, error

    def _do(self, work: Callable[[Storage], R], done: asyncio.Future[R]) -> None:
        result, failure = self._attempt(partial(work, self._storage))
        self._loop.call_soon_threadsafe(_settle, done, result, failure)

    def _write_all(self, gathering: Gathering) -> None:
        batches, failure = self._attempt(partial(self._write, gathering.records))
        self._loop.call_soon_threadsafe(self._done, gathering, batches, failure)

    def _write(self, records: Sequence[Record]) -> Batches:
        by_topic: dict[str, list[Record]] = {}
        for record in records:
            by_topic.setdefault(record.topic, []).append(record)
        batches = [(topic, batch) for topic, of_topic in by_topic.items() for batch in self._cut(topic, of_topic)]
        self._storage.append(
            [(self._numbers[topic], batch) for topic, batch in batches], at_ms=time.time_ns() // 1_000_000
        )
        for topic, batch in batches:
            self._next[topic] = batch.end
        return batches

    def _cut(self, topic: str, records: Sequence[Record]) -> Iterator[Batch]:
        for start in range(0, len(records), _BATCH_RECORDS):
            yield Batch(self._next[topic] + start, tuple(records[start : start + _BATCH_RECORDS]))


def _settle(done: asyncio.Future[Any], result: object, failure: Exception | None) -> None:
    # Whoever gave up waiting has cancelled its future.
    if done.done():
        return
    if failure:
        done.set_exception(failure)
    else:
        done.set_result(result)
