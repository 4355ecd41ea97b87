"""The played Telegram and our connector, on real sockets."""

import json
from collections.abc import AsyncIterator

import pytest

from huiying.events.deliveries import Proof
from huiying.events.interactions import Action, Capability, Direction, Kind
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, ReplyTarget
from huiying.http.client import HTTPClient
from ingest.clients.connectors.abilities import AccountFigures, SubscriptionState
from ingest.clients.connectors.connector import Access, CallRefused, RateLimited, SignatureRefused
from ingest.clients.connectors.telegram import TelegramConnector
from simulator.facade import Simulator
from simulator.people import MIA, XIAOYU
from simulator.platforms.platform import Surroundings, utc_now
from simulator.platforms.telegram import TelegramBot
from simulator.platforms.telegram_desk import TelegramApp
from tests.contract.connectors.rig import a_request
from tests.contract.connectors.sending.speaking import a_reply, to_be_done
from tests.contract.simulator.platforms.answering import heard, target_of
from tests.contract.simulator.product import account_of, credentials_of, received
from tests.contract.simulator.test_meeting_the_connectors import signed

TELEGRAM = TelegramConnector()


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    # Time stands still, so that what is too much in one second does not depend on how fast the test is.
    moment = utc_now()
    async with Simulator([TelegramBot(surroundings=Surroundings(now=lambda: moment))]) as running:
        yield running


@pytest.fixture
def bot(sim: Simulator) -> TelegramBot:
    return sim.first(TelegramBot)


@pytest.fixture
async def access(sim: Simulator, bot: TelegramBot) -> AsyncIterator[Access]:
    client = HTTPClient(allow_private_addresses=True, timeout_seconds=2)
    yield Access(
        account=account_of(bot), credentials=credentials_of(bot), client=client, api_base=sim.api_base("telegram")
    )
    await client.close()


def test_each_thing_told_is_understood(bot: TelegramBot) -> None:
    comment = bot.comment("nice 😋", number=11)
    told = [
        (bot.message("你好"), Kind.MESSAGE, Action.CREATED),
        (bot.message("look", image="https://p.example/1.jpg"), Kind.MESSAGE, Action.CREATED),
        (comment, Kind.COMMENT, Action.CREATED),
        (bot.comment("me too", parent=11), Kind.COMMENT, Action.CREATED),
        (bot.edited(comment, "nicer"), Kind.COMMENT, Action.UPDATED),
        (bot.mention("when do you open?"), Kind.MENTION, Action.CREATED),
        (bot.reaction("love", number=11), Kind.REACTION, Action.CREATED),
        (bot.follow(), Kind.FOLLOW, Action.CREATED),
        (bot.follow(is_gone=True), Kind.FOLLOW, Action.REMOVED),
        (bot.blocked(), Kind.FOLLOW, Action.REMOVED),
    ]

    understood = [heard(bot, delivery) for delivery, _, _ in told]

    assert [(one.kind, one.action) for one in understood] == [(kind, action) for _, kind, action in told]
    assert {one.direction for one in understood} == {Direction.INBOUND}
    assert {one.verified for one in understood} == {Proof.STATIC_TOKEN}


def test_comments_hang_under_the_post_and_under_what_they_answer(bot: TelegramBot) -> None:
    first = heard(bot, bot.comment("first", number=11))

    second = heard(bot, bot.comment("second", parent=11))

    assert first.target is not None
    assert second.target is not None
    assert first.target.parent_id is None
    assert (second.target.post_id, second.target.parent_id) == (first.target.post_id, first.object.id)


def test_what_another_bot_was_told_is_refused(bot: TelegramBot) -> None:
    stranger = TelegramBot(TelegramApp(secret_token="another"))

    with pytest.raises(SignatureRefused):
        received(bot, signed(stranger, bot.message("hi")))


def test_a_pressed_button_is_answered_at_once() -> None:
    body = b'{"update_id":1,"callback_query":{"id":"4382bfd","from":{"id":5},"data":"x"}}'

    acknowledgement = TELEGRAM.acknowledge(a_request(body))

    assert json.loads(acknowledgement.body) == {"method": "answerCallbackQuery", "callback_query_id": "4382bfd"}


@pytest.mark.parametrize("body", [b'{"callback_query":{"id":"\\"}"}}', b'{"callback_query":', b'{"callback_query":[]}'])
def test_a_button_that_cannot_be_named_is_acknowledged_without_words(body: bytes) -> None:
    assert TELEGRAM.acknowledge(a_request(body)).body == b""


