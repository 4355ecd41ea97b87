"""The played Discord and our connector, on real sockets."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from huiying.events.deliveries import Proof
from huiying.events.interactions import Action, Direction, Interaction, Kind
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, Visibility
from huiying.http.client import HTTPClient
from ingest.clients.connectors.abilities import Listed, SubscriptionState
from ingest.clients.connectors.connector import Access, CallRefused, OutgoingReply, RateLimited, SignatureRefused
from ingest.clients.connectors.discord import DiscordConnector
from simulator.facade import Simulator
from simulator.people import MIA, XIAOYU
from simulator.platforms.discord import DiscordServer
from simulator.platforms.discord_desk import DiscordApp
from simulator.platforms.platform import Surroundings, utc_now
from tests.contract.connectors.sending.speaking import a_reply, to_be_done
from tests.contract.simulator.platforms.answering import heard, target_of
from tests.contract.simulator.product import Product, account_of, credentials_of, received, serve
from tests.contract.simulator.test_meeting_the_connectors import as_received, signed

DISCORD = DiscordConnector()


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    # Time stands still, so that what is too much in five seconds does not depend on how fast the test is.
    moment = utc_now()
    async with Simulator([DiscordServer(surroundings=Surroundings(now=lambda: moment))]) as running:
        yield running


@pytest.fixture
def server(sim: Simulator) -> DiscordServer:
    return sim.first(DiscordServer)


@pytest.fixture
async def access(sim: Simulator, server: DiscordServer) -> AsyncIterator[Access]:
    client = HTTPClient(allow_private_addresses=True, timeout_seconds=1)
    yield Access(
        account=account_of(server), credentials=credentials_of(server), client=client, api_base=sim.api_base("discord")
    )
    await client.close()


def answer_to(
    interaction: Interaction, *, visibility: Visibility | None = None, after: timedelta = timedelta()
) -> OutgoingReply:
    return a_reply(target_of(interaction), at=utc_now() + after, visibility=visibility)


async def listed(access: Access) -> list[Interaction]:
    found: list[Interaction] = []
    page = Listed(has_more=True)
    while page.has_more:
        since = utc_now() - timedelta(hours=1)
        page = await DISCORD.list_feed("channels", since=since, cursor=page.cursor, access=access, now=utc_now())
        found.extend(page.interactions)
    return found


def test_each_thing_told_is_understood(server: DiscordServer) -> None:
    told = [
        (server.message("你好 😋"), Kind.COMMAND, Action.CREATED),
        (server.command("hours?"), Kind.COMMAND, Action.CREATED),
        (server.authorized(), Kind.SYSTEM, Action.AUTHORIZED),
        (server.authorized(is_over=True), Kind.SYSTEM, Action.REVOKED),
    ]

    understood = [heard(server, delivery) for delivery, _, _ in told]

    assert [(one.kind, one.action) for one in understood] == [(kind, action) for _, kind, action in told]
    assert [one.object.text for one in understood] == ["你好 😋", "/ask hours?", None, None]
    assert {one.verified for one in understood} == {Proof.ED25519}


async def test_both_questions_for_the_address_are_answered(sim: Simulator, server: DiscordServer) -> None:
    product = Product({"discord": server})
    listening = await serve(product)

    await sim.connect("discord", f"{product.url}/discord")
    answer = DISCORD.handshake(as_received(server.event_handshake()), credentials_of(server))

    assert server.hook is not None
    assert answer is not None
    assert answer.status == 204
    await listening.stop()


def test_what_another_app_signed_is_refused(server: DiscordServer) -> None:
    stranger = DiscordServer(DiscordApp(key=Ed25519PrivateKey.generate()))

    with pytest.raises(SignatureRefused):
        received(server, signed(stranger, server.message("hi")))


async def test_a_question_is_answered_by_its_token(sim: Simulator, server: DiscordServer, access: Access) -> None:
    question = heard(server, server.message("hi"))

    sent = await DISCORD.send(answer_to(question), access=access)

    (reply,) = sim.received_replies()
    assert sent.object_id == reply.id
    assert reply.target == f"by {question.reply.handle['token']}"


@pytest.mark.parametrize("is_told_late", [False, True])
async def test_after_its_token_ended_a_question_is_answered_in_private(
    sim: Simulator, server: DiscordServer, access: Access, is_told_late: bool
) -> None:
    question = heard(server, server.message("hi", author=XIAOYU, at=server.world.now() - timedelta(minutes=20)))
    # Our clock may be behind: then it is Discord that says so.
    after = timedelta(minutes=-10) if is_told_late else timedelta()

    await DISCORD.send(answer_to(question, after=after), access=access)

    assert [reply.target for reply in sim.received_replies()] == [f"7{server.user(XIAOYU)['id']}"]


async def test_who_takes_no_messages_is_out_of_reach_then(server: DiscordServer, access: Access) -> None:
    question = heard(server, server.message("hi", at=server.world.now() - timedelta(minutes=20)))
    server.desk.closed.add(str(server.user(MIA)["id"]))

    with pytest.raises(CallRefused) as refusal:
        await DISCORD.send(answer_to(question), access=access)

    assert refusal.value.reason is FailureReason.WINDOW_CLOSED


async def test_what_is_said_in_the_channel_is_read_from_its_list(server: DiscordServer, access: Access) -> None:
    first = server.comment("nice", number=11)
    server.comment("me too", parent=11, picture="https://p.example/1.jpg")
    server.comment("when do you open?", is_mention=True)

    found = {one.object.text: one for one in await listed(access)}

    assert {text: one.kind for text, one in found.items()} == {
        "nice": Kind.COMMENT,
        "me too": Kind.COMMENT,
        "when do you open?": Kind.MENTION,
    }
    answer = found["me too"]
    assert answer.target is not None
    assert answer.target.parent_id == first
    assert answer.object.attachments[0].url == "https://p.example/1.jpg"


async def test_long_channels_are_read_page_by_page(server: DiscordServer, access: Access) -> None:
    for number in range(250):
        server.comment(f"number {number}", number=number)

    found = await listed(access)

    assert len({one.id for one in found}) == 250


async def test_an_edit_is_listed_beside_what_it_changed_and_what_is_deleted_is_not(
    server: DiscordServer, access: Access
) -> None:
    server.comment("firsst", number=11)
    server.desk.edit(11, "first", at=None)
    server.comment("gone", number=12)
    server.desk.remove(12)

    found = await listed(access)

    assert [(one.action, one.object.text) for one in found] == [(Action.CREATED, "first"), (Action.UPDATED, "first")]


async def test_a_comment_is_answered_in_the_channel_and_the_list_shows_it_as_ours(
    sim: Simulator, server: DiscordServer, access: Access
) -> None:
    server.comment("hi", number=11)
    (comment,) = await listed(access)

    sent = await DISCORD.send(answer_to(comment), access=access)

    own = next(one for one in await listed(access) if one.direction is Direction.OUTBOUND)
    (reply,) = sim.received_replies()
    assert reply.is_public
    assert sent.object_id == reply.id == own.object.id
    assert own.target is not None
    assert own.target.parent_id == comment.object.id


async def test_too_many_at_once_are_told_to_wait(server: DiscordServer, access: Access) -> None:
    server.comment("hi")
    (comment,) = await listed(access)
    for _ in range(5):
        await DISCORD.send(answer_to(comment), access=access)

    with pytest.raises(RateLimited) as refusal:
        await DISCORD.send(answer_to(comment), access=access)

    assert refusal.value.retry_after_seconds == 6


async def test_what_may_be_done_to_a_comment_can_be_done(server: DiscordServer, access: Access) -> None:
    server.comment("buy followers here")
    (comment,) = await listed(access)

    await DISCORD.moderate(to_be_done(ModerationKind.LIKE, target_of(comment)), access=access)
    liked = set(server.desk.thumbs)
    for kind in (ModerationKind.UNLIKE, ModerationKind.DELETE, ModerationKind.DELETE):
        await DISCORD.moderate(to_be_done(kind, target_of(comment)), access=access)

    assert liked == {comment.object.id}
    assert not server.desk.thumbs
    assert await listed(access) == []


async def test_the_hook_is_registered(server: DiscordServer, access: Access) -> None:
    before = await DISCORD.look_up_subscription("https://hook.example/1", access=access)

    after = await DISCORD.subscribe("https://hook.example/1", access=access)

    assert (before.state, after.state) == (SubscriptionState.INACTIVE, SubscriptionState.ACTIVE)
    assert server.desk.settings["event_webhooks_url"] == "https://hook.example/1"
