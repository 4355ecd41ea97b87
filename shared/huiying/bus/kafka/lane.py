"""The way to one partition: the records of all who came in time, sent as one batch, and the futures they wait on."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from huiying.bus.kafka.sending import send_all
from huiying.bus.transport import Record

_GATHER_SECONDS = 0.01

Outcome = BaseException | None
"""None: acknowledged. TimeoutError: the time was up. A value, not raised: many share it, or nobody is left to look."""


class _Call(NamedTuple):
    records: Sequence[Record]
    deadline_seconds: float
    done: asyncio.Future[Outcome]


class Lane:
    """Sends one batch after the other, in the order of the calls; while one is on its way the next is gathered.

    Every batch has a price in the client that many records share: so whoever comes while others come is waited for, ten
    milliseconds at most. No lane waits for another.
    """

    def __init__(
        self,
        topic: str,
        number: int,
        *,
        connected: Callable[[], Awaitable[AIOKafkaProducer]],
        failed: Callable[[AIOKafkaProducer], None],
    ) -> None:
        """`connected` waits for the producer; `failed` is told of one that could not store a batch."""
        self._topic = topic
        self._number = number
        self._connected = connected
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._gathered: list[_Call] = []
        self._sent: list[_Call] = []
        self._looking: asyncio.Handle | None = None
        self._sending: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    def add(self, records: Sequence[Record], *, deadline_seconds: float) -> asyncio.Future[Outcome]:
        """Send the records soon. The future ends with what became of them, or at the deadline, on the loop's clock.

        What is then on its way may still be stored; what is not is forgotten, as if the future is cancelled.
        """
        done: asyncio.Future[Outcome] = self._loop.create_future()
        self._gathered.append(_Call(records, deadline_seconds, done))
        if self._timer is None or self._timer.when() > deadline_seconds:
            self._wake_at(deadline_seconds)
        if self._sending is None and self._looking is None:
            self._begin()
        return done

    @property
    def awaited(self) -> list[asyncio.Future[Outcome]]:
        """What callers still wait for."""
        return [call.done for call in (*self._sent, *self._gathered) if not call.done.done()]

    def interrupt(self) -> None:
        """The producer is gone, and what it has is not acknowledged any more. The rest waits for the next one."""
        if self._sent and self._sending is not None:
            self._sending.cancel()

    async def close(self) -> None:
        """Send no more, and tell those who wait."""
        self._closed = True
        for waiting in (self._timer, self._looking):
            if waiting is not None:
                waiting.cancel()
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.wait([self._sending])
        _settle(self._gathered, KafkaError("the bus is being closed"))

    def _begin(self) -> None:
        self._looking = self._loop.call_soon(self._look, 0, self._loop.time() + _GATHER_SECONDS)

    def _look(self, seen: int, until: float) -> None:
        """Send, unless more have come in this turn of the loop: then there may be yet more in the next."""
        count = len(self._gathered)
        if count > seen and self._loop.time() < until:
            self._looking = self._loop.call_soon(self._look, count, until)
            return
        self._looking = None
        self._sending = self._loop.create_task(self._send())
        self._sending.add_done_callback(self._end)

    async def _send(self) -> None:
        producer = await self._connected()
        self._sent = [call for call in self._gathered if not call.done.done()]
        self._gathered = []
        records = [record for call in self._sent for record in call.records]
        try:
            await send_all(records, to=(self._topic, self._number), producer=producer)
        except KafkaError:
            self._failed(producer)
            raise

    def _end(self, sending: asyncio.Task[None]) -> None:
        sent, self._sent = self._sent, []
        outcome = KafkaError("the connection was given up") if sending.cancelled() else sending.exception()
        if isinstance(outcome, MessageSizeTooLargeError) and len(sent) > 1:
            # Whose fault it is nobody says; alone each will learn.
            outcome = KafkaError(f"too large together: {outcome!r}")
        _settle(sent, outcome)
        self._sending = None
        if self._gathered and not self._closed:
            self._begin()

    def _wake_at(self, deadline_seconds: float) -> None:
        # One timer looks after all who wait: a timer for each would cost a tenth of a small request.
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(deadline_seconds, self._expire)

    def _expire(self) -> None:
        self._timer = None
        now_seconds = self._loop.time()
        _settle(
            [call for call in (*self._sent, *self._gathered) if call.deadline_seconds <= now_seconds], TimeoutError()
        )
        self._gathered = [call for call in self._gathered if not call.done.done()]
        if later := [call.deadline_seconds for call in (*self._sent, *self._gathered) if not call.done.done()]:
            self._wake_at(min(later))


def _settle(calls: Sequence[_Call], outcome: Outcome) -> None:
    for call in calls:
        # Whoever gave up waiting has cancelled its future.
        if not call.done.done():
            call.done.set_result(outcome)
