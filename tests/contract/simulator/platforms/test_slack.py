"""The played Slack and our connector, on real sockets."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from huiying.events.interactions import Action, Direction, Interaction, Kind
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, ReplyTarget, Visibility
from huiying.http.client import HTTPClient, OutcomeUnknown
from ingest.clients.connectors.abilities import Listed
from ingest.clients.connectors.connector import Access, CallRefused, OutgoingReply, RateLimited, SignatureRefused
from ingest.clients.connectors.slack import SlackConnector
from simulator.facade import Simulator
from simulator.faults import Fault, FaultKind
from simulator.people import MIA, XIAOYU
from simulator.platforms.platform import Surroundings, utc_now
from simulator.platforms.slack import SlackWorkspace
from simulator.platforms.slack_desk import SlackApp
from tests.contract.connectors.sending.speaking import a_reply, to_be_done
from tests.contract.simulator.platforms.answering import heard, target_of
from tests.contract.simulator.product import Product, account_of, credentials_of, received, serve
from tests.contract.simulator.test_meeting_the_connectors import as_received, signed

SLACK = SlackConnector()


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    # Time stands still, so that what is too much in one second does not depend on how fast the test is.
    moment = utc_now()
    slack = SlackWorkspace(surroundings=Surroundings(now=lambda: moment))
    async with Simulator([slack], echo_delay_seconds=0) as running:
        yield running


@pytest.fixture
def slack(sim: Simulator) -> SlackWorkspace:
    return sim.first(SlackWorkspace)


@pytest.fixture
async def product(sim: Simulator, slack: SlackWorkspace) -> AsyncIterator[Product]:
    product = Product({"slack": slack})
    server = await serve(product)
    await sim.connect("slack", f"{product.url}/slack")
    yield product
    await server.stop()


@pytest.fixture
async def access(sim: Simulator, slack: SlackWorkspace) -> AsyncIterator[Access]:
    client = HTTPClient(allow_private_addresses=True, timeout_seconds=1)
    yield Access(
        account=account_of(slack), credentials=credentials_of(slack), client=client, api_base=sim.api_base("slack")
    )
    await client.close()


def answer_to(interaction: Interaction, *, visibility: Visibility | None = None) -> OutgoingReply:
    return a_reply(target_of(interaction), at=utc_now(), visibility=visibility)


async def listed(access: Access, *, ago: timedelta = timedelta(hours=1)) -> list[Interaction]:
    found: list[Interaction] = []
    page = Listed(has_more=True)
    while page.has_more:
        page = await SLACK.list_feed(
            "messages", since=utc_now() - ago, cursor=page.cursor, access=access, now=utc_now()
        )
        found.extend(page.interactions)
    return found


def test_each_thing_told_is_understood(slack: SlackWorkspace) -> None:
    told = [
        (slack.message("你好 <3 & 😋"), Kind.MESSAGE, Action.CREATED),
        (slack.message("look", picture="https://p.example/1.jpg"), Kind.MESSAGE, Action.CREATED),
        (slack.comment("nice", number=11), Kind.COMMENT, Action.CREATED),
        (slack.comment("me too", parent=11), Kind.COMMENT, Action.CREATED),
        (slack.mention("when do you open?"), Kind.MENTION, Action.CREATED),
        (slack.edited("nicer", number=11), Kind.COMMENT, Action.UPDATED),
        (slack.removed(number=11), Kind.COMMENT, Action.DELETED),
        (slack.reaction("love", number=11), Kind.REACTION, Action.CREATED),
        (slack.follow(), Kind.FOLLOW, Action.CREATED),
        (slack.command("where is my order?"), Kind.COMMAND, Action.CREATED),
    ]

    understood = [heard(slack, delivery) for delivery, _, _ in told]

    assert [(one.kind, one.action) for one in understood] == [(kind, action) for _, kind, action in told]
    assert {one.direction for one in understood} == {Direction.INBOUND}
    assert [one.object.text for one in understood[:2]] == ["你好 <3 & 😋", "look"]


def test_an_answer_in_a_thread_names_its_root(slack: SlackWorkspace) -> None:
    first = heard(slack, slack.comment("first", number=11))

    second = heard(slack, slack.comment("second", parent=11))

    assert second.target is not None
    assert (second.target.post_id, second.target.parent_id) == (slack.app.channel_id, first.object.id)


def test_the_question_for_the_address_is_answered(slack: SlackWorkspace) -> None:
    request, challenge = slack.handshake()

    answer = SLACK.handshake(as_received(request), credentials_of(slack))

    assert answer is not None
    assert answer.body == challenge


def test_what_another_app_signed_is_refused(slack: SlackWorkspace) -> None:
    stranger = SlackWorkspace(SlackApp(signing_secret="another"))

    with pytest.raises(SignatureRefused):
        received(slack, signed(stranger, slack.message("hi")))


async def test_what_is_answered_echoes_as_ours_in_the_same_place(
    sim: Simulator, slack: SlackWorkspace, product: Product, access: Access
) -> None:
    message, comment = heard(slack, slack.message("hi")), heard(slack, slack.comment("hi"))

    sent = [await SLACK.send(answer_to(one), access=access) for one in (message, comment)]
    await sim.echoes_delivered()

    echoes = {one.object.id: one for one in product.interactions}
    assert [one.object_id for one in sent] == [reply.id for reply in sim.received_replies()]
    assert {one.direction for one in echoes.values()} == {Direction.OUTBOUND}
    private, public = (echoes[one.object_id or ""] for one in sent)
    assert private.target is not None
    assert message.target is not None
    assert private.target.conversation_id == message.target.conversation_id
    assert public.target is not None
    assert (public.target.post_id, public.target.parent_id) == (slack.app.channel_id, comment.object.id)


async def test_a_comment_answered_in_private_opens_a_chat(
    sim: Simulator, slack: SlackWorkspace, access: Access
) -> None:
    comment = heard(slack, slack.comment("hi", author=XIAOYU))

    sent = await SLACK.send(answer_to(comment, visibility=Visibility.PRIVATE), access=access)

    (reply,) = sim.received_replies()
    assert not reply.is_public
    assert sent.object_id == reply.id
    assert reply.target == slack.desk.private(slack.user_id(XIAOYU))


async def test_a_command_is_answered_where_it_was_given(sim: Simulator, slack: SlackWorkspace, access: Access) -> None:
    command = heard(slack, slack.command("where is my order?"))

    await SLACK.send(answer_to(command), access=access)

    assert [reply.is_public for reply in sim.received_replies()] == [False]
    assert slack.desk.asked_for == []


async def test_what_was_never_delivered_is_on_the_list_under_the_same_ids(
    slack: SlackWorkspace, access: Access
) -> None:
    told = [
        slack.message("in private", author=MIA),
        slack.comment("in the channel", number=11),
        slack.comment("in its thread", parent=11),
        slack.mention("hello?"),
    ]
    pushed = {one.id: one for delivery in told for one in (heard(slack, delivery),)}

    found = {one.id: one for one in await listed(access)}

    assert found.keys() == pushed.keys()
    for one_id, one in found.items():
        assert (one.kind, one.object, one.target) == (pushed[one_id].kind, pushed[one_id].object, pushed[one_id].target)
        assert (one.actor, one.occurred_at) == (pushed[one_id].actor, pushed[one_id].occurred_at)


async def test_an_edit_is_listed_under_its_own_id_and_what_is_deleted_is_not(
    slack: SlackWorkspace, access: Access
) -> None:
    slack.comment("firsst", number=11)
    edit = heard(slack, slack.edited("first", number=11))
    slack.comment("gone", number=12)
    slack.removed(number=12)

    found = await listed(access)

    assert edit.id in {one.id for one in found}
    assert {one.object.text for one in found} == {"first"}


async def test_too_many_at_once_are_told_to_wait(slack: SlackWorkspace, access: Access) -> None:
    message = heard(slack, slack.message("hi"))
    for _ in range(5):
        await SLACK.send(answer_to(message), access=access)

    with pytest.raises(RateLimited) as refusal:
        await SLACK.send(answer_to(message), access=access)

    assert refusal.value.retry_after_seconds == 1


@pytest.mark.parametrize("kind", [FaultKind.DONE_BUT_LOST, FaultKind.DONE_BUT_BROKEN, FaultKind.BROKEN])
async def test_in_trouble_nobody_knows_whether_it_was_said(
    sim: Simulator, slack: SlackWorkspace, access: Access, kind: FaultKind
) -> None:
    message = heard(slack, slack.message("hi"))
    sim.misbehave("slack", Fault(kind=kind))

    with pytest.raises(OutcomeUnknown):
        await SLACK.send(answer_to(message), access=access)


async def test_where_the_app_is_not_it_cannot_speak(slack: SlackWorkspace, access: Access) -> None:
    elsewhere = ReplyTarget(
        interaction_id="i", kind="comment", object_id="C9:1.0", post_id="C9", handle={"channel": "C9"}
    )

    with pytest.raises(CallRefused, match="channel_not_found") as refusal:
        await SLACK.send(a_reply(elsewhere), access=access)

    assert refusal.value.reason is FailureReason.REFUSED


async def test_what_the_app_said_can_be_taken_back_and_what_others_said_only_liked(
    slack: SlackWorkspace, access: Access
) -> None:
    comment = heard(slack, slack.comment("hi"))
    sent = await SLACK.send(answer_to(comment), access=access)
    ours = ReplyTarget(interaction_id="i", kind="comment", object_id=sent.object_id or "")

    for kind in (ModerationKind.LIKE, ModerationKind.LIKE, ModerationKind.UNLIKE):
        await SLACK.moderate(to_be_done(kind, target_of(comment)), access=access)
    for _ in range(2):
        await SLACK.moderate(to_be_done(ModerationKind.DELETE, ours), access=access)
    with pytest.raises(CallRefused, match="cant_delete_message"):
        await SLACK.moderate(to_be_done(ModerationKind.DELETE, target_of(comment)), access=access)

    assert slack.desk.reactions == [(comment.object.id, "+1", True), (comment.object.id, "+1", False)]


async def test_names_are_asked_for(slack: SlackWorkspace, access: Access) -> None:
    completed = await SLACK.complete(heard(slack, slack.comment("hi", author=MIA)), access=access)

    assert completed is not None
    assert completed.actor is not None
    assert completed.actor.name == MIA.name
