"""The one consumer loop, over either transport.

A batch is one transaction: its effects, the facts it tells, and the position after it. What a handler's end means:

    returns               the batch goes on
    raises Unavailable    the batch is undone and offered again, later and later; order holds
    raises Rejected       this record alone becomes a dead letter, the rest of the batch goes on
    raises anything else  a bug: likewise a dead letter; too many in a row stop the consumer and fail its health
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any, Generic, TypeVar

import msgspec
import structlog

from huiying.bus.transport import Feed, LogReplaced, Partition, Position, Stored, Transport
from huiying.clock import SystemClock, monotonic_seconds, to_milliseconds
from huiying.errors import Failure, Rejected, Unavailable
from huiying.events.envelope import TYPE_HEADER, Event, Told, Undecodable, decode
from huiying.events.registry import EVENT_BY_TYPE, TOPIC_OF
from huiying.observability import metrics
from huiying.outbox.unit import OpenUnit, Unit
from huiying.service import dead_letters, positions

log = structlog.get_logger(__name__)

U = TypeVar("U", bound=Unit[Any])

Handler = Callable[[U, Sequence[Told[Any]]], Awaitable[None]]
Handlers = Mapping[type[Event], Handler[U]]
"""What a service does with which fact. A handler gets facts of one class, in order, and may get any number of them."""

_LONGEST_BACKOFF_SECONDS = 30.0


class TooManyBugs(Failure):
    """One record after another fails with a bug: the code is broken, not the records."""

    code = "too_many_bugs"


class TooManyDeadLetters(Failure):
    """One record after another is refused: something upstream has changed, and a topic would end as dead letters."""

    code = "too_many_dead_letters"


class _Row(msgspec.Struct, frozen=True):
    """How many records in a row became dead letters up to now, and how many of those by bugs."""

    dead: int = 0
    bugs: int = 0


class ConsumerOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a consumer takes its batches, and how many dead letters in a row it bears."""

    batch_count: int = 500
    batch_linger: timedelta = timedelta(milliseconds=20)
    # How long one look for records may last, and with it how long stopping takes at least.
    batch_timeout: timedelta = timedelta(milliseconds=500)
    consecutive_bug_count: int = 20
    consecutive_dead_letter_count: int = 1_000


