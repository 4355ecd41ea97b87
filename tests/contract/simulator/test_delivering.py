"""Delivering as the platforms do: handshakes, retries, copies, disorder; and a day in its time."""

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from simulator.facade import Simulator
from simulator.manners import NASTY, Manners
from simulator.platforms.generic import GenericSource
from simulator.platforms.platform import utc_now
from simulator.scenario import Scenario, make_day
from simulator.sender import HandshakeFailed, NoHook
from tests.contract.simulator.product import Product, serve
from tests.support.eventually import eventually


async def test_a_delivery_is_taken_at_the_first_attempt(sim: Simulator, product: Product) -> None:
    outcome = await sim.deliver(sim.facebook.comment("hi"))

    assert (outcome.is_acknowledged, outcome.status, outcome.attempts) == (True, 200, 1)
    assert [interaction.object.text for interaction in product.interactions] == ["hi"]


async def test_before_a_hook_is_known_nothing_is_delivered(sim: Simulator) -> None:
    with pytest.raises(NoHook):
        await sim.deliver(sim.facebook.comment("hi"))


async def test_a_hook_that_does_not_know_the_token_is_not_registered(sim: Simulator, product: Product) -> None:
    product.platforms["facebook"] = sim.wechat_oa

    with pytest.raises(HandshakeFailed, match="facebook"):
        await sim.connect("facebook", f"{product.url}/facebook")


@pytest.mark.parametrize(("name", "attempts"), [("facebook", 10), ("wechat_oa", 3), ("generic", 10)])
async def test_what_is_refused_is_repeated_as_often_as_the_platform_does(
    sim: Simulator, product: Product, name: str, attempts: int
) -> None:
    deliveries = {
        "facebook": sim.facebook.comment("hi"),
        "wechat_oa": sim.wechat_oa.text("hi"),
        "generic": sim.generic.comment("hi"),
    }
    product.trouble = [Response(status_code=503)] * 20

    outcome = await sim.deliver(deliveries[name])

    assert (outcome.is_acknowledged, outcome.status, outcome.attempts) == (False, 503, attempts)
    assert sim.statistics.given_up == 1


async def test_a_delivery_refused_twice_arrives_late(sim: Simulator, product: Product) -> None:
    product.trouble = [Response(status_code=500)] * 2

    outcome = await sim.deliver(sim.generic.comment("hi"))

    assert (outcome.is_acknowledged, outcome.attempts) == (True, 3)
    assert (sim.statistics.sent, sim.statistics.refused, sim.statistics.retried) == (3, 2, 2)


async def test_each_attempt_of_a_standard_webhook_has_the_same_id(sim: Simulator, product: Product) -> None:
    product.trouble = [Response(status_code=500)] * 2

    await sim.deliver(sim.generic.comment("hi"))

    assert len({delivery.headers["webhook-id"] for delivery in product.deliveries}) == 1


async def test_a_source_told_that_the_hook_is_gone_does_not_come_again(sim: Simulator, product: Product) -> None:
    product.trouble = [Response(status_code=410)]

    outcome = await sim.deliver(sim.generic.comment("hi"))

    assert (outcome.is_acknowledged, outcome.attempts) == (False, 1)


@pytest.mark.parametrize("answer", [JSONResponse({"ok": True}), PlainTextResponse("thanks")])
async def test_wechat_takes_nothing_but_success_for_an_answer(
    sim: Simulator, product: Product, answer: Response
) -> None:
    product.trouble = [answer]

    outcome = await sim.deliver(sim.wechat_oa.text("hi"))

    assert (outcome.is_acknowledged, outcome.attempts) == (True, 2)


async def test_nobody_at_the_hook_is_no_answer(sim: Simulator) -> None:
    sim.facebook.hook = "http://127.0.0.1:9/hook"

    outcome = await sim.deliver(sim.facebook.comment("hi"))

    assert (outcome.is_acknowledged, outcome.status) == (False, None)


async def test_copies_side_by_side_are_one_interaction(sim: Simulator, product: Product) -> None:
    outcomes = await sim.deliver_all([sim.messenger.message("hi")], manners=Manners(copies=3, at_once=2))

    assert [outcome.is_acknowledged for outcome in outcomes] == [True] * 3
    assert len(product.deliveries) == 3
    assert len(product.distinct) == 1


async def test_however_nasty_the_manners_everything_arrives(sim: Simulator, product: Product) -> None:
    deliveries = [sim.generic.comment(f"number {number}") for number in range(40)]

    await sim.deliver_all(deliveries, manners=NASTY)

    arrived = [interaction.object.id for interaction in product.distinct.values()]
    assert len(product.interactions) == 120
    assert sorted(arrived) == sorted(delivery.object_id for delivery in deliveries)
    assert arrived != [delivery.object_id for delivery in deliveries]


async def test_a_day_reaches_every_hook_and_happens_now(sim: Simulator, product: Product) -> None:
    began, played = utc_now(), [sim.platform(name) for name in sim.names]
    pushing = [one.name for one in played if one.habits and not one.unpushed]
    day = make_day(Scenario.CALM, now=began, rate_per_second=50 * len(pushing), platforms=pushing)

    told = await sim.player.play(day, duration_seconds=0.5)

    assert told == sim.player.told == len(product.interactions)
    assert {interaction.platform for interaction in product.interactions} == set(pushing)
    assert all((interaction.occurred_at - began).total_seconds() > -1 for interaction in product.interactions)
    assert not product.refusals


async def test_a_day_in_the_background_stops_when_told(sim: Simulator, product: Product) -> None:
    day = make_day(Scenario.CALM, now=utc_now(), rate_per_second=200, platforms=sim.names)

    sim.player.start(day)
    await eventually(lambda: len(product.interactions) > 5)
    await sim.player.stop()

    assert not sim.player.is_playing


async def test_two_sources_of_one_platform_live_side_by_side() -> None:
    bridges = [GenericSource(name="xhs", origin="xiaohongshu", scheme="v1a"), GenericSource(name="forum")]
    async with Simulator(bridges) as sim:
        product = Product({name: sim.platform(name) for name in sim.names})
        server = await serve(product)
        for bridge in bridges:
            await sim.connect(bridge.name, f"{product.url}/{bridge.name}")
            await sim.deliver(bridge.comment("hi"))
        await server.stop()

    assert [interaction.platform for interaction in product.interactions] == ["xiaohongshu", "generic"]
