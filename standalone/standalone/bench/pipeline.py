"""The whole pipeline on one machine: accepted, normalised, assessed, filed and counted, with the load beside it."""

import asyncio
import sqlite3
import tempfile
import time
from array import array
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huiying.http.client import HTTPClient
from simulator.load import run_load
from simulator.statistics import percentile
from standalone.bench.processes import Measured, a_process
from standalone.bench.requests import comments
from standalone.bench.servers import SECRET

KEY = "a-key-for-the-benchmark-that-opens-nothing-else"
_CONNECTIONS = 64
_LOOK_SECONDS = 0.01
_PATIENCE_SECONDS = 120
# Who has to be done with an interaction before it counts as done, and the topic in which it comes to them.
_ENDS = (
    ("inbox", "interactions"),
    ("inbox", "assessments"),
    ("reporting", "interactions"),
    ("reporting", "assessments"),
)


@dataclass(frozen=True)
class Throughput:
    """Interactions a second through everything, and what the process used."""

    per_second: float
    microseconds_each: float
    resident_bytes: int


@dataclass(frozen=True)
class Latency:
    """From due to done, in seconds, at a steady rate."""

    rate_per_second: float
    p50_seconds: float
    p99_seconds: float


async def measure_throughput(*, count: int) -> Throughput:
    """Send as fast as it takes them, and stop the clock when the last is counted."""
    async with _machine() as (server, hook, data_dir):
        requests = comments(count, path=hook, secret=SECRET)
        used, began = server.cpu_seconds, time.perf_counter()
        result = await run_load("127.0.0.1", server.port, requests, connections=_CONNECTIONS)
        if result.acknowledged != count:
            raise RuntimeError(f"{result.acknowledged} of {count} were acknowledged: {dict(result.statuses)}")
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await _watch(data_dir, count, [])
        took = time.perf_counter() - began
        return Throughput(count / took, (server.cpu_seconds - used) / count * 1e6, server.resident_bytes)


async def measure_latency(*, rate_per_second: float, seconds: float) -> Latency:
    """Send at a steady rate, and watch when the ends have taken in as many."""
    count = int(rate_per_second * seconds)
    async with _machine() as (server, hook, data_dir):
        requests = comments(count, path=hook, secret=SECRET)
        curve: list[tuple[float, int]] = []
        watching = asyncio.create_task(_watch(data_dir, count, curve))
        began = time.perf_counter()
        await run_load("127.0.0.1", server.port, requests, connections=_CONNECTIONS, rate_per_second=rate_per_second)
        await watching
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


async def _watch(data_dir: Path, count: int, curve: list[tuple[float, int]]) -> None:
    done = 0
    while done < count:
        done = _done(data_dir)
        curve.append((time.perf_counter(), done))
        await asyncio.sleep(_LOOK_SECONDS)  # noqa: TID251 - a measurement looks at intervals


def _done(data_dir: Path) -> int:
    """How many interactions every end has taken in: read from their positions, which costs the server nothing."""
    return min(_position(data_dir / f"{service}.db", topic) for service, topic in _ENDS)


def _position(path: Path, topic: str) -> int:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        row = connection.execute("SELECT next_offset FROM positions WHERE topic = ?", (topic,)).fetchone()
    finally:
        connection.close()
    return row[0] if row else 0


@asynccontextmanager
async def _machine() -> AsyncIterator[tuple[Measured, str, Path]]:
    """A fresh Huiying with one account: the process, its hook, its data."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as directory:
        data_dir = Path(directory)
        environment = {"HUIYING_BOOTSTRAP_API_KEY": KEY, "HUIYING_LOG__LEVEL": "WARNING"}
        arguments = ["-m", "standalone", "run", "--data-dir", directory, "--port", "0"]
        async with a_process(arguments, environment=environment, log=data_dir / "errors.log") as server:
            yield server, await connect(f"http://127.0.0.1:{server.port}"), data_dir


async def connect(url: str) -> str:
    """Make a brand and an account; its hook."""
    client = HTTPClient(allow_private_addresses=True)
    try:
        await _post(client, f"{url}/api/identity/v1/brands", {"slug": "bench", "name": "Bench"})
        account = {
            "platform": "generic",
            "brand": "bench",
            "external_id": "bench",
            "name": "Bench",
            "credentials": {"secret": SECRET},
        }
        made = await _post(client, f"{url}/api/ingest/v1/accounts", account)
    finally:
        await client.close()
    hook: str = made["hook_path"]
    return hook


async def _post(client: HTTPClient, url: str, body: Mapping[str, Any]) -> Any:
    response = await client.request("POST", url, json=body, headers={"authorization": f"Bearer {KEY}"})
    if not response.is_success:
        raise RuntimeError(f"{url} answered {response.status}: {response.body!r}")
    return response.json()
