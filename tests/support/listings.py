"""A generic source that can also be asked: it lists what a test lets it list, or fails as the test wants."""

from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from huiying.events.interactions import Interaction
from huiying.jobs.tables import JOBS, WAITING
from ingest.clients.connectors.abilities import Feed, Listed
from ingest.clients.connectors.connector import Access
from ingest.clients.connectors.generic import GenericConnector
from ingest.clients.connectors.table import CONNECTORS
from simulator.delivery import Delivery
from simulator.platforms.generic import GenericSource
from tests.support.edges import Edge, an_edge
from tests.support.eventually import eventually

COMMENTS = Feed(name="comments", every=timedelta(minutes=10))
CONVERSATIONS = Feed(name="conversations", every=timedelta(minutes=1), keeps_cursor=True)
PUSHED = Feed(name="pushed", every=timedelta(minutes=30), is_pushed=True)
ROOMS = Feed(name="room:", every=timedelta(hours=1), keeps_cursor=True)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a list was asked for."""

    feed: str
    since: datetime
    cursor: str | None


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A page, by the deliveries that would have told the same."""

    deliveries: Sequence[Delivery] = ()
    cursor: str | None = None
    has_more: bool = False


class ListingSource(GenericConnector):
    """The generic connector with lists. What it answers is said by `shows`; without, a list is empty."""

    def __init__(self, *feeds: Feed) -> None:
        self.feeds = feeds
        self.asked: list[Asked] = []
        self.wakes: dict[str, str] = {}
        self._answers: dict[str, deque[Shown | Exception]] = {}

    def shows(self, feed: str, *answers: Shown | Exception) -> None:
        """The next pages of a list, or what goes wrong instead."""
        self._answers.setdefault(feed, deque()).extend(answers)

    async def list_feed(
        self, feed: str, *, since: datetime, cursor: str | None, access: Access, now: datetime
    ) -> Listed:
        self.asked.append(Asked(feed=feed, since=since, cursor=cursor))
        waiting = self._answers.get(feed)
        answer = waiting.popleft() if waiting else Shown(cursor=cursor)
        if isinstance(answer, Exception):
            raise answer
        interactions = [
            one
            for delivery in answer.deliveries
            for one in self.normalise_body(
                delivery.content, content_type="application/json", account=access.account, received_at=now
            )
        ]
        return Listed(interactions=interactions, cursor=answer.cursor, has_more=answer.has_more)

    def woken(self, interactions: Sequence[Interaction]) -> Sequence[str]:
        return [self.wakes[one.object.id] for one in interactions if one.object.id in self.wakes]


@dataclass
class Watch:
    """An ingest whose generic source lists, and ways to let time pass and to look at what came of it."""

    edge: Edge
    lists: ListingSource
    source: GenericSource
    account_id: str = field(default="")

    async def passes(self, **time: float) -> None:
        """So much time passes, and the jobs are looked at."""
        await self.edge.passes(timedelta(**time))

    async def polls(self, *, count: int) -> list[Asked]:
        """What was asked for, once there was as much as that and every job has come to its end."""

        async def are_there() -> bool:
            assert len(self.lists.asked) >= count, self.lists.asked
            return await self.rests()

        await eventually(are_there)
        return self.lists.asked

    async def rests(self) -> bool:
        """Nothing runs, and nothing is due."""
        now = self.edge.clock.now()
        busy = [
            row.kind
            for row in await self.edge.rows(JOBS)
            if row.state == WAITING and (row.lease is not None or row.due_at <= now)
        ]
        assert not busy, busy
        return True

    async def feeds(self) -> dict[str, dict[str, Any]]:
        """The feeds as the API shows them, by name."""
        answer = await self.edge.api.get("/feeds", params={"account": self.account_id})
        assert answer.status_code == 200, answer.text
        return {feed["name"]: feed for feed in answer.json()["items"]}

    async def commands(self, feed: str, what: str) -> int:
        """Pause, resume or poll; the status of the answer."""
        feed_id = (await self.feeds())[feed]["id"]
        return (await self.edge.api.post(f"/feeds/{feed_id}:{what}")).status_code


@asynccontextmanager
async def a_watch(
    directory: Path,
    *feeds: Feed,
    database_url: str = "",
    kind: type[ListingSource] = ListingSource,
    **more: Any,
) -> AsyncIterator[Watch]:
    """An account of a generic source that has these feeds."""
    lists = kind(*feeds)
    connectors = {**CONNECTORS, "generic": lists}
    async with an_edge(directory, database_url=database_url, connectors=connectors, **more) as edge:
        source = GenericSource(surroundings=edge.world)
        watch = Watch(edge, lists, source)
        watch.account_id = await edge.plays(source)
        yield watch
