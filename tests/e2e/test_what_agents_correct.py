"""From an agent's correction to the thread that reads otherwise, and to its erasure with the comment."""

from typing import Any

from huiying.ids import new_token
from simulator.facade import Simulator
from tests.support.eventually import eventually
from tests.support.world import World

PATIENCE_SECONDS = 30
SAID = "可真是太好喝了呢，等了两个小时"


async def test_a_correction_changes_how_the_thread_reads_and_goes_with_the_comment(
    world: World, sim: Simulator
) -> None:
    brand = f"b{new_token(6).lower()}"
    await world.connect(sim, brand=brand)
    comment = sim.facebook.comment(SAID)
    await sim.deliver(comment)
    thread = await _thread(world, brand, sentiment=None)
    message = await _message(world, thread["id"])
    other = "negative" if thread["sentiment"] != "negative" else "neutral"
    said = {"brand": brand, "text": SAID, "interaction_id": message["interaction_id"], "sentiment": other}

    async with world.api("scoring") as scoring:
        made = (await scoring.post("/corrections", json=said)).json()
        await _thread(world, brand, sentiment=other)
        corrected = await _message(world, thread["id"])
        await sim.deliver(sim.facebook.comment_removed(comment.object_id))

        async def is_erased() -> object:
            return not (await scoring.get("/corrections", params={"brand": brand})).json()["items"]

        await eventually(is_erased, timeout_seconds=PATIENCE_SECONDS)
    assert corrected["correction"] == {"id": made["id"], "sentiment": other}
    assert corrected["assessment"]["sentiment"]["label"] == other


async def _thread(world: World, brand: str, *, sentiment: str | None) -> dict[str, Any]:
    """The brand's only thread, once it reads so, or at all."""
    async with world.api("inbox") as inbox:

        async def found() -> dict[str, Any] | None:
            items = (await inbox.get("/threads", params={"brand": brand})).json()["items"]
            reads = [item for item in items if item.get("sentiment") in ({sentiment} if sentiment else LABELS)]
            return reads[0] if reads else None

        thread: dict[str, Any] = await eventually(found, timeout_seconds=PATIENCE_SECONDS)
    return thread


async def _message(world: World, thread_id: str) -> dict[str, Any]:
    async with world.api("inbox") as inbox:
        (message,) = (await inbox.get(f"/threads/{thread_id}/messages")).json()["items"]
    return dict(message)


LABELS = {"negative", "neutral", "positive"}