async def test_a_message_and_a_comment_are_answered_where_they_stand(
    sim: Simulator, bot: TelegramBot, access: Access
) -> None:
    message, comment = heard(bot, bot.message("hi", author=XIAOYU)), heard(bot, bot.comment("hi"))

    sent = [await TELEGRAM.send(a_reply(target_of(one)), access=access) for one in (message, comment)]

    replies = sim.received_replies()
    assert [reply.target for reply in replies] == [message.object.id, comment.object.id]
    assert [reply.is_public for reply in replies] == [False, True]
    assert [one.object_id for one in sent] == [reply.id for reply in replies]


async def test_who_never_wrote_or_stopped_the_bot_cannot_be_written_to(bot: TelegramBot, access: Access) -> None:
    never, stopped = heard(bot, bot.comment("hi", author=XIAOYU)), heard(bot, bot.message("hi", author=MIA))
    bot.blocked(author=MIA)
    chat = ReplyTarget(interaction_id="i", kind="message", object_id=f"{never.counterpart_id}:1")

    with pytest.raises(CallRefused, match="chat not found"):
        await TELEGRAM.send(a_reply(chat), access=access)
    with pytest.raises(CallRefused, match="blocked"):
        await TELEGRAM.send(a_reply(target_of(stopped)), access=access)


async def test_too_many_at_once_are_told_to_wait(bot: TelegramBot, access: Access) -> None:
    message = heard(bot, bot.message("hi"))
    for _ in range(5):
        await TELEGRAM.send(a_reply(target_of(message)), access=access)

    with pytest.raises(RateLimited) as refusal:
        await TELEGRAM.send(a_reply(target_of(message)), access=access)

    assert refusal.value.retry_after_seconds == 1


async def test_a_group_that_moved_is_found_again(sim: Simulator, bot: TelegramBot, access: Access) -> None:
    comment = heard(bot, bot.comment("hi"))
    bot.desk.moved_to = -1_001_048_576_003

    sent = await TELEGRAM.send(a_reply(target_of(comment)), access=access)

    assert sent.object_id is not None
    assert sent.object_id.startswith("-1001048576003:")
    assert len(sim.received_replies()) == 1


async def test_another_token_is_told_to_reconnect(bot: TelegramBot, access: Access) -> None:
    message = heard(bot, bot.message("hi"))
    stranger = Access(
        account=access.account,
        credentials={"bot_token": ("7104857600:another",)},
        client=access.client,
        api_base=access.api_base,
    )

    with pytest.raises(CallRefused) as refusal:
        await TELEGRAM.send(a_reply(target_of(message)), access=stranger)

    assert refusal.value.reason is FailureReason.NEEDS_RECONNECT


async def test_what_may_be_done_to_a_comment_can_be_done(bot: TelegramBot, access: Access) -> None:
    comment = heard(bot, bot.comment("buy followers here"))
    wanted = {Capability.LIKE, Capability.DELETE}

    for kind in (ModerationKind.LIKE, ModerationKind.UNLIKE, ModerationKind.DELETE, ModerationKind.DELETE):
        await TELEGRAM.moderate(to_be_done(kind, target_of(comment)), access=access)

    assert wanted <= set(comment.reply.capabilities)
    assert list(bot.desk.reactions) == [(comment.object.id, "👍"), (comment.object.id, "")]
    assert list(bot.desk.deleted) == [comment.object.id]


async def test_the_hook_is_registered_and_its_trouble_seen(bot: TelegramBot, access: Access) -> None:
    before = await TELEGRAM.look_up_subscription("https://hook.example/1", access=access)

    after = await TELEGRAM.subscribe("https://hook.example/1", access=access)
    bot.desk.last_error = "Wrong response from the webhook: 503 Service Unavailable"
    troubled = await TELEGRAM.look_up_subscription("https://hook.example/1", access=access)

    assert (before.state, after.state) == (SubscriptionState.INACTIVE, SubscriptionState.ACTIVE)
    assert bot.hook == "https://hook.example/1"
    assert after.detail is None
    assert "503" in (troubled.detail or "")


async def test_the_channels_subscribers_are_counted(bot: TelegramBot, access: Access) -> None:
    bot.desk.subscribers = 77

    assert await TELEGRAM.measure_account(access=access) == AccountFigures(followers=77)


def test_an_update_keeps_its_number_over_all_attempts(bot: TelegramBot) -> None:
    delivery = bot.message("hi")

    first, again = (bot.sign(delivery, at=utc_now()) for _ in range(2))

    assert first == again
