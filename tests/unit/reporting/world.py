"""Reporting as a test meets it: it is told facts and asked for figures."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import httpx  # noqa: TID251 - the API's client, which reaches no network

from huiying.auth.principals import Principal
from huiying.events.envelope import Event, Told
from reporting.consumers import HANDLERS
from reporting.main import SERVICE
from tests.support.clock import FrozenClock
from tests.support.running import Running, a_service, an_administrator


class Reporting:
    """A running service that takes facts as its consumer hands them over."""

    def __init__(self, service: Running, *, clock: FrozenClock, principal: Principal) -> None:
        self.service = service
        self.clock = clock
        self._principal = principal

    def seen_by(self, principal: Principal) -> "Reporting":
        """The same, asked by somebody else than an administrator."""
        return Reporting(self.service, clock=self.clock, principal=principal)

    async def tell(self, *facts: Event) -> None:
        """Hand over one batch, in runs of one class."""
        async with self.service.open_unit() as unit:
            for event_class, run in groupby(facts, key=type):
                told = [Told(fact, "topic", 0, offset, 0) for offset, fact in enumerate(run)]
                await HANDLERS[event_class](unit, told)

    async def get(self, path: str, **query: str) -> httpx.Response:
        """Ask the API."""
        async with self.service.client(self._principal) as client:
            return await client.get(path, params=query)

    async def ask(self, metric: str, **query: str) -> dict[str, Any]:
        """A metric of the brand tea on the 10th of March 2026, unless `query` says otherwise."""
        usual = {"brand": "tea", "from": "2026-03-10T00:00:00Z", "to": "2026-03-11T00:00:00Z"}
        answer = await self.get("/metrics", metric=metric, **{**usual, **query})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def total(self, metric: str, **query: str) -> float | None:
        """Its total."""
        total: float | None = (await self.ask(metric, **query))["total"]
        return total

    async def split(self, metric: str, **query: str) -> dict[str, list[float | None]]:
        """Its values, by group."""
        answer = await self.ask(metric, **query)
        return {line["key"]: [point["value"] for point in line["points"]] for line in answer["series"]}


@asynccontextmanager
async def a_reporting(directory: Path) -> AsyncIterator[Reporting]:
    """Reporting with nothing counted yet."""
    clock = FrozenClock()
    async with a_service(SERVICE, directory=directory, clock=clock) as service:
        yield Reporting(service, clock=clock, principal=an_administrator())
