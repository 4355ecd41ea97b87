"""Load with as little work as possible: ready-made requests over kept connections, nothing parsed but the status.

One core makes well over eight thousand requests a second, so a measurement is of the other side. With a rate given,
requests are due by the clock whether or not earlier ones were answered, and latency counts from when one was due: a
server that stalls cannot hide it.
"""

import asyncio
import time
from array import array
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import cast

from simulator.statistics import percentile

Answered = Callable[[int, int], None]
"""Called with the number of a request, from 0, and the status of its answer."""

_TICK_SECONDS = 0.001
_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_CHUNKED = b"transfer-encoding: chunked"
_RECONNECT_PAUSE_SECONDS = 0.05


@dataclass(slots=True, kw_only=True)
class LoadResult:
    """What was measured. `acknowledged` are the answers of 2xx, `lost` requests whose connection broke unanswered."""

    sent: int = 0
    acknowledged: int = 0
    lost: int = 0
    unsent: int = 0
    elapsed_seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies_seconds: "array[float]" = field(default_factory=lambda: array("d"))

    @property
    def answered(self) -> int:
        """Requests that got any answer."""
        return self.statuses.total()

    @property
    def acknowledged_per_second(self) -> float:
        """Over the whole run."""
        return self.acknowledged / self.elapsed_seconds if self.elapsed_seconds else 0.0

    def percentile(self, share: float) -> float:
        """The latency, in seconds, that so many stayed under: 0.5, 0.99."""
        return percentile(self.latencies_seconds, share)

    @property
    def p50_seconds(self) -> float:
        """The median latency."""
        return self.percentile(0.5)

    @property
    def p99_seconds(self) -> float:
        """The latency that one in a hundred exceeds."""
        return self.percentile(0.99)


async def run_load(
    host: str,
    port: int,
    requests: Iterable[bytes] | Callable[[int], bytes],
    *,
    connections: int = 16,
    rate_per_second: float | None = None,
    duration_seconds: float | None = None,
    drain_seconds: float = 10.0,
    on_answer: Answered | None = None,
) -> LoadResult:
    """Send requests until they run out or the time is over, then wait `drain_seconds` for what is unanswered.

    `requests` are whole HTTP/1.1 requests, or a function from a number to one, which never runs out. Without a rate,
    each connection sends its next as soon as it is answered. A broken connection is opened again; what it carried is
    lost and not repeated. Raises OSError if nobody listens at all, ValueError if nothing would end the run.
    """
    if callable(requests) and duration_seconds is None:
        raise ValueError("a function never runs out of requests: give a duration")
    source = map(requests, _naturals()) if callable(requests) else iter(requests)
    run = _Run(source, rate_per_second=rate_per_second, duration_seconds=duration_seconds, on_answer=on_answer)
    await run.connect(host, port, connections)
    return await run.go(drain_seconds=drain_seconds)


