"""The played LINE and our connector, on real sockets."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from huiying.events.interactions import Action, Direction, Interaction, Kind
from huiying.events.replies import FailureReason, ReplyTarget
from huiying.http.client import HTTPClient, OutcomeUnknown
from ingest.clients.connectors.abilities import AccountFigures, SubscriptionState
from ingest.clients.connectors.connector import Access, CallRefused, OutgoingReply, RateLimited, SignatureRefused
from ingest.clients.connectors.line import LINEConnector
from simulator.facade import Simulator
from simulator.faults import Fault, FaultKind
from simulator.people import MIA, XIAOYU
from simulator.platforms.line import LINEAccount
from simulator.platforms.line_desk import GROUP_ID, LINEApp
from simulator.platforms.platform import utc_now
from tests.contract.connectors.sending.speaking import a_reply
from tests.contract.simulator.platforms.answering import heard
from tests.contract.simulator.product import account_of, credentials_of, received
from tests.contract.simulator.test_meeting_the_connectors import signed

LINE = LINEConnector()


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator([LINEAccount()]) as running:
        yield running


@pytest.fixture
def account(sim: Simulator) -> LINEAccount:
    return sim.first(LINEAccount)


@pytest.fixture
async def access(sim: Simulator, account: LINEAccount) -> AsyncIterator[Access]:
    client = HTTPClient(allow_private_addresses=True, timeout_seconds=1)
    yield Access(
        account=account_of(account), credentials=credentials_of(account), client=client, api_base=sim.api_base("line")
    )
    await client.close()


def answer_to(interaction: Interaction, *, after: timedelta = timedelta(seconds=3)) -> OutgoingReply:
    where = interaction.target
    target = ReplyTarget(
        interaction_id=interaction.id,
        kind=interaction.kind,
        object_id=interaction.object.id,
        conversation_id=where.conversation_id if where else None,
        counterpart_id=interaction.counterpart_id,
        handle=interaction.reply.handle,
    )
    return a_reply(target, at=interaction.occurred_at + after)


def test_each_thing_told_is_understood(account: LINEAccount) -> None:
    told = [
        (account.message("你好 😋"), Kind.MESSAGE, Action.CREATED),
        (account.message("", image="https://p.example/1.jpg"), Kind.MESSAGE, Action.CREATED),
        (account.mention("when do you open?"), Kind.MENTION, Action.CREATED),
        (account.edited("hi!", number=11), Kind.MESSAGE, Action.UPDATED),
        (account.unsent(number=11), Kind.MESSAGE, Action.DELETED),
        (account.follow(), Kind.FOLLOW, Action.CREATED),
        (account.unfollow(), Kind.FOLLOW, Action.REMOVED),
    ]

    understood = [heard(account, delivery) for delivery, _, _ in told]

    assert [(one.kind, one.action) for one in understood] == [(kind, action) for _, kind, action in told]
    assert {one.direction for one in understood} == {Direction.INBOUND}
    assert [one.object.id for one in understood] == [delivery.object_id for delivery, _, _ in told]


def test_the_consoles_button_is_taken_and_tells_nothing(account: LINEAccount) -> None:
    assert list(received(account, signed(account, account.verification()))) == []


def test_what_another_channel_signed_is_refused(account: LINEAccount) -> None:
    stranger = LINEAccount(LINEApp(channel_secret="another"))

    with pytest.raises(SignatureRefused):
        received(account, signed(stranger, account.message("hi")))


async def test_at_once_a_reply_costs_nothing_and_later_it_is_pushed(
    sim: Simulator, account: LINEAccount, access: Access
) -> None:
    message = heard(account, account.message("hi", author=XIAOYU))

    free = await LINE.send(answer_to(message), access=access)
    pushed = await LINE.send(answer_to(message, after=timedelta(minutes=5)), access=access)

    replies = sim.received_replies()
    assert [one.object_id for one in (free, pushed)] == [reply.id for reply in replies]
    assert [reply.target for reply in replies] == [message.reply.handle["reply_token"], account.user_id(XIAOYU)]
    assert account.desk.pushes == 1


async def test_a_token_that_ran_out_is_followed_by_a_push(sim: Simulator, account: LINEAccount, access: Access) -> None:
    message = heard(account, account.message("hi", at=utc_now() - timedelta(minutes=3)))

    await LINE.send(answer_to(message), access=access)

    assert [reply.target for reply in sim.received_replies()] == [account.user_id(XIAOYU)]
    assert account.ledger.refusals == {"400": 1}


@pytest.mark.parametrize("kind", [FaultKind.DONE_BUT_LOST, FaultKind.DONE_BUT_BROKEN])
async def test_a_push_whose_answer_was_lost_is_repeated_and_said_once(
    sim: Simulator, account: LINEAccount, access: Access, kind: FaultKind
) -> None:
    reply = answer_to(heard(account, account.message("hi")), after=timedelta(minutes=5))
    sim.misbehave("line", Fault(kind=kind))
    with pytest.raises(OutcomeUnknown):
        await LINE.send(reply, access=access)

    sent = await LINE.send(reply, access=access)

    assert [one.id for one in sim.received_replies()] == [sent.object_id]


async def test_a_mention_is_answered_in_its_group(sim: Simulator, account: LINEAccount, access: Access) -> None:
    mention = heard(account, account.mention("hello?"))

    await LINE.send(answer_to(mention, after=timedelta(minutes=5)), access=access)

    assert [(reply.target, reply.is_public) for reply in sim.received_replies()] == [(GROUP_ID, True)]


async def test_nobody_who_never_wrote_can_be_pushed_to(account: LINEAccount, access: Access) -> None:
    stranger = ReplyTarget(interaction_id="i", kind="message", object_id="1", counterpart_id=account.user_id(MIA))

    with pytest.raises(CallRefused, match="Failed to send"):
        await LINE.send(a_reply(stranger), access=access)


async def test_a_used_up_month_is_a_refusal_and_a_rush_is_not(
    sim: Simulator, account: LINEAccount, access: Access
) -> None:
    reply = answer_to(heard(account, account.message("hi")), after=timedelta(minutes=5))
    sim.misbehave("line", Fault(kind=FaultKind.TOO_MANY, seconds=9))
    with pytest.raises(RateLimited):
        await LINE.send(reply, access=access)
    account.desk.quota = 0

    with pytest.raises(CallRefused, match="monthly limit") as refusal:
        await LINE.send(reply, access=access)

    assert refusal.value.reason is FailureReason.REFUSED


async def test_names_are_asked_for(account: LINEAccount, access: Access) -> None:
    message, mention = heard(account, account.message("hi", author=MIA)), heard(account, account.mention("hi"))

    names = []
    for one in (message, mention):
        completed = await LINE.complete(one, access=access)
        assert completed is not None
        assert completed.actor is not None
        names.append(completed.actor.name)

    assert names == [MIA.name, XIAOYU.name]


async def test_followers_are_counted_without_those_who_block(account: LINEAccount, access: Access) -> None:
    assert await LINE.measure_account(access=access) == AccountFigures(followers=5_000)


async def test_the_hook_is_registered_unless_its_owner_switched_it_off(account: LINEAccount, access: Access) -> None:
    hook = "https://hook.example/1"

    before = await LINE.look_up_subscription(hook, access=access)
    after = await LINE.subscribe(hook, access=access)
    account.desk.is_webhook_used = False
    switched_off = await LINE.look_up_subscription(hook, access=access)

    assert [one.state for one in (before, after, switched_off)] == [
        SubscriptionState.INACTIVE,
        SubscriptionState.ACTIVE,
        SubscriptionState.INACTIVE,
    ]
