"""For every route that asks for a permission: how it is asked about one brand, and the object it needs for that.

A route that is missing here fails the matrix, so whoever adds one says what it is about.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from huiying.bus.transport import Partition, Record, Stored
from huiying.db.statements import insert_all
from huiying.errors import Rejected
from huiying.ids import new_id
from huiying.service import dead_letters
from ingest.storage.tables import Delivery
from ingest.usecases.normalise_deliveries import body_context
from tests.support.calls import AsyncClient
from tests.support.running import Running, an_administrator

OWN, OTHER = "tea", "boats"
NOW = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


class About(Enum):
    """What a route is about, which decides how it answers for another brand."""

    OBJECT = "one object of a brand, by the id in its path: 404"
    BRAND = "a brand that the request names: 404"
    LIST = "what there is of the caller's brands: without the others'"
    NO_BRAND = "nothing of any brand"


class World:
    """A running service with two brands, and whoever is needed to fill them."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.administrator = running.client(an_administrator(OWN, OTHER))

    async def made(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """What a creating route answers an administrator."""
        answer = await self.administrator.post(path, json=body)
        assert answer.status_code in {201, 202}, answer.text
        found: dict[str, Any] = answer.json()
        return found


Make = Callable[[World, str], Awaitable[str]]
"""Makes an object of a brand, and gives its id."""


async def nothing(_world: World, _brand: str) -> str:
    """No object at all."""
    return ""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """How a route is asked about a brand. `make` gives the id that goes into its path."""

    about: About
    make: Make = nothing
    body: Callable[[str], Mapping[str, Any]] | None = None
    query: Callable[[str], Mapping[str, str]] | None = None


# ── every service ──


async def letter(world: World, _brand: str) -> str:
    """A record that nobody handles, set aside."""
    record = Record("brands", b"key", b"{}", (), 0)
    async with world.running.open_unit() as unit:
        await dead_letters.bury(
            unit.session,
            Stored(Partition("brands", 0), 1, record),
            event_type="nothing.known",
            error=Rejected("refused"),
            now=NOW,
        )
    async with world.running.open_view() as unit:
        return (await dead_letters.some(unit.session, topic=None, after="", limit=200))[-1].id


OPERATIONS = {
    "listDeadLetters": Ask(about=About.NO_BRAND, make=letter),
    "getDeadLetter": Ask(about=About.NO_BRAND, make=letter),
    "replayDeadLetter": Ask(about=About.NO_BRAND, make=letter),
    "dropDeadLetter": Ask(about=About.NO_BRAND, make=letter),
}


# ── identity ──


async def brand(_world: World, slug: str) -> str:
    """The brand itself, which is there from the start."""
    return slug


async def member(world: World, slug: str) -> str:
    """A member with a role for the brand, invited but not yet come."""
    asked = {"email": f"{new_id()}@example.org", "name": "Somebody", "roles": {slug: "agent"}}
    return str((await world.made("/members", asked))["id"])


async def api_key(world: World, slug: str) -> str:
    """A key with a role for the brand."""
    return str((await world.made("/api-keys", {"name": "A program", "roles": {slug: "agent"}}))["id"])


def new_member(slug: str) -> Mapping[str, Any]:
    """Somebody who is not there yet."""
    return {"email": f"{new_id()}@example.org", "name": "New", "roles": {slug: "agent"}}


IDENTITY = {
    "createBrand": Ask(about=About.NO_BRAND, body=lambda _: {"slug": f"b{new_id()}", "name": "New"}),
    "listBrands": Ask(about=About.LIST, make=brand),
    "getBrand": Ask(about=About.OBJECT, make=brand),
    "createMember": Ask(about=About.BRAND, body=new_member),
    "listMembers": Ask(about=About.LIST, make=member),
    "getMember": Ask(about=About.OBJECT, make=member),
    "changeMember": Ask(about=About.OBJECT, make=member, body=lambda _: {"is_active": False}),
    "inviteMember": Ask(about=About.OBJECT, make=member),
    "createAPIKey": Ask(about=About.BRAND, body=lambda slug: {"name": "A program", "roles": {slug: "agent"}}),
    "listAPIKeys": Ask(about=About.LIST, make=api_key),
    "getAPIKey": Ask(about=About.OBJECT, make=api_key),
    "deleteAPIKey": Ask(about=About.OBJECT, make=api_key),
}


# ── ingest ──


def new_account(slug: str) -> dict[str, Any]:
    """An account that is not connected yet."""
    return {
        "platform": "generic",
        "brand": slug,
        "external_id": new_id(),
        "name": "The shop",
        "credentials": {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
    }


async def account(world: World, slug: str) -> str:
    """A connected account of the brand."""
    return str((await world.made("/accounts", new_account(slug)))["id"])


async def delivery(world: World, slug: str) -> str:
    """A delivery to one of the brand's accounts, kept whole."""
    delivery_id, account_id = new_id(), await account(world, slug)
    row = Delivery(
        id=delivery_id,
        account_id=account_id,
        brand=slug,
        platform="generic",
        status="normalised",
        interaction_count=0,
        new_count=0,
        proof="hmac",
        content_type="application/json",
        size_bytes=2,
        query={},
        headers={},
        body=world.running.runtime.vault.seal(b"{}", context=body_context(delivery_id)),
        received_at=NOW,
    )
    async with world.running.open_unit() as unit:
        await insert_all(unit.session, Delivery, [row.model_dump()])
    return delivery_id


INGEST = {
    "connectAccount": Ask(about=About.BRAND, body=new_account),
    "listAccounts": Ask(about=About.LIST, make=account),
    "getAccount": Ask(about=About.OBJECT, make=account),
    "changeAccount": Ask(about=About.OBJECT, make=account, body=lambda _: {"name": "Another name"}),
    "removeAccount": Ask(about=About.OBJECT, make=account),
    "listDeliveries": Ask(about=About.LIST, make=delivery),
    "getDelivery": Ask(about=About.OBJECT, make=delivery),
    "replayDelivery": Ask(about=About.OBJECT, make=delivery),
}


# ── scoring, reporting ──

SCORING = {
    "assessTexts": Ask(about=About.NO_BRAND, body=lambda _: {"items": [{"text": "很好"}]}),
    "getModel": Ask(about=About.NO_BRAND),
}


def a_day(slug: str) -> Mapping[str, str]:
    """A day's interactions of a brand."""
    return {"metric": "interactions", "brand": slug, "from": "2026-11-01T00:00:00Z", "to": "2026-11-02T00:00:00Z"}


REPORTING = {
    "getMetric": Ask(about=About.BRAND, query=a_day),
    "listMetrics": Ask(about=About.NO_BRAND),
}

ASKS: Mapping[str, Mapping[str, Ask]] = {
    "identity": IDENTITY | OPERATIONS,
    "ingest": INGEST | OPERATIONS,
    "scoring": SCORING | OPERATIONS,
    "reporting": REPORTING | OPERATIONS,
    "inbox": OPERATIONS,
}
"""Service -> operation id -> how it is asked."""


async def send(client: AsyncClient, method: str, path: str, *, ask: Ask, object_id: str, slug: str) -> Any:
    """Ask a route about a brand; `path` has at most one id."""
    whole = path.format_map(_EveryName(object_id))
    body, query = ask.body and ask.body(slug), ask.query and ask.query(slug)
    return await client.request(method, whole, json=body, params=query)


class _EveryName(dict[str, str]):
    """Gives the one id under whatever name the path calls it."""

    def __init__(self, object_id: str) -> None:
        super().__init__()
        self._object_id = object_id

    def __missing__(self, _name: str) -> str:
        return self._object_id
