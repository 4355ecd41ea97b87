"""A running ingest with accounts, and what platforms send to its hooks."""

import random
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from httpx import AsyncClient, Response
from sqlalchemy import Row, Table, select
from starlette.types import ASGIApp, Message, Scope

from huiying.bus.embedded import EmbeddedTransport
from huiying.events.deliveries import DeliveryAccepted
from huiying.events.envelope import Event, decode
from huiying.events.interactions import Interaction, InteractionReceived
from huiying.events.registry import TOPIC_OF
from ingest.clients.connectors.connector import Connector, HookRequest
from ingest.clients.connectors.table import CONNECTORS
from ingest.main import SERVICE, equip
from simulator.delivery import Delivery
from simulator.platforms.platform import Platform, Surroundings
from tests.support.clock import FrozenClock
from tests.support.eventually import eventually
from tests.support.running import Running, a_service, an_administrator

__all__ = ["BRAND", "Answer", "Edge", "Response", "an_edge", "told_bare"]

E = TypeVar("E", bound=Event)

BRAND = "tea-house"


@dataclass(frozen=True)
class Answer:
    """What an application said, below any client."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Edge:
    """Ingest as platforms and its operators meet it."""

    running: Running
    api: AsyncClient
    hooks: AsyncClient
    clock: FrozenClock
    world: Surroundings = field(init=False)

    def __post_init__(self) -> None:
        self.world = Surroundings(now=self.clock.now, chance=random.Random(7))

    async def passes(self, time: timedelta) -> None:
        """Time passes: the token is made anew, and the jobs are looked at."""
        self.clock.advance(time)
        async with self.running.client(an_administrator(BRAND)) as fresh:
            self.api.headers["authorization"] = fresh.headers["authorization"]
        jobs = self.running.runtime.jobs
        assert jobs is not None
        jobs.wake()

    async def connects(self, platform: str, credentials: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """Connect an account; gives it as the API does."""
        asked = {
            "platform": platform,
            "brand": BRAND,
            "external_id": "700100200300400",
            "name": "Tea",
            "credentials": {
                name: list(value) if isinstance(value, tuple) else value for name, value in credentials.items()
            },
            **more,
        }
        answer = await self.api.post("/accounts", json=asked)
        assert answer.status_code == 201, answer.text
        account: dict[str, Any] = answer.json()
        return account

    async def plays(self, platform: Platform, **more: Any) -> str:
        """Connect an account of a simulated platform; gives its id."""
        account = await self.connects(
            platform.platform, platform.credentials(), external_id=platform.external_id, **more
        )
        platform.hook = account["hook_path"]
        return str(account["id"])

    async def hears(self, platform: Platform, delivery: Delivery, *, times: int = 1) -> None:
        """The platform tells its hook, which takes it."""
        assert platform.hook is not None
        for _ in range(times):
            signed = platform.sign(delivery, at=self.clock.now())
            answer = await self.hooks.post(
                platform.hook, params=dict(signed.query), headers=dict(signed.headers), content=signed.body
            )
            assert answer.is_success, answer.text

    async def asked(self, account: Mapping[str, Any], request: HookRequest, **more: Any) -> Response:
        """A request to the account's hook; `more` may name another `method` or `path`."""
        return await self.hooks.request(
            more.get("method", request.method),
            more.get("path", account["hook_path"]),
            params=dict(request.query),
            headers=[(name.encode(), value.encode("latin-1")) for name, value in request.headers.items()],
            content=more.get("content", request.body),
        )

    async def facts(self, event_class: type[E]) -> list[E]:
        """What is on the bus of this class."""
        transport = self.running.transport
        assert isinstance(transport, EmbeddedTransport)
        batches = await transport.read(TOPIC_OF[event_class].name, offset=0, limit=10_000)
        records = [record for batch in batches for record in batch.records]
        kind = event_class.type.encode()
        return [decode(event_class, one.value) for one in records if kind in dict(one.headers).values()]

    async def accepted(self) -> list[DeliveryAccepted]:
        """The deliveries that were accepted, replays too."""
        return await self.facts(DeliveryAccepted)

    async def published(self, *, count: int) -> list[Interaction]:
        """The interactions on the bus, once there are as many as that."""

        async def are_there() -> bool:
            assert len(await self.facts(InteractionReceived)) >= count
            return True

        await eventually(are_there)
        return [fact.interaction for fact in await self.facts(InteractionReceived)]

    async def filed(self, *, count: int) -> list[dict[str, Any]]:
        """The deliveries as the API lists them, oldest first, once there are as many as that."""

        async def are_there() -> list[dict[str, Any]]:
            items: list[dict[str, Any]] = (await self.api.get("/deliveries", params={"limit": 200})).json()["items"]
            assert len(items) >= count, items
            return items

        items: list[dict[str, Any]] = await eventually(are_there)
        return items[::-1]

    async def rows(self, table: Table) -> Sequence[Row[Any]]:
        """All rows of a table."""
        async with self.running.open_view() as unit:
            rows: Sequence[Row[Any]] = (await unit.session.execute(select(table))).all()
            return rows


@asynccontextmanager
async def an_edge(
    directory: Path,
    *,
    database_url: str = "",
    now: FrozenClock | None = None,
    connectors: Mapping[str, Connector] = CONNECTORS,
    **more: Any,
) -> AsyncIterator[Edge]:
    """A running ingest at a time that stands still, asked by an administrator of its brand."""
    clock = now or FrozenClock()
    service = replace(SERVICE, equip=partial(equip, connectors=connectors))
    async with (
        a_service(service, directory=directory, clock=clock, database_url=database_url, **more) as running,
        running.client(an_administrator(BRAND)) as api,
        running.hooks_client() as hooks,
    ):
        yield Edge(running, api, hooks, clock)


async def told_bare(
    app: ASGIApp,
    *,
    path: str,
    method: str = "POST",
    query: bytes = b"",
    headers: Iterable[tuple[bytes, bytes]] = (),
    messages: Sequence[Message] = ({"type": "http.request", "body": b"", "more_body": False},),
) -> Answer | None:
    """One request below any client, message by message; None if the application says nothing."""
    waiting, said = list(messages), list[Message]()
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": b"",
        "query_string": query,
        "headers": list(headers),
        "client": ("203.0.113.7", 4711),
        "server": ("test", 80),
    }

    async def receive() -> Message:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        said.append(message)

    await app(scope, receive, send)
    if not said:
        return None
    named = {name.decode(): value.decode() for name, value in said[0]["headers"]}
    return Answer(said[0]["status"], named, b"".join(one.get("body", b"") for one in said[1:]))
