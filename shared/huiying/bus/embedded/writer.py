"""The one thread that writes the log. Callers' records are gathered and committed together: one flush serves all."""

import asyncio
import queue
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import structlog

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

_EXPIRY_SECONDS = 0.25

_STOP_SECONDS = 10

Pending = list[tuple[Sequence[Record], asyncio.Future[None]]]
Batches = list[tuple[str, Batch]]
Written = Callable[[Batches], None]
R = TypeVar("R")


class Writer:
    """Appends in order. Give records from one event loop; `written` is called there with the batches on the disk.

    The loop gathers and the thread writes: it is woken once for each commit and not once for each caller, because every
    hand-over between the two costs more than the write of a record.
    """

    def __init__(self, storage: Storage, *, logs: Mapping[str, Log], written: Written) -> None:
        self._storage = storage
        self._numbers = {topic: found.number for topic, found in logs.items()}
        self._next = {topic: found.next_offset for topic, found in logs.items()}
        self._written = written
        self._loop = asyncio.get_running_loop()
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._pending: Pending = []
        self.unwritten_records = self._unwritten_bytes = 0
        self._gathering: asyncio.Handle | None = None
        self._is_writing = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._waiting: deque[tuple[float, asyncio.Future[None]]] = deque()
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
        size_bytes = sum(len(record.value) for record in records)
        self._refuse_if_full(len(records), size_bytes)
        done: asyncio.Future[None] = self._loop.create_future()
        self._pending.append((records, done))
        self.unwritten_records += len(records)
        self._unwritten_bytes += size_bytes
        self._idle.clear()
        if self._gathering is None and not self._is_writing:
            # Not at once: whoever else has something to say in this turn of the loop comes along.
            self._gathering = self._loop.call_soon(self._submit)
        self._expect(done, self._loop.time() + timeout_seconds)
        return done

    def call(self, work: Callable[[Storage], R]) -> asyncio.Future[R]:
        """Run something else on the writer's connection, between two batches."""
        self._refuse_if_stopping()
        done: asyncio.Future[R] = self._loop.create_future()
        self._work.put(lambda: self._settle([done], *self._attempt(lambda: work(self._storage))))
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

    def _submit(self) -> None:
        self._gathering = None
        if self._is_writing or not self._pending:
            return
        pending, self._pending = self._pending, []
        self._is_writing = True
        self._work.put(partial(self._write_all, pending))

    def _write_all(self, pending: Pending) -> None:
        batches, failure = self._attempt(partial(self._write, pending))
        self._loop.call_soon_threadsafe(self._done, pending, batches, failure)

    def _done(self, pending: Pending, batches: Batches | None, failure: Exception | None) -> None:
        self._is_writing = False
        for records, _ in pending:
            self.unwritten_records -= len(records)
            self._unwritten_bytes -= sum(len(record.value) for record in records)
        if batches is not None:
            self._written(batches)
        _settle([done for _, done in pending], None, failure)
        self._submit()
        if not self._is_writing:
            self._idle.set()

    def _expect(self, done: asyncio.Future[None], deadline: float) -> None:
        # One timer looks after all who wait: a timer for each would cost a tenth of a small write.
        self._waiting.append((deadline, done))
        if self._timer is None:
            self._timer = self._loop.call_later(_EXPIRY_SECONDS, self._expire)

    def _expire(self) -> None:
        self._timer = None
        now, still = self._loop.time(), deque[tuple[float, asyncio.Future[None]]]()
        for deadline, done in self._waiting:
            if done.done():
                continue
            if deadline <= now:
                done.set_exception(Unavailable("the disk takes too long"))
            else:
                still.append((deadline, done))
        self._waiting = still
        if still:
            self._timer = self._loop.call_later(_EXPIRY_SECONDS, self._expire)

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

    def _settle(self, waiting: list[asyncio.Future[R]], result: R | None, failure: Exception | None) -> None:
        self._loop.call_soon_threadsafe(_settle, waiting, result, failure)

    def _write(self, pending: Pending) -> Batches:
        by_topic: dict[str, list[Record]] = {}
        for records, _ in pending:
            for record in records:
                by_topic.setdefault(record.topic, []).append(record)
        batches = [(topic, batch) for topic, records in by_topic.items() for batch in self._cut(topic, records)]
        self._storage.append(
            [(self._numbers[topic], batch) for topic, batch in batches], at_ms=time.time_ns() // 1_000_000
        )
        for topic, batch in batches:
            self._next[topic] = batch.end
        return batches

    def _cut(self, topic: str, records: Sequence[Record]) -> Iterator[Batch]:
        for start in range(0, len(records), _BATCH_RECORDS):
            yield Batch(self._next[topic] + start, tuple(records[start : start + _BATCH_RECORDS]))


def _settle(waiting: Sequence[asyncio.Future[Any]], result: object, failure: Exception | None) -> None:
    for done in waiting:
        # Whoever gave up waiting has cancelled its future.
        if done.done():
            continue
        if failure:
            done.set_exception(failure)
        else:
            done.set_result(result)