class _Run:
    """The state that all connections of one run share."""

    def __init__(
        self,
        source: Iterator[bytes],
        *,
        rate_per_second: float | None,
        duration_seconds: float | None,
        on_answer: Answered | None,
    ) -> None:
        self.result = LoadResult()
        self._source = source
        self._rate = rate_per_second
        self._ends_after = duration_seconds
        self._on_answer = on_answer
        self._started = 0.0
        self._released = 0
        self._due: deque[tuple[int, bytes, float]] = deque()
        self._idle: list[_Connection] = []
        self._open: set[_Connection] = set()
        self._reopening: set[asyncio.Task[None]] = set()
        self._exhausted = False
        self._address = ("", 0)
        self.in_flight = 0

    async def connect(self, host: str, port: int, count: int) -> None:
        """Open all connections."""
        self._address = (host, port)
        for _ in range(count):
            await self._connect()

    async def go(self, *, drain_seconds: float) -> LoadResult:
        """Send until the end, then drain and close."""
        self._started = time.perf_counter()
        while not self._is_over():
            self._feed()
            await asyncio.sleep(_TICK_SECONDS)
        self._exhausted = True
        deadline = time.perf_counter() + drain_seconds
        while (self.in_flight or self._due) and time.perf_counter() < deadline:
            self._feed()
            await asyncio.sleep(_TICK_SECONDS)
        self.result.elapsed_seconds = time.perf_counter() - self._started
        self.result.unsent = len(self._due)
        self._close()
        return self.result

    def answered(self, connection: "_Connection", number: int, status: int, since: float) -> None:
        """One request is answered; its connection may go on."""
        result, now = self.result, time.perf_counter()
        self.in_flight -= 1
        result.statuses[status] += 1
        result.acknowledged += 200 <= status < 300
        result.latencies_seconds.append(now - since)
        if self._on_answer is not None:
            self._on_answer(number, status)
        if self._rate is None and not self._exhausted:
            self._release(now)
        if self._due:
            self._dispatch(connection)
        else:
            self._idle.append(connection)

    def broken(self, connection: "_Connection", *, was_busy: bool) -> None:
        """A connection is gone, and with it what it carried."""
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        if was_busy:
            self.in_flight -= 1
            self.result.lost += 1
        task = asyncio.get_running_loop().create_task(self._reopen())
        self._reopening.add(task)
        task.add_done_callback(self._reopening.discard)

    def _is_over(self) -> bool:
        elapsed = time.perf_counter() - self._started
        return self._exhausted or (self._ends_after is not None and elapsed >= self._ends_after)

    def _feed(self) -> None:
        now = time.perf_counter()
        if self._rate is None:
            while len(self._idle) > len(self._due) and not self._exhausted:
                self._release(now)
        else:
            until = int((now - self._started) * self._rate)
            while self._released < until and not self._exhausted:
                self._release(self._started + self._released / self._rate)
        while self._idle and self._due:
            self._dispatch(self._idle.pop())

    def _release(self, since: float) -> None:
        request = next(self._source, None)
        if request is None:
            self._exhausted = True
            return
        self._due.append((self._released, request, since))
        self._released += 1

    def _dispatch(self, connection: "_Connection") -> None:
        number, request, since = self._due.popleft()
        self.in_flight += 1
        self.result.sent += 1
        connection.send(number, request, since)

    async def _connect(self) -> None:
        _, connection = await asyncio.get_running_loop().create_connection(lambda: _Connection(self), *self._address)
        self._open.add(connection)
        self._idle.append(connection)

    async def _reopen(self) -> None:
        while not self._exhausted or self._due:
            try:
                await self._connect()
            except OSError:
                await asyncio.sleep(_RECONNECT_PAUSE_SECONDS)
            else:
                return

    def _close(self) -> None:
        self._exhausted = True
        for task in self._reopening:
            task.cancel()
        for connection in self._open:
            connection.close()


class _Connection(asyncio.Protocol):
    """One kept connection with at most one request on it."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._number = -1
        self._since = 0.0
        self._busy = False
        self._closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # What a TCP connection has, though uvloop's is no subclass.
        self._transport = cast("asyncio.Transport", transport)

    def send(self, number: int, request: bytes, since: float) -> None:
        """Put one request on the wire."""
        self._number, self._since, self._busy, self._buffer = number, since, True, b""
        if self._transport is not None:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        if not self._busy or not _is_whole(self._buffer):
            return
        status, self._busy, self._buffer = int(self._buffer[9:12]), False, b""
        self._run.answered(self, self._number, status, self._since)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._closing:
            self._run.broken(self, was_busy=self._busy)

    def close(self) -> None:
        """Hang up; what is unanswered stays so."""
        self._closing = True
        if self._transport is not None:
            self._transport.abort()


def _is_whole(answer: bytes) -> bool:
    end = answer.find(_HEAD_END)
    if end < 0:
        return False
    head = answer[:end].lower()
    at = head.find(_LENGTH)
    if at >= 0:
        line_end = head.find(b"\r", at)
        length = int(head[at + len(_LENGTH) : line_end if line_end > 0 else None])
        return len(answer) >= end + len(_HEAD_END) + length
    return answer.endswith(b"0\r\n\r\n") if _CHUNKED in head else True


def _naturals() -> Iterator[int]:
    number = 0
    while True:
        yield number
        number += 1
