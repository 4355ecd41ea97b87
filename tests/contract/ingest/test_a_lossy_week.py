"""A platform loses, doubles and mixes up what it tells, is away for an hour and ends a token: nothing is missed."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from huiying.events.accounts import AccountDegraded, AccountRecovered
from huiying.jobs.tables import JOBS, WAITING
from inbox.main import SERVICE as INBOX
from simulator.facade import Simulator
from simulator.faults import Fault, FaultKind
from simulator.manners import LOSSY, arranged
from simulator.platforms.facebook import FacebookPage
from simulator.platforms.meta import MetaApp
from simulator.platforms.platform import Surroundings
from tests.support.calls import AsyncClient
from tests.support.clock import FrozenClock
from tests.support.edges import BRAND, Edge, an_edge
from tests.support.eventually import eventually
from tests.support.running import Running, a_service, an_administrator

STEP = timedelta(hours=6)
STEPS_A_WEEK = 28
COMMENTS_A_STEP = 12
_PATIENCE_SECONDS = 30


@dataclass
class Week:
    """A page whose platform behaves badly, and an inbox that shall have everything."""

    edge: Edge
    inbox: Running
    sim: Simulator
    account_id: str
    said: Counter[str]
    chance: random.Random = field(default_factory=lambda: random.Random(5))

    @property
    def page(self) -> FacebookPage:
        return self.sim.facebook

    async def people_write(self, *, is_told: bool = True) -> None:
        """Some comments, of which the platform tells, badly, or not at all."""
        texts = [f"comment {len(self.said) + number}" for number in range(COMMENTS_A_STEP)]
        deliveries = [self.page.comment(text) for text in texts]
        self.said.update(texts)
        if is_told:
            for burst in arranged(deliveries, manners=LOSSY, chance=self.chance):
                for delivery in burst:
                    await self.edge.hears(self.page, delivery)

    async def passes(self, time: timedelta) -> None:
        """Time passes, and everything that is due is done."""
        await self.edge.passes(time)
        filed = count()

        async def is_done() -> bool:
            now = self.edge.clock.now()
            rows = await self.edge.rows(JOBS)
            busy = [row.kind for row in rows if row.state == WAITING and (row.lease or row.due_at <= now)]
            assert not busy, busy
            # What is due is filed by a job of its own, and what that filed must have ended too.
            return next(filed) > 2

        await eventually(is_done, timeout_seconds=_PATIENCE_SECONDS, every_seconds=0.1)

    async def health(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.edge.api.get(f"/accounts/{self.account_id}/health")).json()
        return found

    async def story(self) -> list[str]:
        """The codes of the account's health log, from its beginning."""
        path = f"/accounts/{self.account_id}/health-log"
        items = (await self.edge.api.get(path, params={"limit": 200})).json()["items"]
        return [item["code"] for item in reversed(items)]

    async def filed(self) -> Counter[str]:
        """What the inbox holds, by its text."""
        async with self.inbox.client(an_administrator(BRAND)) as client:
            threads = await _all(client, "/threads")
        assert all(thread["message_count"] == 1 for thread in threads)
        return Counter(thread["last_message"]["text"] for thread in threads)


async def _all(client: AsyncClient, path: str) -> list[dict[str, Any]]:
    found, cursor = [], None
    while True:
        params = {"limit": "200", **({"cursor": cursor} if cursor else {})}
        page = (await client.get(path, params=params)).json()
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


@asynccontextmanager
async def a_week(directory: Path) -> AsyncIterator[Week]:
    clock = FrozenClock()
    page = FacebookPage(MetaApp(page_id="700100200300400"), surroundings=Surroundings(now=clock.now))
    async with Simulator([page], seed=11) as sim, an_edge(directory, now=clock) as edge:
        transport = edge.running.transport
        async with a_service(INBOX, directory=directory / "inbox", clock=clock, transport=transport) as inbox:
            account_id = await edge.plays(page, api_base=sim.api_base("facebook"))
            yield Week(edge, inbox, sim, account_id, Counter())


async def test_after_a_lossy_week_everything_is_there_once_and_the_log_says_what_happened(tmp_path: Path) -> None:
    async with a_week(tmp_path) as week:
        for step in range(STEPS_A_WEEK):
            await week.people_write()
            await week.passes(STEP)
            if step == 8:
                await _away_for_an_hour(week)
            if step == 16:
                await _token_ends(week)
        for _ in range(3):
            await week.passes(timedelta(hours=1))

        async def holds_everything() -> bool:
            assert await week.filed() == week.said
            return True

        assert await eventually(holds_everything, timeout_seconds=_PATIENCE_SECONDS)
        story = await week.story()
        assert story[0] == "connected"
        assert {"gap_filled", "token_revoked", "unhealthy", "credentials_changed"} <= set(story)
        assert story.index("token_revoked") < story.index("credentials_changed") < _last(story, "gap_filled")
        checks = await _all(week.edge.api, "/gap-checks")
        # All of the hour in which nothing was told, and some of the 2 in 100 that are lost at any time.
        assert sum(one["missing"] for one in checks) > 4 * COMMENTS_A_STEP
        degraded = await week.edge.facts(AccountDegraded)
        assert "needs_reconnect" in {reason.code for fact in degraded for reason in fact.reasons}
        assert "needs_reconnect" not in {reason["code"] for reason in (await week.health())["reasons"]}
        assert len(await week.edge.facts(AccountRecovered)) >= 1


async def _away_for_an_hour(week: Week) -> None:
    """The platform tells nothing and answers nothing, but people write on."""
    week.sim.misbehave("facebook", Fault(kind=FaultKind.BROKEN, times=None))
    for _ in range(4):
        await week.people_write(is_told=False)
        await week.passes(timedelta(minutes=15))
    week.sim.behave("facebook")


async def _token_ends(week: Week) -> None:
    """The platform takes the token no more; after a day the owner gives another."""
    week.page.app = replace(week.page.app, access_token="EAAGanotherPageToken")
    await week.people_write()
    await week.passes(STEP)
    await week.passes(STEP)
    assert (await week.health())["status"] == "unhealthy"
    answer = await week.edge.api.patch(f"/accounts/{week.account_id}", json={"credentials": week.page.credentials()})
    assert answer.is_success, answer.text


def _last(story: list[str], code: str) -> int:
    return len(story) - 1 - story[::-1].index(code)