class Consumer(Generic[U]):
    """Takes a service's topics in, one batch after another."""

    def __init__(
        self,
        *,
        name: str,
        transport: Transport,
        open_unit: OpenUnit[U],
        handlers: Handlers[U],
        options: ConsumerOptions,
    ) -> None:
        self.name = name
        self.failure: str | None = None
        self._transport = transport
        self._open_unit = open_unit
        self._handlers = handlers
        self._options = options
        self._topics = sorted({TOPIC_OF[event].name for event in handlers})
        self._stopping = asyncio.Event()
        self._row = _Row()
        self._feed: Feed | None = None
        self._waiting_since_ms: dict[str, int] = {}

    def stop(self) -> None:
        """End `run` after the batch that is under way."""
        self._stopping.set()

    async def run(self) -> None:
        """Consume until stopped. A fault that waiting cannot heal ends it and is told in `failure`."""
        attempt = 0
        while not self._stopping.is_set():
            try:
                async with self._transport.open(group=self.name, topics=self._topics, resume=self._resume) as feed:
                    self._feed = feed
                    attempt = 0
                    await self._take_all(feed)
            except Unavailable as error:
                attempt += 1
                log.warning("consumer_waits", service=self.name, reason=str(error), attempt=attempt)
                metrics.CONSUMER_RESTARTS.labels(service=self.name).inc()
                await self._back_off(attempt)
            except (LogReplaced, TooManyBugs, TooManyDeadLetters) as error:
                self.failure = f"{error.code}: {error}"
                log.exception("consumer_stopped", service=self.name)
                return
            finally:
                self._feed = None

    async def measure_lag(self) -> None:
        """Bring the lag metric up to date."""
        if self._feed is None:
            return
        behind: dict[str, int] = {}
        for lag in await self._feed.lags():
            behind[lag.partition.topic] = behind.get(lag.partition.topic, 0) + lag.end_offset - lag.next_offset
        now_ms = to_milliseconds(SystemClock().now())
        for topic, count in behind.items():
            age_ms = now_ms - self._waiting_since_ms.get(topic, now_ms)
            metrics.LAG_RECORDS.labels(service=self.name, topic=topic).set(count)
            metrics.LAG_AGE_SECONDS.labels(service=self.name, topic=topic).set(max(0, age_ms) / 1000)

    async def handle_again(self, unit: U, stored: Stored) -> None:
        """Hand one record to its handler in `unit`, whatever the positions say: a dead letter's replay.

        Raises Undecodable if it still is, and whatever its handler raises.
        """
        told = self._decoded(stored, EVENT_BY_TYPE.get(_type_of(stored)))
        await self._handlers[type(told.event)](unit, [told])

    async def _resume(self, partitions: Sequence[Partition]) -> Mapping[Partition, Position]:
        async with self._open_unit() as unit:
            return await positions.load(unit.session, partitions)

    async def _take_all(self, feed: Feed) -> None:
        attempt = 0
        while not self._stopping.is_set():
            try:
                await self._take_batch(feed)
                attempt = 0
            except Unavailable as error:
                attempt += 1
                log.warning("batch_waits", service=self.name, reason=str(error), attempt=attempt)
                await self._back_off(attempt)

    async def _take_batch(self, feed: Feed) -> None:
        async with feed.batch(
            limit=self._options.batch_count,
            linger_seconds=self._options.batch_linger.total_seconds(),
            timeout_seconds=self._options.batch_timeout.total_seconds(),
        ) as batch:
            if not batch:
                return
            began = monotonic_seconds()
            self._waiting_since_ms = _oldest_by_topic(batch)
            reached = await self._apply(feed, batch)
            self._waiting_since_ms = {}
            metrics.BATCH_SECONDS.labels(service=self.name).observe(monotonic_seconds() - began)
            metrics.BATCH_RECORDS.labels(service=self.name).observe(len(batch))
        await feed.commit(reached)

    async def _apply(self, feed: Feed, batch: Sequence[Stored]) -> dict[Partition, int]:
        """Take a batch in; next offsets after it. Nearly every batch is sound, so at first it is tried as a whole."""
        try:
            return await self._in_one_unit(feed, batch, self._hand_over)
        except (Unavailable, LogReplaced):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, it is undone; now the records to blame are found
            log.warning("batch_taken_apart", service=self.name, records=len(batch), reason=repr(error)[:200])
            return await self._in_one_unit(feed, batch, self._hand_over_carefully)

    async def _in_one_unit(
        self, feed: Feed, batch: Sequence[Stored], hand_over: Callable[[U, Sequence[Stored]], Awaitable[_Row]]
    ) -> dict[Partition, int]:
        log_ids = {stored.partition: feed.log_id(stored.partition) for stored in batch}
        async with self._open_unit() as unit:
            places = await positions.lock(unit.session, log_ids)
            fresh = [stored for stored in batch if places[stored.partition].admits(stored)]
            row = await hand_over(unit, fresh)
            await positions.save(unit.session, places)
        self._row = row
        self._count(batch, fresh)
        return {partition: place.next_offset for partition, place in places.items()}

    async def _hand_over(self, unit: U, fresh: Sequence[Stored]) -> _Row:
        """Give the records to their handlers, which raise what they raise."""
        handled = False
        for event_class, run in self._runs(fresh):
            if event_class is None or event_class in self._handlers:
                told = [self._decoded(stored, event_class) for stored in run]
                await self._handlers[type(told[0].event)](unit, told)
                handled = True
        return _Row() if handled else self._row

    async def _hand_over_carefully(self, unit: U, fresh: Sequence[Stored]) -> _Row:
        """The same, run by run and half by half; what is to blame becomes dead letters."""
        row = self._row
        for event_class, run in self._runs(fresh):
            for stored, error in await self._try(unit, event_class, run):
                if error is None:
                    row = _Row()
                    continue
                await self._set_aside(unit, stored, error)
                row = _Row(row.dead + 1, row.bugs + (not isinstance(error, Rejected)))
                self._check(row, error)
        return row

    def _check(self, row: _Row, error: Exception) -> None:
        if row.bugs >= self._options.consecutive_bug_count:
            raise TooManyBugs(f"{row.bugs} records in a row failed, the last with {error!r}") from error
        if row.dead >= self._options.consecutive_dead_letter_count:
            raise TooManyDeadLetters(f"{row.dead} records in a row were refused, the last with {error!r}") from error

    @staticmethod
    def _runs(fresh: Sequence[Stored]) -> Iterator[tuple[type[Event] | None, list[Stored]]]:
        """The records cut where the topic or the class of fact changes; None for a class that nobody knows."""
        for (_, event_class), run in groupby(fresh, key=_topic_and_class):
            yield event_class, list(run)

    async def _try(
        self, unit: U, event_class: type[Event] | None, run: Sequence[Stored]
    ) -> list[tuple[Stored, Exception | None]]:
        """Hand over a run; on an error, its halves alone, down to the records that are to blame."""
        if event_class is not None and event_class not in self._handlers:
            # Nobody handled these, so they say nothing about whether the code is broken.
            return []
        try:
            async with unit.savepoint():
                told = [self._decoded(stored, event_class) for stored in run]
                await self._handlers[type(told[0].event)](unit, told)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is the record's end, and kept with it
            if len(run) == 1:
                return [(run[0], error)]
            middle = len(run) // 2
            first = await self._try(unit, event_class, run[:middle])
            return first + await self._try(unit, event_class, run[middle:])
        return [(stored, None) for stored in run]

    def _decoded(self, stored: Stored, event_class: type[Event] | None) -> Told[Any]:
        if event_class is None or event_class not in self._handlers:
            raise Undecodable(f"{self.name} knows no fact of type {_type_of(stored)!r}")
        at = stored.partition
        event = decode(event_class, stored.record.value)
        return Told(event, at.topic, at.number, stored.offset, stored.record.timestamp_ms)

    async def _set_aside(self, unit: U, stored: Stored, error: Exception) -> None:
        event_type = _type_of(stored)
        await dead_letters.bury(unit.session, stored, event_type=event_type, error=error, now=unit.clock.now())
        code = dead_letters.code_of(error)
        metrics.DEAD_LETTERS.labels(service=self.name, topic=stored.partition.topic, code=code).inc()
        log.error("record_set_aside", service=self.name, topic=stored.partition.topic, offset=stored.offset, code=code)

    def _count(self, batch: Sequence[Stored], fresh: Sequence[Stored]) -> None:
        new = Counter(stored.partition.topic for stored in fresh)
        for topic, count in Counter(stored.partition.topic for stored in batch).items():
            metrics.CONSUMED_RECORDS.labels(service=self.name, topic=topic).inc(new[topic])
            metrics.REPEATED_RECORDS.labels(service=self.name, topic=topic).inc(count - new[topic])

    async def _back_off(self, attempt: int) -> None:
        """Wait, longer each time and never all at once, or until stopped."""
        longest = min(_LONGEST_BACKOFF_SECONDS, 0.2 * 2 ** min(attempt, 8))
        try:
            async with asyncio.timeout(random.uniform(0.1, longest)):  # noqa: S311 - spreads load, guards nothing
                await self._stopping.wait()
        except TimeoutError:
            return


def _oldest_by_topic(batch: Sequence[Stored]) -> dict[str, int]:
    oldest: dict[str, int] = {}
    for stored in batch:
        oldest.setdefault(stored.partition.topic, stored.record.timestamp_ms)
    return oldest


def _topic_and_class(stored: Stored) -> tuple[str, type[Event] | None]:
    return stored.partition.topic, EVENT_BY_TYPE.get(_type_of(stored))


def _type_of(stored: Stored) -> str:
    for name, value in stored.record.headers:
        if name == TYPE_HEADER:
            return value.decode("utf-8", "replace")
    return ""
