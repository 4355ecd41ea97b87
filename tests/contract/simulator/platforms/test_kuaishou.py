"""The played Kuaishou and our connector, on real sockets."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from huiying.events.interactions import Action, Direction, Kind
from huiying.events.replies import FailureReason
from huiying.http.client import HTTPClient
from ingest.clients.connectors.connector import Access, CallRefused, RateLimited, SignatureRefused
from ingest.clients.connectors.kuaishou import KuaishouConnector
from simulator.facade import Simulator
from simulator.faults import Fault, FaultKind
from simulator.people import AUTUMN_POST, Post
from simulator.platforms.kuaishou import KuaishouApp, KuaishouRoom
from simulator.platforms.platform import utc_now
from simulator.signing import kuaishou_signature
from tests.contract.simulator.platforms.answering import access_of, answer_to, heard
from tests.contract.simulator.product import Product, received, serve
from tests.contract.simulator.test_meeting_the_connectors import signed

KUAISHOU = KuaishouConnector()


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator([KuaishouRoom()], patience=0) as running:
        yield running


@pytest.fixture
def room(sim: Simulator) -> KuaishouRoom:
    return sim.first(KuaishouRoom)


@pytest.fixture
async def access(sim: Simulator, room: KuaishouRoom) -> AsyncIterator[Access]:
    client = HTTPClient(allow_private_addresses=True, timeout_seconds=2)
    yield access_of(sim, room, client)
    await client.close()


def test_the_documented_signature_is_made() -> None:
    assert kuaishou_signature(b'{"event":"TEST"}', app_secret="secret") == "f48a244da6b1ae224630f287e831a6e3"


async def test_the_hook_passes_the_test_and_takes_what_is_pushed(sim: Simulator, room: KuaishouRoom) -> None:
    product = Product({"kuaishou": room})
    server = await serve(product)
    await sim.connect("kuaishou", f"{product.url}/kuaishou")

    outcome = await sim.deliver(room.comments(["上链接！"]))
    await server.stop()

    assert (outcome.is_acknowledged, outcome.attempts) == (True, 1)


def test_each_thing_told_is_understood(room: KuaishouRoom) -> None:
    told = [
        (room.comments(["主播看我 😋"]), Kind.COMMENT, Action.CREATED, Direction.INBOUND),
        (room.likes(3), Kind.REACTION, Action.CREATED, Direction.INBOUND),
        (room.gift(), Kind.REACTION, Action.CREATED, Direction.INBOUND),
        (room.permission(), Kind.SYSTEM, Action.AUTHORIZED, Direction.SYSTEM),
        (room.permission(is_taken_back=True), Kind.SYSTEM, Action.REVOKED, Direction.SYSTEM),
    ]

    understood = [heard(room, delivery) for delivery, *_ in told]

    assert [(one.kind, one.action, one.direction) for one in understood] == [tuple(rest) for _, *rest in told]


def test_a_push_of_several_comments_tells_each_of_them_in_the_room(room: KuaishouRoom) -> None:
    delivery = room.comments(["一", "二", "三"])

    comments = received(room, signed(room, delivery))

    assert [comment.object.text for comment in comments] == ["一", "二", "三"]
    assert [comment.object.id for comment in comments] == list(delivery.object_ids)
    assert {comment.target.conversation_id for comment in comments if comment.target} == {room.app.room_code}


def test_what_another_application_signed_is_refused(room: KuaishouRoom) -> None:
    stranger = KuaishouRoom(KuaishouApp(app_secret="another"))

    with pytest.raises(SignatureRefused):
        received(room, signed(stranger, room.comments(["hi"])))


async def test_nothing_said_there_can_be_answered(room: KuaishouRoom, access: Access) -> None:
    comment = heard(room, room.comments(["在吗"]))

    with pytest.raises(CallRefused):
        await KUAISHOU.send(answer_to(comment), access=access)

    assert not comment.reply.capabilities


async def test_videos_are_listed_and_measured(room: KuaishouRoom, access: Access) -> None:
    published = [room.publish(Post(number=number, title=f"第{number}集")) for number in range(25)]
    since = utc_now() - timedelta(days=1)

    first = await KUAISHOU.list_posts(since=since, cursor=None, access=access)
    second = await KUAISHOU.list_posts(since=since, cursor=first.cursor, access=access)
    figures = await KUAISHOU.measure_posts([published[0], "gone"], access=access)
    account = await KUAISHOU.measure_account(access=access)

    assert [post.id for post in (*first.posts, *second.posts)] == published[::-1]
    assert second.cursor is None
    assert [(one.post_id, one.likes) for one in figures] == [(published[0], 80)]
    assert account.followers == 1204


async def test_a_token_is_renewed(sim: Simulator, room: KuaishouRoom, access: Access) -> None:
    room.publish(AUTUMN_POST)

    renewed = await KUAISHOU.renew(access=access, now=utc_now())

    assert renewed.credentials == {"access_token": room.access_token, "refresh_token": room.refresh_token}
    with pytest.raises(CallRefused) as refusal:
        await KUAISHOU.measure_account(access=access)
    assert refusal.value.reason is FailureReason.NEEDS_RECONNECT
    assert (await KUAISHOU.measure_account(access=access_of(sim, room, access.client))).followers == 1204


async def test_over_the_limit_one_waits(sim: Simulator, access: Access) -> None:
    sim.misbehave("kuaishou", Fault(kind=FaultKind.TOO_MANY, seconds=7))

    with pytest.raises(RateLimited) as refusal:
        await KUAISHOU.measure_account(access=access)

    assert refusal.value.retry_after_seconds == 7
