"""How a route is asked about one brand, whichever service has it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from huiying.bus.transport import Partition, Record, Stored
from huiying.errors import Rejected
from huiying.service import dead_letters
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
    STREAM = "what happens to the caller's brands, without end: its own tests say who hears what"


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
    """How a route is asked about a brand, and what it `answers` who may. `make` gives the id that its path takes."""

    about: About
    answers: frozenset[int] = frozenset({200, 201, 202, 204})
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
    # It was let in, and is still a record that nobody handles.
    "replayDeadLetter": Ask(about=About.NO_BRAND, make=letter, answers=frozenset({422})),
    "dropDeadLetter": Ask(about=About.NO_BRAND, make=letter),
}


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
