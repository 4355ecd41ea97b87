"""An ingest that sends replies to simulated platforms, and what becomes of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select, update

from huiying.events.envelope import Event, Told
from huiying.events.interactions import InteractionReceived
from huiying.events.replies import ReplyFailed, ReplyRequested, ReplySent, ReplyTarget, Visibility
from huiying.ids import new_id
from huiying.jobs.tables import JOBS
from ingest.usecases.send_reply import SEND_REPLY, file_replies
from simulator.delivery import Delivery
from simulator.facade import Simulator
from simulator.people import MIA, Person
from simulator.platforms.facebook import FacebookPage
from simulator.platforms.generic import GenericSource
from simulator.platforms.messenger import MessengerInbox
from simulator.platforms.meta import MetaApp
from simulator.platforms.platform import Surroundings
from tests.support.clock import FrozenClock
from tests.support.edges import BRAND, Edge, an_edge
from tests.support.eventually import eventually

E = TypeVar("E", bound=Event)

_PAGE = MetaApp(page_id="700100200300400")


@dataclass
class ReplyDesk:
    """Replies are asked for, time passes, echoes come when the test lets them."""

    edge: Edge
    sim: Simulator
    accounts: dict[str, str]
    echoes: list[Delivery] = field(default_factory=list)

    async def asks(
        self,
        platform: str,
        object_id: str,
        *,
        text: str = "谢谢！Thanks",
        to: Person = MIA,
        visibility: Visibility = Visibility.PUBLIC,
        thread_id: str = "thread-1",
        **more: str | None,
    ) -> ReplyRequested:
        """Ask for a reply, as the inbox would."""
        request = self.request(
            platform, object_id, text=text, to=to, visibility=visibility, thread_id=thread_id, **more
        )
        await self.edge.running.told(request)
        return request

    def request(
        self,
        platform: str,
        object_id: str,
        *,
        text: str = "谢谢！Thanks",
        to: Person = MIA,
        visibility: Visibility = Visibility.PUBLIC,
        thread_id: str = "thread-1",
        post_id: str | None = None,
    ) -> ReplyRequested:
        """What the inbox would ask for."""
        is_message = platform == "messenger"
        target = ReplyTarget(
            interaction_id="i1",
            kind="message" if is_message else "comment",
            object_id=object_id,
            post_id=post_id,
            conversation_id=to.meta_id if is_message else None,
            counterpart_id=to.meta_id,
        )
        return ReplyRequested(
            reply_id=new_id(),
            thread_id=thread_id,
            brand=BRAND,
            account_id=self.accounts[platform],
            platform=platform,
            target=target,
            visibility=Visibility.PRIVATE if is_message else visibility,
            text=text,
            requested_by="agent-1",
            requested_at=self.edge.clock.now(),
        )

    async def files_interrupted(self, request: ReplyRequested) -> None:
        """File a reply whose first attempt broke off with its worker, nobody knows where."""
        now = self.edge.clock.now()
        async with self.edge.running.open_unit() as unit:
            await file_replies(unit, [Told(request, "replies", 0, 0, 0)])
            gone = {"lease": "a worker that is gone", "leased_until": now - timedelta(seconds=1), "attempt": 1}
            await unit.session.execute(update(JOBS).where(JOBS.c.kind == SEND_REPLY).values(**gone))

    async def passes(self, time: timedelta) -> None:
        """Time passes, and the worker looks again."""
        await self.edge.passes(time)

    async def waits(self, *, reason: str = "") -> None:
        """Until every send has been tried and is to be tried later."""

        async def all_do() -> bool:
            async with self.edge.running.open_view() as unit:
                query = select(JOBS).where(JOBS.c.kind == SEND_REPLY, JOBS.c.state == "waiting")
                rows = (await unit.session.execute(query)).all()
            assert rows
            now = self.edge.clock.now()
            assert all(row.lease is None and row.due_at > now and reason in (row.last_reason or "") for row in rows), [
                (row.lease, row.due_at, row.last_reason) for row in rows
            ]
            return True

        await eventually(all_do)

    async def hears_echo(self, echo: Delivery | None = None, *, at: str = "messenger") -> None:
        """A platform tells of a reply; the oldest that it took, if none is named."""
        known = len(await self.edge.facts(InteractionReceived))
        await self.edge.hears(self.sim.platform(at), echo or self.echoes.pop(0))
        await self.edge.published(count=known + 1)

    async def sent(self, *, count: int = 1) -> list[ReplySent]:
        """The results that say a reply was sent, once there are as many."""
        return await self._results(ReplySent, count)

    async def failed(self, *, count: int = 1) -> list[ReplyFailed]:
        """The results that say it was not, once there are as many."""
        return await self._results(ReplyFailed, count)

    async def _results(self, event_class: type[E], count: int) -> list[E]:
        async def are_there() -> bool:
            assert len(await self.edge.facts(event_class)) >= count
            return True

        await eventually(are_there)
        return await self.edge.facts(event_class)


@asynccontextmanager
async def a_reply_desk(directory: Path, *, database_url: str = "") -> AsyncIterator[ReplyDesk]:
    """A desk with a page, its Messenger inbox and a generic source."""
    clock = FrozenClock()
    world = Surroundings(now=clock.now)
    platforms = [
        FacebookPage(_PAGE, surroundings=world),
        MessengerInbox(_PAGE, surroundings=world),
        GenericSource(surroundings=world),
    ]
    async with (
        an_edge(directory, now=clock, database_url=database_url) as edge,
        Simulator(platforms) as sim,
    ):
        accounts = {one.name: await edge.plays(one, api_base=sim.api_base(one.name)) for one in platforms}
        desk = ReplyDesk(edge, sim, accounts)
        for platform in platforms:
            platform.echo = desk.echoes.append
        yield desk
