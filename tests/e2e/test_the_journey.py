"""From a signed webhook to a report, and from a reply to the platform: the whole path, with nothing replaced."""

import asyncio
from datetime import timedelta
from typing import Any

from huiying.clock import SystemClock
from huiying.ids import new_token
from simulator.delivery import Delivery
from simulator.facade import Simulator
from simulator.faults import Fault, FaultKind
from tests.support.eventually import eventually
from tests.support.platforms import a_simulator
from tests.support.world import World

PATIENCE_SECONDS = 30


async def test_a_comment_a_private_message_and_a_mention_are_filed_assessed_and_counted_once(
    world: World, sim: Simulator
) -> None:
    brand = _a_brand()
    await world.connect(sim, brand=brand)
    comment = sim.facebook.comment("等了四十分钟，太失望了，我要退款")
    message = sim.wechat_oa.text("你好，请问周末几点开门？")
    mention = sim.generic.mention("I love the new flavour, best tea in town!")

    for delivery in (comment, message, mention):
        await _deliver_three_times(sim, delivery)

    threads = await _threads(world, brand, count=3)
    assert sorted(thread["kind"] for thread in threads) == ["comment", "mention", "message"]
    for thread in threads:
        [only] = await _messages(world, thread["id"])
        assert only["assessment"]["sentiment"]["label"] in {"negative", "neutral", "positive"}
    assert await _counted(world, brand, metric="interactions") == 3
    await _quiet(world, brand, deliveries=9)
    assert len(await _threads(world, brand, count=3)) == 3
    assert await _counted(world, brand, metric="interactions") == 3


async def test_a_reply_reaches_the_platform_once_and_its_echo_is_no_new_message(world: World, sim: Simulator) -> None:
    brand = _a_brand()
    await world.connect(sim, brand=brand)
    await sim.deliver(sim.facebook.comment("Is it open on Sunday?"))
    [thread] = await _threads(world, brand, count=1)

    await _reply(world, thread["id"], text="Yes, from ten to eight!")

    await _sent(world, thread["id"], text="Yes, from ten to eight!")
    await sim.echoes_delivered()
    await _quiet(world, brand, deliveries=2)
    assert [reply.text for reply in sim.received_replies("facebook")] == ["Yes, from ten to eight!"]
    assert [each["direction"] for each in await _messages(world, thread["id"])] == ["inbound", "outbound"]
    assert await _counted(world, brand, metric="answers") == 1


async def test_a_private_reply_on_wechat_goes_out_once_however_often_it_is_asked_for(
    world: World, sim: Simulator
) -> None:
    brand = _a_brand()
    await world.connect(sim, brand=brand)
    await sim.deliver(sim.wechat_oa.text("有优惠吗？"))
    [thread] = await _threads(world, brand, count=1)

    answers = await asyncio.gather(*(_reply(world, thread["id"], text="今天买一送一！", key="once") for _ in range(3)))

    await _sent(world, thread["id"], text="今天买一送一！")
    assert len({answer for answer in answers if answer is not None}) == 1
    assert [reply.text for reply in sim.received_replies("wechat_oa")] == ["今天买一送一！"]


async def test_replies_of_one_thread_keep_their_order_while_the_platform_is_in_trouble(
    world: World, sim: Simulator
) -> None:
    brand = _a_brand()
    await world.connect(sim, brand=brand)
    await sim.deliver(sim.messenger.message("hello?"))
    [thread] = await _threads(world, brand, count=1)
    sim.misbehave("messenger", Fault(kind=FaultKind.TOO_MANY, times=2, path_ends="messages"))

    for text in ("one", "two", "three"):
        await _reply(world, thread["id"], text=text)

    await _sent(world, thread["id"], text="three")
    assert [reply.text for reply in sim.received_replies("messenger")] == ["one", "two", "three"]


def _a_brand() -> str:
    return f"brand-{new_token(8)}"


async def _deliver_three_times(sim: Simulator, delivery: Delivery) -> None:
    """Twice at the same moment, and once more."""
    await asyncio.gather(sim.deliver(delivery), sim.deliver(delivery))
    await sim.deliver(delivery)


async def _threads(world: World, brand: str, *, count: int) -> list[dict[str, Any]]:
    async with world.api("inbox") as inbox:

        async def found() -> list[dict[str, Any]]:
            items: list[dict[str, Any]] = (await inbox.get("/threads", params={"brand": brand})).json()["items"]
            assert len(items) >= count
            assert all(item.get("sentiment") for item in items)
            return items

        threads: list[dict[str, Any]] = await eventually(found, timeout_seconds=PATIENCE_SECONDS)
    assert len(threads) == count
    return threads


async def _messages(world: World, thread_id: str) -> list[dict[str, Any]]:
    async with world.api("inbox") as inbox:
        return list((await inbox.get(f"/threads/{thread_id}/messages")).json()["items"])


async def _reply(world: World, thread_id: str, *, text: str, key: str | None = None) -> str | None:
    """The id of the reply, if it was taken."""
    headers = {"idempotency-key": key} if key else {}
    body = {"text": text, "visibility": "public"}
    async with world.api("inbox") as inbox:
        thread = (await inbox.get(f"/threads/{thread_id}")).json()
        if thread["kind"] == "message":
            body["visibility"] = "private"
        answer = await inbox.post(f"/threads/{thread_id}/replies", json=body, headers=headers)
    return str(answer.json()["id"]) if answer.is_success else None


async def _sent(world: World, thread_id: str, *, text: str) -> None:
    async def is_sent() -> object:
        messages = await _messages(world, thread_id)
        return any(each["text"] == text and each.get("delivery", {}).get("status") == "sent" for each in messages)

    await eventually(is_sent, timeout_seconds=PATIENCE_SECONDS)


async def _counted(world: World, brand: str, *, metric: str) -> int:
    params = {"metric": metric, "brand": brand, "granularity": "day", **_today()}
    async with world.api("reporting") as reporting:

        async def answered() -> Any:
            return (await reporting.get("/metrics", params=params)).json()["total"]

        return int(await eventually(answered, timeout_seconds=PATIENCE_SECONDS))


async def _quiet(world: World, brand: str, *, deliveries: int) -> None:
    """Wait until so many deliveries are through ingest, and what came of them through everybody else."""
    async with world.api("ingest") as ingest:

        async def normalised() -> object:
            items = (await ingest.get("/deliveries", params={"brand": brand, "limit": "200"})).json()["items"]
            return len(items) >= deliveries

        await eventually(normalised, timeout_seconds=PATIENCE_SECONDS)
    # A later interaction passes everything that came before it.
    async with a_simulator() as probe:
        probe_brand = _a_brand()
        await world.connect(probe, brand=probe_brand)
        await probe.deliver(probe.generic.comment("a probe"))
        await _threads(world, probe_brand, count=1)
        await _counted(world, probe_brand, metric="interactions")


def _today() -> dict[str, str]:
    now = SystemClock().now()
    return {"from": (now - timedelta(days=1)).isoformat(), "to": (now + timedelta(days=1)).isoformat()}
