"""A bridge for Xiaohongshu and our generic connector, on real sockets."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from huiying.events.interactions import Action, Capability, Direction, Interaction, Kind, Target
from huiying.http.client import HTTPClient
from ingest.clients.connectors.connector import Access, OutgoingReply, SignatureRefused
from ingest.clients.connectors.generic import GenericConnector
from simulator.facade import Simulator
from simulator.people import MIA, XIAOYU
from simulator.platforms.generic import GenericSource
from simulator.platforms.platform import utc_now
from simulator.platforms.xiaohongshu import ROOM, XiaohongshuBridge
from tests.contract.simulator.platforms.answering import access_of, answer_to, heard
from tests.contract.simulator.product import Product, received, serve
from tests.contract.simulator.test_meeting_the_connectors import signed

GENERIC = GenericConnector()


def _answer_to(asked: Interaction) -> OutgoingReply:
    # It is signed with the time, and an old one would be refused.
    return msgspec.structs.replace(answer_to(asked), attempted_at=utc_now())


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator([GenericSource(), XiaohongshuBridge()], patience=0, echo_delay_seconds=0) as running:
        yield running


@pytest.fixture
def plain(sim: Simulator) -> GenericSource:
    return sim.generic


@pytest.fixture
def bridge(sim: Simulator) -> XiaohongshuBridge:
    return sim.first(XiaohongshuBridge)


@pytest.fixture
async def access(sim: Simulator, bridge: XiaohongshuBridge) -> AsyncIterator[Access]:
    client = HTTPClient(allow_private_addresses=True, timeout_seconds=2)
    yield access_of(sim, bridge, client)
    await client.close()


async def test_the_bridge_is_a_generic_account_beside_others(
    sim: Simulator, bridge: XiaohongshuBridge, plain: GenericSource
) -> None:
    product = Product({name: sim.platform(name) for name in sim.names})
    server = await serve(product)
    for name in sim.names:
        await sim.connect(name, f"{product.url}/{name}")
        assert sim.account(name, brand="tea-house")["platform"] == "generic"

    outcome = await sim.deliver(bridge.comment("种草了"))
    await sim.deliver(plain.comment("hi"))
    await server.stop()

    assert (outcome.is_acknowledged, outcome.attempts) == (True, 1)
    assert [one.platform for one in product.interactions] == ["xiaohongshu", "generic"]


def test_each_thing_told_is_understood(bridge: XiaohongshuBridge) -> None:
    told = [
        bridge.comment("多少钱一盒？"),
        bridge.message("在吗？"),
        bridge.mention("去打卡"),
        bridge.follow(),
        bridge.live_comment("上链接！"),
    ]

    heard_of = [heard(bridge, delivery) for delivery in told]

    assert {one.platform for one in heard_of} == {"xiaohongshu"}
    assert [one.kind for one in heard_of] == [Kind.COMMENT, Kind.MESSAGE, Kind.MENTION, Kind.FOLLOW, Kind.COMMENT]
    assert all((one.action, one.direction) == (Action.CREATED, Direction.INBOUND) for one in heard_of)


def test_what_viewers_of_a_stream_say_belongs_to_its_room(bridge: XiaohongshuBridge) -> None:
    said = [heard(bridge, bridge.live_comment("上链接！", author=who)) for who in (MIA, XIAOYU)]

    assert {(one.target.post_id, one.target.conversation_id) for one in said if one.target} == {(ROOM, ROOM)}
    assert said[0].reply.capabilities == (Capability.PUBLIC_REPLY,)


def test_another_bridge_cannot_speak_for_it(bridge: XiaohongshuBridge, plain: GenericSource) -> None:
    with pytest.raises(SignatureRefused):
        received(bridge, signed(plain, bridge.comment("hi")))


async def test_an_answer_to_a_note_is_taken_once_and_told_of(
    sim: Simulator, bridge: XiaohongshuBridge, access: Access
) -> None:
    product = Product({"xiaohongshu": bridge})
    server = await serve(product)
    await sim.connect("xiaohongshu", f"{product.url}/xiaohongshu")
    asked = heard(bridge, bridge.comment("周日开门吗？"))

    first = await GENERIC.send(_answer_to(asked), access=access)
    again = await GENERIC.send(_answer_to(asked), access=access)
    await sim.echoes_delivered()
    await server.stop()

    assert first == again
    (taken,) = sim.received_replies("xiaohongshu")
    (echo,) = product.interactions
    assert (taken.id, taken.is_public) == (first.object_id, True)
    assert (echo.platform, echo.direction, echo.object.id) == ("xiaohongshu", Direction.OUTBOUND, first.object_id)


async def test_an_answer_in_a_live_room_is_told_to_the_room(
    sim: Simulator, bridge: XiaohongshuBridge, access: Access
) -> None:
    product = Product({"xiaohongshu": bridge})
    server = await serve(product)
    await sim.connect("xiaohongshu", f"{product.url}/xiaohongshu")
    asked = heard(bridge, bridge.live_comment("上链接！"))

    await GENERIC.send(_answer_to(asked), access=access)
    await sim.echoes_delivered()
    await server.stop()

    (taken,) = sim.received_replies("xiaohongshu")
    (echo,) = product.interactions
    assert taken.is_public
    assert echo.kind is Kind.COMMENT
    assert echo.target == Target(post_id=ROOM, parent_id=asked.object.id, conversation_id=ROOM)
