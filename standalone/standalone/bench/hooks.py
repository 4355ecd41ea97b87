"""What accepting one webhook costs, as a share of the least that a Python server can do."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from simulator.load import run_load
from standalone.bench.processes import Measured, a_process
from standalone.bench.requests import comments
from standalone.bench.servers import HOOK_KEY, SECRET

_ROUNDS = 5
# A broker that has just been started compiles itself for its first minute, on the same processors.
_WARM_UP_ROUNDS = 2
# The system counts processor time in hundredths of a second: with fewer, R0 would be a dozen of them.
_REQUESTS = 12_000
_CONNECTIONS = 64
_SERVERS = "standalone.bench.servers"


@dataclass(frozen=True)
class Cost:
    """A server's processor time per request, in microseconds, in each round."""

    name: str
    microseconds: tuple[float, ...]
    requests_per_second: float

    @property
    def middle(self) -> float:
        """The round in the middle."""
        return median(self.microseconds)


async def measure_hooks(*, kafka: str) -> list[Cost]:
    """Every server in turn, round after round, so that a slow moment meets them all. The first rounds do not count."""
    variants = {"raw": ["raw"], "idiomatic": ["idiomatic"], "edge": ["edge"]}
    if kafka:
        variants["edge to Kafka"] = ["edge", "--kafka", kafka]
    path = f"/hooks/generic/{HOOK_KEY}"
    costs: dict[str, list[float]] = {name: [] for name in variants}
    rates: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(_WARM_UP_ROUNDS + _ROUNDS):
        # Signed anew each round: a signature is too old after five minutes.
        requests = comments(_REQUESTS, path=path, secret=SECRET, seed=number)
        for name, arguments in variants.items():
            cost, rate = await _round(arguments, requests)
            if number >= _WARM_UP_ROUNDS:
                costs[name].append(cost)
                rates[name].append(rate)
    return [Cost(name, tuple(costs[name]), median(rates[name])) for name in variants]


async def _round(arguments: list[str], requests: list[bytes]) -> tuple[float, float]:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as directory:
        async with a_process(["-m", _SERVERS, *arguments, "--directory", directory]) as server:
            warm = len(requests) // 6
            await _send(server, requests[:warm])
            before = server.cpu_seconds
            rate = await _send(server, requests[warm:])
            return (server.cpu_seconds - before) / (len(requests) - warm) * 1e6, rate


async def _send(server: Measured, requests: list[bytes]) -> float:
    result = await run_load("127.0.0.1", server.port, requests, connections=_CONNECTIONS)
    if result.acknowledged != len(requests):
        raise RuntimeError(f"{result.acknowledged} of {len(requests)} were acknowledged: {dict(result.statuses)}")
    return result.acknowledged_per_second
