"""The whole pipeline: accepted, normalised, assessed, filed and counted, with the load on the same processors."""

import asyncio
import sqlite3
import tempfile
import time
from array import array
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from huiying.http.client import HTTPClient
from simulator.load import run_load
from simulator.statistics import percentile
from standalone.bench.processes import a_process
from standalone.bench.requests import comments
from standalone.bench.servers import SECRET

KEY = "a-key-for-the-benchmark-that-opens-nothing-else"
# Who has to be done with an interaction before it counts as done, and the topic in which it comes to them.
ENDS = (
    ("inbox", "interactions"),
    ("inbox", "assessments"),
    ("reporting", "interactions"),
    ("reporting", "assessments"),
)
_CONNECTIONS = 64
_LOOK_SECONDS = 0.01
_PATIENCE_SECONDS = 180


class Ground(Protocol):
    """A fresh Huiying under measurement, with one account."""

    @property
    def port(self) -> int:
        """Where its hooks listen."""

    @property
    def hook(self) -> str:
        """The path of the account's hook."""

    async def done(self) -> int:
        """How many interactions every end has taken in: read from their positions, which costs the services nothing."""

    @property
    def cpu_seconds(self) -> float:
        """What its processes have used so far."""

    @property
    def resident_bytes(self) -> int:
        """What they hold now."""


Grounds = Callable[[], AbstractAsyncContextManager[Ground]]


@dataclass(frozen=True)
class Throughput:
    """Interactions a second through everything, and what the processes used."""

    per_second: float
    microseconds_each: float
    resident_bytes: int


@dataclass(frozen=True)
class Latency:
    """From due to done, in seconds, at a steady rate."""

    rate_per_second: float
    p50_seconds: float
    p99_seconds: float


async def measure_throughput(grounds: Grounds, *, count: int) -> Throughput:
    """Send as fast as it takes them, and stop the clock when the last is counted."""
    async with grounds() as ground:
        requests = comments(count, path=ground.hook, secret=SECRET)
        used, began = ground.cpu_seconds, time.perf_counter()
        result = await run_load("127.0.0.1", ground.port, requests, connections=_CONNECTIONS)
        if result.acknowledged != count:
            raise RuntimeError(f"{result.acknowledged} of {count} were acknowledged: {dict(result.statuses)}")
        await _watch(ground, count)
        took = time.perf_counter() - began
        return Throughput(count / took, (ground.cpu_seconds - used) / count * 1e6, ground.resident_bytes)


async def measure_latency(grounds: Grounds, *, rate_per_second: float, seconds: float) -> Latency:
    """Send at a steady rate, and watch when the ends have taken in as many."""
    count = int(rate_per_second * seconds)
    async with grounds() as ground:
        requests = comments(count, path=ground.hook, secret=SECRET)
        watching = asyncio.create_task(_watch(ground, count))
        began = time.perf_counter()
        await run_load("127.0.0.1", ground.port, requests, connections=_CONNECTIONS, rate_per_second=rate_per_second)
        curve = await watching
    latencies = _latencies(curve, count=count, rate=rate_per_second, began=began)
    return Latency(rate_per_second, percentile(latencies, 0.5), percentile(latencies, 0.99))


def _latencies(curve: list[tuple[float, int]], *, count: int, rate: float, began: float) -> "array[float]":
    """For each request in its order: from when it was due to when that many were done."""
    latencies, at = array("d"), 0
    for number in range(count):
        while curve[at][1] <= number:
            at += 1
        latencies.append(curve[at][0] - (began + number / rate))
    return latencies


async def _watch(ground: Ground, count: int) -> list[tuple[float, int]]:
    """How many were done at which moment, until all are."""
    curve: list[tuple[float, int]] = []
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not curve or curve[-1][1] < count:
            curve.append((time.perf_counter(), await ground.done()))
            await asyncio.sleep(_LOOK_SECONDS)  # noqa: TID251 - a measurement looks at intervals
    return curve


@dataclass(frozen=True)
class OneMachine:
    """`huiying run`, watched through its databases."""

    pid_cpu: Callable[[], float]
    pid_resident: Callable[[], int]
    port: int
    hook: str
    data_dir: Path

    async def done(self) -> int:
        return min(_position(self.data_dir / f"{service}.db", topic) for service, topic in ENDS)

    @property
    def cpu_seconds(self) -> float:
        return self.pid_cpu()

    @property
    def resident_bytes(self) -> int:
        return self.pid_resident()


@asynccontextmanager
async def one_machine() -> AsyncIterator[Ground]:
    """A fresh Huiying in one process."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as directory:
        environment = {"HUIYING_BOOTSTRAP_API_KEY": KEY, "HUIYING_LOG__LEVEL": "WARNING"}
        arguments = ["-m", "standalone", "run", "--data-dir", directory, "--port", "0"]
        async with a_process(arguments, environment=environment) as server:
            yield OneMachine(
                pid_cpu=lambda: server.cpu_seconds,
                pid_resident=lambda: server.resident_bytes,
                port=server.port,
                hook=await _connect(f"http://127.0.0.1:{server.port}"),
                data_dir=Path(directory),
            )


def account() -> dict[str, Any]:
    """The account that the load is for."""
    return {
        "platform": "generic",
        "brand": "bench",
        "external_id": "bench",
        "name": "Bench",
        "credentials": {"secret": SECRET},
    }


def _position(path: Path, topic: str) -> int:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        row = connection.execute("SELECT next_offset FROM positions WHERE topic = ?", (topic,)).fetchone()
    finally:
        connection.close()
    return row[0] if row else 0


async def _connect(url: str) -> str:
    """Make the brand and the account; its hook."""
    client = HTTPClient(allow_private_addresses=True)
    try:
        await _post(client, f"{url}/api/identity/v1/brands", {"slug": "bench", "name": "Bench"})
        made = await _post(client, f"{url}/api/ingest/v1/accounts", account())
    finally:
        await client.close()
    hook: str = made["hook_path"]
    return hook


async def _post(client: HTTPClient, url: str, body: Mapping[str, Any]) -> Any:
    response = await client.request("POST", url, json=body, headers={"authorization": f"Bearer {KEY}"})
    if not response.is_success:
        raise RuntimeError(f"{url} answered {response.status}: {response.body!r}")
    return response.json()
