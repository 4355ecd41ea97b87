"""The killer: ends processes, the broker and the database at random moments, and brings them back."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

import psutil

from tests.chaos.apis import APIs
from tests.chaos.plan import Pauses, Plan
from tests.support.servers.kafka_broker import KafkaBroker
from tests.support.servers.postgres_server import PostgresServer
from tests.support.servers.process import ServerFailed
from tests.support.world import World

_AGAIN_SHARE = 0.15
_TWO_SHARE = 0.3
_START_TRIES = 6
_DATABASE_AWAY_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Something that was done, and how long until every process was ready again."""

    what: str
    recovery_seconds: float


@dataclass(frozen=True, kw_only=True)
class Servers:
    """What the services stand on, in Kafka mode."""

    broker: KafkaBroker
    postgres: PostgresServer


@dataclass
class Damage:
    """What was done to whom."""

    kills: dict[str, int] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    # Starts that failed and were tried again: killed halfway, or with the database away.
    failed_starts: int = 0

    @property
    def kill_count(self) -> int:
        return sum(self.kills.values())

    def longest(self, what: str = "") -> float:
        """The longest recovery, of all troubles or of one sort, in seconds."""
        return max((each.recovery_seconds for each in self.troubles if each.what.startswith(what)), default=0.0)

    def median(self) -> float:
        """The usual recovery after a kill, in seconds."""
        return median([each.recovery_seconds for each in self.troubles if each.what.startswith("kill")] or [0.0])


class Killer:
    """Makes the planned troubles, one after another."""

    def __init__(
        self, plan: Plan, *, world: World, servers: Servers | None, apis: APIs, say: Callable[[str], None]
    ) -> None:
        self.damage = Damage()
        self._plan, self._world, self._servers, self._apis, self._say = plan, world, servers, apis, say
        self._chance = random.Random(f"{plan.seed}/killer")
        self._pauses = Pauses()

    async def run(self) -> None:
        """Make them all; returns when everything runs again."""
        outages = list(self._plan.outages)
        self._chance.shuffle(outages)
        every = self._plan.kills // (len(outages) + 1) or 1
        while self.damage.kill_count < self._plan.kills or outages:
            await self._pauses.pause(self._plan.gap_seconds * self._chance.uniform(0.3, 1.7))
            is_due = self.damage.kill_count >= every * (len(self._plan.outages) - len(outages) + 1)
            if outages and (is_due or self.damage.kill_count >= self._plan.kills):
                await self._suffer(outages.pop())
            else:
                await self._kill_some()

    async def _kill_some(self) -> None:
        names = self._world.process_names
        count = 2 if len(names) > 1 and self._chance.random() < _TWO_SHARE else 1
        chosen = self._chance.sample(names, count)
        began = time.monotonic()
        for name in chosen:
            await self._kill(name)
        await asyncio.gather(*(self._bring_back(name, again=self._chance.random() < _AGAIN_SHARE) for name in chosen))
        self._note(f"kill {'+'.join(chosen)}", began)

    async def _suffer(self, outage: str) -> None:
        began = time.monotonic()
        match outage:
            case "broker_stopped":
                await self._without_broker()
            case "broker_killed":
                await asyncio.to_thread(self._broker.kill)
                await asyncio.to_thread(self._broker.start)
            case "postgres_stopped":
                await asyncio.to_thread(self._postgres.stop)
                await self._pauses.pause(_DATABASE_AWAY_SECONDS)
                await asyncio.to_thread(self._postgres.start)
            case "postgres_killed":
                await asyncio.to_thread(self._postgres.kill)
                await asyncio.to_thread(self._postgres.start)
            case _:
                raise ValueError(f"no such outage: {outage}")
        await self._apis.all_ready()
        self._note(outage, began)

    async def _without_broker(self) -> None:
        """Ingest dies halfway, with deliveries in its spool."""
        half_seconds = self._plan.broker_away_seconds / 2
        await asyncio.to_thread(self._broker.stop)
        await self._pauses.pause(half_seconds)
        await self._kill("ingest")
        await self._bring_back("ingest", again=False)
        await self._pauses.pause(half_seconds)
        await asyncio.to_thread(self._broker.start)

    async def _kill(self, name: str) -> None:
        await asyncio.to_thread(self._world.kill, name)
        self._count(name)

    async def _bring_back(self, name: str, *, again: bool) -> None:
        """Start it as a supervisor would: until it stays. With `again` it dies once more while it starts."""
        for _ in range(_START_TRIES):
            start = asyncio.create_task(asyncio.to_thread(self._world.start, name))
            if again:
                again = False
                await self._pauses.pause(self._chance.uniform(0.2, 2.0))
                self._count(name, by=_kill_child(name))
            try:
                await start
            except ServerFailed as failure:
                self.damage.failed_starts += 1
                self._say(f"{name} did not start: {str(failure)[-300:]}")
            else:
                return
        raise ServerFailed(f"{name} did not start in {_START_TRIES} tries")

    def _count(self, name: str, by: int = 1) -> None:
        self.damage.kills[name] = self.damage.kills.get(name, 0) + by

    def _note(self, what: str, began: float) -> None:
        trouble = Trouble(what=what, recovery_seconds=round(time.monotonic() - began, 2))
        self.damage.troubles.append(trouble)
        self._say(f"{self.damage.kill_count}/{self._plan.kills} {what}: {trouble.recovery_seconds} s")

    @property
    def _broker(self) -> KafkaBroker:
        return self._servers_or_fail().broker

    @property
    def _postgres(self) -> PostgresServer:
        return self._servers_or_fail().postgres

    def _servers_or_fail(self) -> Servers:
        if self._servers is None:
            raise ValueError("there is no broker and no database of its own on one machine")
        return self._servers


def _kill_child(name: str) -> int:
    """SIGKILL to the child that is just starting; how many were hit, none if it is already gone."""
    module = "standalone" if name == "huiying" else f"{name}.main"
    for child in psutil.Process().children():
        try:
            if module in child.cmdline() and child.status() != psutil.STATUS_ZOMBIE:
                child.kill()
                return 1
        except psutil.NoSuchProcess:
            continue
    return 0
