"""The embedded log against a plain file: what order, identity and reading back cost on top of the disk."""

import asyncio
import os
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from huiying.bus.embedded import EmbeddedTransport
from huiying.bus.transport import Record
from huiying.events.registry import TOPICS
from huiying.settings import LogDurability

_CALLERS = 64
_EACH = 150
_VALUE = b"x" * 1024
_HEADERS = (("ce_type", b"delivery.accepted"), ("ce_id", b"0123456789"), ("ce_source", b"//huiying/bench"))


@dataclass(frozen=True)
class Append:
    """Records a second of 1 KiB with 64 callers, each waiting until its own is on the disk."""

    log_per_second: float
    file_per_second: float

    @property
    def ratio(self) -> float:
        """The log's share of the plain file's speed."""
        return self.log_per_second / self.file_per_second


async def measure_append(*, rounds: int = 3) -> Append:
    """The best of several rounds in turn: the disk's own moods hit both."""
    logs, files = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as directory:
            logs.append(await _log(Path(directory)))
            files.append(await _file(Path(directory) / "plain"))
    return Append(max(logs), max(files))


async def _log(directory: Path) -> float:
    transport = EmbeddedTransport(directory, durability=LogDurability.FULL)
    await transport.start()
    await transport.ensure(TOPICS)

    async def call() -> None:
        for _ in range(_EACH):
            await transport.publish([Record("deliveries", b"account", _VALUE, _HEADERS, 0)])

    took = await _timed(call)
    await transport.stop()
    return _CALLERS * _EACH / took


async def _file(path: Path) -> float:
    writer = _PlainFile(path)

    async def call() -> None:
        for _ in range(_EACH):
            await writer.append(_VALUE)

    took = await _timed(call)
    writer.close()
    return _CALLERS * _EACH / took


async def _timed(call: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await asyncio.gather(*(call() for _ in range(_CALLERS)))
    return time.perf_counter() - began


class _PlainFile:
    """Group commit to a file with fdatasync: the same waiting, and nothing else."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)
        self._loop = asyncio.get_running_loop()
        self._pending: list[tuple[bytes, asyncio.Future[None]]] = []
        self._ready = threading.Condition()
        self._open = True
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def append(self, value: bytes) -> asyncio.Future[None]:
        done: asyncio.Future[None] = self._loop.create_future()
        with self._ready:
            self._pending.append((value, done))
            self._ready.notify()
        return done

    def close(self) -> None:
        with self._ready:
            self._open = False
            self._ready.notify()
        self._thread.join()
        self._file.close()

    def _run(self) -> None:
        while True:
            with self._ready:
                while self._open and not self._pending:
                    self._ready.wait()
                pending, self._pending = self._pending, []
            if not pending:
                return
            self._file.write(b"".join(value for value, _ in pending))
            os.fdatasync(self._file.fileno())
            self._loop.call_soon_threadsafe(_settle, pending)


def _settle(pending: list[tuple[bytes, asyncio.Future[None]]]) -> None:
    for _, done in pending:
        done.set_result(None)
