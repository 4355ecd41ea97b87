"""On every platform: somebody writes, an agent answers, and the answer is there once."""

from typing import Any

import pytest

from huiying.ids import new_token
from simulator.facade import Simulator
from simulator.happening import Happening, Kind
from simulator.people import AUTUMN_POST, MIA
from simulator.platforms.platform import Platform, Surroundings
from simulator.platforms.table import PLATFORMS
from tests.support.eventually import eventually
from tests.support.world import World

PATIENCE_SECONDS = 40
# Nobody can write to a brand there, as far as these platforms tell anyone.
SILENT = frozenset({"bilibili", "kuaishou"})
QUESTION, ANSWER, LATER = "Is it open on Sunday?", "Yes, from ten to eight!", "Thank you, see you then"


@pytest.mark.parametrize("name", sorted(PLATFORMS.keys() - SILENT))
async def test_what_somebody_writes_is_filed_and_the_answer_reaches_them_once(world: World, name: str) -> None:
    brand = f"brand-{new_token(8)}"
    async with Simulator([_one(name)]) as sim:
        await world.connect(sim, brand=brand)
        await _happens(world, sim, name, text=QUESTION)
        thread = await _thread(world, brand)

        await _reply(world, thread)

        await _sent(world, thread["id"])
        await sim.echoes_delivered()
        await _happens(world, sim, name, text=LATER)
        said = await _said(world, brand, count=3)
        assert sorted(said) == sorted([("inbound", QUESTION), ("outbound", ANSWER), ("inbound", LATER)])
        assert [reply.text for reply in sim.received_replies(name)] == [ANSWER]


@pytest.mark.parametrize("name", sorted(name for name in PLATFORMS.keys() & SILENT if PLATFORMS[name].habits))
async def test_what_a_platform_without_conversations_tells_is_understood(world: World, name: str) -> None:
    brand = f"brand-{new_token(8)}"
    async with Simulator([_one(name)]) as sim:
        await world.connect(sim, brand=brand)
        kind = next(iter(PLATFORMS[name].habits))
        outcome = await sim.deliver(_told(sim.platform(name), kind, text=""))

        assert outcome.is_acknowledged
        async with world.api("ingest") as ingest:

            async def normalised() -> list[dict[str, Any]]:
                listed = await ingest.get("/deliveries", params={"brand": brand})
                found: list[dict[str, Any]] = listed.json()["items"]
                return found

            (delivery,) = await eventually(normalised, timeout_seconds=PATIENCE_SECONDS)
    assert (delivery["status"], delivery["new_count"]) == ("normalised", 1)


def _one(name: str) -> Platform:
    make: Any = PLATFORMS[name]
    platform: Platform = make(surroundings=Surroundings())
    return platform


def _told(platform: Platform, kind: Kind, *, text: str) -> Any:
    return platform.tell(
        Happening(
            at=platform.world.now(),
            platform=platform.name,
            kind=kind,
            person=MIA,
            number=platform.world.number(),
            post=AUTUMN_POST,
            text=text,
        )
    )


async def _happens(world: World, sim: Simulator, name: str, *, text: str) -> None:
    platform = sim.platform(name)
    kind = next(kind for kind in (Kind.COMMENT, Kind.MESSAGE, Kind.MENTION) if kind in platform.habits)
    delivery = _told(platform, kind, text=text)
    if delivery is not None:
        assert (await sim.deliver(delivery)).is_acknowledged
        return
    # What is never pushed is read from a list, as soon as anybody asks for it.
    async with world.api("ingest") as ingest:
        (account,) = (await ingest.get("/accounts", params={"platform": name})).json()["items"][-1:]
        for feed in (await ingest.get("/feeds", params={"account": account["id"]})).json()["items"]:
            (await ingest.post(f"/feeds/{feed['id']}:poll")).raise_for_status()


async def _thread(world: World, brand: str) -> dict[str, Any]:
    async with world.api("inbox") as inbox:

        async def found() -> list[dict[str, Any]]:
            items: list[dict[str, Any]] = (await inbox.get("/threads", params={"brand": brand})).json()["items"]
            return items

        (thread,) = await eventually(found, timeout_seconds=PATIENCE_SECONDS)
        whole: dict[str, Any] = (await inbox.get(f"/threads/{thread['id']}")).json()
    return whole


async def _reply(world: World, thread: dict[str, Any]) -> None:
    capabilities = thread["reply"]["capabilities"]
    visibility = "public" if "public_reply" in capabilities else "private"
    async with world.api("inbox") as inbox:
        body = {"text": ANSWER, "visibility": visibility}
        answer = await inbox.post(f"/threads/{thread['id']}/replies", json=body)
    assert answer.status_code == 202, answer.text


async def _sent(world: World, thread_id: str) -> None:
    async with world.api("inbox") as inbox:

        async def is_sent() -> bool:
            messages = (await inbox.get(f"/threads/{thread_id}/messages")).json()["items"]
            (reply,) = [one for one in messages if one["text"] == ANSWER]
            assert reply["delivery"]["status"] != "failed", reply["delivery"]["error"]
            assert reply["delivery"]["status"] == "sent"
            return True

        await eventually(is_sent, timeout_seconds=PATIENCE_SECONDS)


async def _said(world: World, brand: str, *, count: int) -> list[tuple[str, str]]:
    """Everything that was said to and by the brand, in whatever thread, once there is so much."""
    async with world.api("inbox") as inbox:

        async def all_of_it() -> list[tuple[str, str]]:
            said = []
            for thread in (await inbox.get("/threads", params={"brand": brand})).json()["items"]:
                messages = (await inbox.get(f"/threads/{thread['id']}/messages")).json()["items"]
                said += [(one["direction"], one["text"]) for one in messages]
            assert len(said) >= count, said
            return said

        found: list[tuple[str, str]] = await eventually(all_of_it, timeout_seconds=PATIENCE_SECONDS)
    return found
