"""Webhooks with a database and a bus of its own, and a receiver with a real socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from huiying.auth.principals import Role
from huiying.events.threads import ThreadResolved
from tests.support.calls import AsyncClient
from tests.support.clock import FrozenClock
from tests.support.eventually import eventually
from tests.support.receivers import Receiver, a_receiver
from tests.support.running import Running, a_member, a_service
from webhooks.main import SERVICE

MANAGER = a_member(Role.MANAGER, "acme", subject="manager-1")


@dataclass
class House:
    """The service as a manager of one brand meets it."""

    running: Running
    api: AsyncClient
    clock: FrozenClock

    async def subscribes(self, url: str, **more: Any) -> dict[str, Any]:
        """Subscribe; gives the subscription with its signing key."""
        answer = await self.api.post("/subscriptions", json={"brand": "acme", "url": url, **more})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def happens(self, number: int = 1, *, brand: str = "acme") -> None:
        """A thread of that brand is resolved."""
        await self.running.told(
            ThreadResolved(
                thread_id=f"thread-{number}",
                brand=brand,
                platform="facebook",
                kind="comment",
                account_id="account-1",
                occurred_at=self.clock.now(),
                resolution_seconds=60.0,
            )
        )

    async def passes(self, time: timedelta) -> None:
        """Time passes: the token is made anew, and the jobs are looked at."""
        self.clock.advance(time)
        async with self.running.client(MANAGER) as fresh:
            self.api.headers["authorization"] = fresh.headers["authorization"]
        jobs = self.running.runtime.jobs
        assert jobs is not None
        jobs.wake()

    async def log(self, *, status: str | None = None, count: int = 1) -> list[dict[str, Any]]:
        """The notifications, once there are so many of that status."""

        async def found() -> list[dict[str, Any]]:
            query = {"status": status} if status else {}
            items: list[dict[str, Any]] = (await self.api.get("/notifications", params=query)).json()["items"]
            assert len(items) >= count, items
            return items

        items: list[dict[str, Any]] = await eventually(found)
        return items

    async def tried(self, *, times: int) -> dict[str, Any]:
        """The only notification, once it was tried so often."""

        async def found() -> dict[str, Any]:
            items = (await self.api.get("/notifications")).json()["items"]
            assert [len(one["attempts"]) >= times for one in items] == [True], items
            return dict(items[0])

        one: dict[str, Any] = await eventually(found)
        return one

    async def subscription(self) -> dict[str, Any]:
        """The only subscription, as it is now."""
        (one,) = (await self.api.get("/subscriptions")).json()["items"]
        return dict(one)


@asynccontextmanager
async def a_house(directory: Path, *, database_url: str = "") -> AsyncIterator[House]:
    """The service, running."""
    clock = FrozenClock()
    async with (
        a_service(SERVICE, directory=directory, clock=clock, database_url=database_url) as running,
        running.client(MANAGER) as api,
    ):
        yield House(running, api, clock)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path) as it:
        yield it


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with a_receiver() as it:
        yield it
