"""A server process that is measured: started, asked what it has used, ended."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_START_SECONDS = 60


@dataclass(frozen=True)
class Measured:
    """A process under measurement, and whatever it has started."""

    pid: int
    port: int

    @property
    def cpu_seconds(self) -> float:
        """User and system time so far."""
        return sum(_ticks(pid) for pid in self._pids()) / _TICKS

    @property
    def resident_bytes(self) -> int:
        """Memory in use now."""
        return sum(_resident_pages(pid) for pid in self._pids()) * _PAGE_BYTES

    def _pids(self) -> list[int]:
        started = Path(f"/proc/{self.pid}/task").glob("*/children")
        return [self.pid, *(int(pid) for path in started for pid in path.read_text().split())]


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _resident_pages(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1])


@asynccontextmanager
async def a_process(
    arguments: Sequence[str], *, environment: Mapping[str, str] | None = None, log: Path | None = None
) -> AsyncIterator[Measured]:
    """Run `python arguments…`, which prints its port on a line of its own, until the block ends."""
    errors = log.open("ab") if log else asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=errors,
        env={**os.environ, **(environment or {})},
    )
    try:
        async with asyncio.timeout(_START_SECONDS):
            port = await _port(process)
        drain = asyncio.create_task(_discard(process))
        yield Measured(process.pid, port)
        drain.cancel()
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def _port(process: asyncio.subprocess.Process) -> int:
    """The first number that stands alone or ends an address in what the process prints."""
    if process.stdout is None:
        raise RuntimeError("the process has no output")
    async for line in process.stdout:
        last = line.decode().strip().rpartition(":")[2].rstrip("/")
        if last.isdigit():
            return int(last)
    raise RuntimeError("the process ended before it was ready")


async def _discard(process: asyncio.subprocess.Process) -> None:
    while process.stdout is not None and await process.stdout.read(65_536):
        pass
