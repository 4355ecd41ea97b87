"""The played QQ and our connector, on real sockets."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from huiying.events.interactions import Action, Direction, Kind
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason
from huiying.http.client import HTTPClient, OutcomeUnknown
from ingest.clients.connectors.access_tokens import AccessTokens
from ingest.clients.connectors.connector import Access, CallRefused, PlatformBusy, RateLimited, SignatureRefused
from ingest.clients.connectors.qq import QQConnector
from simulator.delivery import Delivery
from simulator.facade import Simulator
from simulator.faults import Fault, FaultKind
from simulator.people import MIA
from simulator.platforms.platform import Surroundings, utc_now
from simulator.platforms.qq import QQApp, QQBot
from simulator.signing import qq_signature
from tests.contract.connectors.sending.speaking import PICTURE, a_reply, a_target, to_be_done
from tests.contract.connectors.vectors.test_qq import EVENT_BODY, EVENT_SECRET, EVENT_SIGNATURE, EVENT_TIMESTAMP
from tests.contract.simulator.platforms.answering import Clock, access_of, answer_to, heard, target_of
from tests.contract.simulator.product import Product, credentials_of, received, serve
from tests.contract.simulator.test_meeting_the_connectors import as_received, signed


@pytest.fixture
def clock() -> Clock:
    return Clock(utc_now())


@pytest.fixture
async def sim(clock: Clock) -> AsyncIterator[Simulator]:
    async with Simulator([QQBot(surroundings=Surroundings(now=clock.now))], patience=0) as running:
        yield running


@pytest.fixture
def bot(sim: Simulator) -> QQBot:
    return sim.first(QQBot)


@pytest.fixture
def qq() -> QQConnector:
    return QQConnector(AccessTokens())


@pytest.fixture
async def access(sim: Simulator, bot: QQBot) -> AsyncIterator[Access]:
    client = HTTPClient(allow_private_addresses=True, timeout_seconds=1)
    yield access_of(sim, bot, client)
    await client.close()


def told(bot: QQBot, where: str) -> Delivery:
    tell = {
        "private": bot.message,
        "group": bot.group_mention,
        "channel": bot.channel_mention,
        "direct": bot.direct_message,
    }
    return tell[where]("几点开门？", author=MIA)


def test_the_published_signature_is_made() -> None:
    made = qq_signature(EVENT_BODY, timestamp=EVENT_TIMESTAMP, app_secret=EVENT_SECRET)

    assert made == EVENT_SIGNATURE


def test_the_question_is_answered_with_a_signature(bot: QQBot, qq: QQConnector) -> None:
    question, expected = bot.handshake()

    answer = qq.handshake(as_received(question), credentials_of(bot))

    assert answer is not None
    assert answer.body == expected


async def test_a_delivery_is_taken_when_it_is_acknowledged_in_qqs_words(sim: Simulator, bot: QQBot) -> None:
    product = Product({"qq": bot})
    server = await serve(product)
    await sim.connect("qq", f"{product.url}/qq")

    outcome = await sim.deliver(bot.message("hi"))
    await server.stop()

    assert (outcome.is_acknowledged, outcome.attempts) == (True, 1)


def test_each_thing_told_is_understood(bot: QQBot) -> None:
    mention = bot.channel_mention("几点开门")
    things = [
        (bot.message("你好 😋"), Kind.MESSAGE, Action.CREATED),
        (bot.message("", picture="https://p.example/1.jpg"), Kind.MESSAGE, Action.CREATED),
        (bot.group_mention("在吗"), Kind.MENTION, Action.CREATED),
        (mention, Kind.MENTION, Action.CREATED),
        (bot.direct_message("私信"), Kind.MESSAGE, Action.CREATED),
        (bot.message_deleted(mention.object_id), Kind.MENTION, Action.DELETED),
        (bot.reaction(mention.object_id), Kind.REACTION, Action.CREATED),
        (bot.reaction(mention.object_id, is_removed=True), Kind.REACTION, Action.REMOVED),
        (bot.friend(), Kind.FOLLOW, Action.CREATED),
        (bot.friend(is_gone=True), Kind.FOLLOW, Action.REMOVED),
    ]

    understood = [heard(bot, delivery) for delivery, _, _ in things]

    assert [(one.kind, one.action) for one in understood] == [(kind, action) for _, kind, action in things]
    assert {one.direction for one in understood} == {Direction.INBOUND}
    assert understood[3].object.text == "几点开门"


def test_what_another_bots_secret_signed_is_refused(bot: QQBot) -> None:
    stranger = QQBot(QQApp(app_secret="another"))

    with pytest.raises(SignatureRefused):
        received(bot, signed(stranger, bot.message("hi")))


@pytest.mark.parametrize("where", ["private", "group", "channel", "direct"])
async def test_an_answer_goes_where_the_question_was_asked(
    bot: QQBot, qq: QQConnector, access: Access, where: str
) -> None:
    question = heard(bot, told(bot, where))

    sent = await qq.send(answer_to(question), access=access)

    (reply,) = bot.ledger
    assert (reply.id, reply.target) == (sent.object_id, question.reply.handle["where"])
    assert reply.is_public is (question.kind is Kind.MENTION)


@pytest.mark.parametrize("where", ["private", "group", "channel", "direct"])
async def test_the_window_closes_when_the_interaction_says(
    bot: QQBot, qq: QQConnector, access: Access, clock: Clock, where: str
) -> None:
    question = heard(bot, told(bot, where))
    assert question.reply.window_expires_at is not None
    clock.moment = question.reply.window_expires_at - timedelta(seconds=1)
    await qq.send(answer_to(question), access=access)
    clock.moment += timedelta(seconds=2)

    with pytest.raises(CallRefused) as refusal:
        await qq.send(answer_to(question, reply_id="reply-2"), access=access)

    assert refusal.value.reason is FailureReason.WINDOW_CLOSED


async def test_five_answers_are_taken_and_no_sixth(bot: QQBot, qq: QQConnector, access: Access) -> None:
    question = heard(bot, bot.group_mention("在吗"))
    assert question.reply.max_replies == 5
    for number in range(5):
        await qq.send(answer_to(question, reply_id=f"reply-{number}"), access=access)

    with pytest.raises(CallRefused) as refusal:
        await qq.send(answer_to(question, reply_id="reply-5"), access=access)

    assert refusal.value.reason is FailureReason.WINDOW_CLOSED


@pytest.mark.parametrize("kind", [FaultKind.DONE_BUT_LOST, FaultKind.DONE_BUT_BROKEN])
async def test_an_answer_that_got_lost_is_said_once_however_often_it_is_sent(
    sim: Simulator, bot: QQBot, qq: QQConnector, access: Access, kind: FaultKind
) -> None:
    question = heard(bot, bot.message("在吗"))
    sim.misbehave("qq", Fault(kind=kind, path_ends="/messages"))
    with pytest.raises(PlatformBusy):
        await qq.send(answer_to(question), access=access)

    await qq.send(answer_to(question), access=access)

    assert len(bot.ledger) == 1


async def test_an_answer_that_got_lost_in_a_channel_is_not_repeated(
    sim: Simulator, bot: QQBot, qq: QQConnector, access: Access
) -> None:
    question = heard(bot, bot.channel_mention("在吗"))
    sim.misbehave("qq", Fault(kind=FaultKind.DONE_BUT_LOST, path_ends="/messages"))

    with pytest.raises(OutcomeUnknown):
        await qq.send(answer_to(question), access=access)

    assert len(bot.ledger) == 1


async def test_a_picture_is_sent_with_the_words(bot: QQBot, qq: QQConnector, access: Access) -> None:
    question = heard(bot, bot.message("有照片吗"))

    await qq.send(a_reply(target_of(question), attachments=(PICTURE,)), access=access)

    assert len(bot.ledger) == 1


async def test_what_was_said_is_taken_back_within_two_minutes(
    bot: QQBot, qq: QQConnector, access: Access, clock: Clock
) -> None:
    question = heard(bot, bot.message("在吗"))
    handle = question.reply.handle
    said = [await qq.send(answer_to(question, reply_id=f"reply-{number}"), access=access) for number in range(2)]
    first, second = (a_target(object_id=sent.object_id or "", handle=handle) for sent in said)

    await qq.moderate(to_be_done(ModerationKind.DELETE, first), access=access)

    clock.moment += timedelta(minutes=3)
    with pytest.raises(CallRefused):
        await qq.moderate(to_be_done(ModerationKind.DELETE, second), access=access)


async def test_a_token_that_ran_out_is_fetched_anew(bot: QQBot, qq: QQConnector, access: Access) -> None:
    await qq.send(answer_to(heard(bot, bot.message("1"))), access=access)
    bot.tokens.expire()

    await qq.send(answer_to(heard(bot, bot.message("2"))), access=access)

    assert (bot.tokens.issued, len(bot.ledger)) == (2, 2)


@pytest.mark.parametrize(("kind", "failure"), [(FaultKind.TOO_MANY, RateLimited), (FaultKind.BROKEN, PlatformBusy)])
async def test_trouble_is_understood(
    sim: Simulator, bot: QQBot, qq: QQConnector, access: Access, kind: FaultKind, failure: type[Exception]
) -> None:
    question = heard(bot, bot.message("hi"))
    sim.misbehave("qq", Fault(kind=kind, seconds=7, path_ends="/messages"))

    with pytest.raises(failure):
        await qq.send(answer_to(question), access=access)

    assert not len(bot.ledger)
