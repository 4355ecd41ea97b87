"""What goes to LINE's Messaging API, and what its answers come to mean."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from huiying.events.deliveries import Proof
from huiying.events.interactions import AccountRef, Action, Interaction, Kind
from huiying.events.replies import FailureReason, ReplyAttachment, ReplyTarget
from huiying.http.client import HTTPClient, OutcomeUnknown
from ingest.clients.connectors.abilities import AccountFigures, Subscription, SubscriptionState
from ingest.clients.connectors.connector import Access, CallRefused, OutgoingReply, RateLimited, Sent
from ingest.clients.connectors.line import LINEConnector
from ingest.clients.connectors.line_events import read_events
from ingest.clients.connectors.origin import Origin
from tests.contract.connectors.fake_platform import Answer, FakePlatform
from tests.contract.connectors.rigging.line import ACCOUNT
from tests.contract.connectors.sending.speaking import NOW, PICTURE, TEXT, a_reply, a_target, access_to

PERSON = "U51002003005100200300510020030051"
GROUP = "C90010020039001002003900100200390"
HOOK = "https://huiying.example/hooks/line/k1"
SENT = Answer(json={"sentMessages": [{"id": "461230966842064897", "quoteToken": "q"}]})
USED = Answer(status=400, json={"message": "Invalid reply token"})


class FixedClock:
    def now(self) -> datetime:
        return NOW


LINE = LINEConnector(FixedClock())


def access(platform: FakePlatform, client: HTTPClient, *tokens: str) -> Access:
    credentials = {"channel_access_token": tokens or ("channel-token",)}
    return access_to(platform.address, by=client, credentials=credentials, external_id=ACCOUNT)


def asked(age: timedelta = timedelta(hours=3), **more: str) -> ReplyTarget:
    """Something that a person said so long before the reply."""
    said_at = (NOW - age).isoformat()
    handle = {"to": PERSON, "reply_token": "token-1", "said_at": said_at, **more}
    return a_target(object_id="500100200300", conversation=PERSON, counterpart=PERSON, handle=handle)


FRESH = timedelta(seconds=4)


def again(reply: OutgoingReply, *, after: timedelta) -> OutgoingReply:
    """The same reply, tried once more, since nobody knows what came of it."""
    return OutgoingReply(
        reply_id=reply.reply_id,
        target=reply.target,
        visibility=reply.visibility,
        text=reply.text,
        requested_at=reply.requested_at,
        attempted_at=reply.attempted_at + after,
        may_be_said=True,
    )


async def test_a_reply_is_pushed_under_a_key_made_of_its_id(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(SENT)

    sent = await LINE.send(a_reply(asked()), access=access(platform, client))

    (call,) = platform.calls
    assert sent == Sent(object_id="461230966842064897")
    assert (call.method, call.path) == ("POST", "/v2/bot/message/push")
    assert call.headers["authorization"] == "Bearer channel-token"
    assert call.json == {"to": PERSON, "messages": [{"type": "text", "text": TEXT}]}
    assert uuid.UUID(call.headers["x-line-retry-key"])


async def test_the_same_reply_has_the_same_key_and_another_another(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(SENT)

    for reply_id in ("reply-1", "reply-1", "reply-2"):
        await LINE.send(a_reply(asked(), reply_id=reply_id), access=access(platform, client))

    first, same, other = (call.headers["x-line-retry-key"] for call in platform.calls)
    assert first == same != other


async def test_a_push_that_line_has_already_is_done(platform: FakePlatform, client: HTTPClient) -> None:
    known = {"message": "The retry key is already accepted", "sentMessages": [{"id": "461230966842064897"}]}
    platform.will_answer(Answer(status=409, json=known))

    assert await LINE.send(a_reply(asked()), access=access(platform, client)) == Sent(object_id="461230966842064897")


async def test_within_half_a_minute_the_reply_token_is_taken(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(SENT)

    sent = await LINE.send(a_reply(asked(FRESH)), access=access(platform, client))

    (call,) = platform.calls
    assert sent == Sent(object_id="461230966842064897")
    assert call.path == "/v2/bot/message/reply"
    assert call.json == {"replyToken": "token-1", "messages": [{"type": "text", "text": TEXT}]}
    assert "x-line-retry-key" not in call.headers


@pytest.mark.parametrize("age", [timedelta(seconds=31), timedelta(minutes=2), timedelta(days=9)])
async def test_later_a_reply_is_pushed(platform: FakePlatform, client: HTTPClient, age: timedelta) -> None:
    platform.will_answer(SENT)

    await LINE.send(a_reply(asked(age)), access=access(platform, client))

    assert [call.path for call in platform.calls] == ["/v2/bot/message/push"]


async def test_a_token_that_is_worthless_at_first_is_followed_by_a_push(
    platform: FakePlatform, client: HTTPClient
) -> None:
    platform.will_answer(USED, SENT)

    sent = await LINE.send(a_reply(asked(FRESH)), access=access(platform, client))

    assert sent == Sent(object_id="461230966842064897")
    assert [call.path.rpartition("/")[2] for call in platform.calls] == ["reply", "push"]


async def test_a_token_that_was_used_by_a_lost_attempt_is_not_followed_by_a_push(
    platform: FakePlatform, client: HTTPClient
) -> None:
    reply = a_reply(asked(FRESH))
    platform.will_answer(Answer(status=0), USED)
    with pytest.raises(OutcomeUnknown):
        await LINE.send(reply, access=access(platform, client))

    with pytest.raises(CallRefused) as refusal:
        await LINE.send(again(reply, after=timedelta(seconds=10)), access=access(platform, client))

    assert refusal.value.reason is FailureReason.UNKNOWN
    assert [call.path.rpartition("/")[2] for call in platform.calls] == ["reply", "reply"]


@pytest.mark.parametrize("after", [timedelta(minutes=2), timedelta(hours=1)])
async def test_what_may_have_been_said_with_a_token_is_not_pushed_when_its_time_is_over(
    platform: FakePlatform, client: HTTPClient, after: timedelta
) -> None:
    with pytest.raises(CallRefused) as refusal:
        await LINE.send(again(a_reply(asked(FRESH)), after=after), access=access(platform, client))

    assert refusal.value.reason is FailureReason.UNKNOWN
    assert not platform.calls


async def test_what_may_have_been_pushed_is_pushed_again(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(SENT)

    await LINE.send(again(a_reply(asked()), after=timedelta(minutes=2)), access=access(platform, client))

    assert [call.path for call in platform.calls] == ["/v2/bot/message/push"]


async def test_a_token_that_no_lost_attempt_has_used_still_works(platform: FakePlatform, client: HTTPClient) -> None:
    reply = a_reply(asked(FRESH))
    platform.will_answer(Answer(status=500), SENT)
    with pytest.raises(OutcomeUnknown):
        await LINE.send(reply, access=access(platform, client))

    sent = await LINE.send(again(reply, after=timedelta(seconds=10)), access=access(platform, client))

    assert sent == Sent(object_id="461230966842064897")


async def test_a_mention_is_answered_in_the_group_quoting_it(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(SENT)
    mention = a_target(kind="mention", object_id="5", handle={"to": GROUP, "quote_token": "q5"})

    await LINE.send(a_reply(mention), access=access(platform, client))

    assert platform.calls[0].json == {
        "to": GROUP,
        "messages": [{"type": "text", "text": TEXT, "quoteToken": "q5"}],
    }


async def test_pictures_go_by_their_address(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(SENT)

    await LINE.send(a_reply(asked(), attachments=(PICTURE,)), access=access(platform, client))

    _, picture = platform.calls[0].json["messages"]
    assert picture == {"type": "image", "originalContentUrl": PICTURE.url, "previewImageUrl": PICTURE.url}


@pytest.mark.parametrize("attachments", [(PICTURE,) * 5, (ReplyAttachment(kind="video", url="https://x.example/1"),)])
async def test_attachments_that_cannot_go_are_refused_and_not_dropped(
    platform: FakePlatform, client: HTTPClient, attachments: tuple[ReplyAttachment, ...]
) -> None:
    with pytest.raises(CallRefused, match="attachments"):
        await LINE.send(a_reply(asked(), attachments=attachments), access=access(platform, client))

    assert not platform.calls


async def test_a_message_to_nobody_is_refused(platform: FakePlatform, client: HTTPClient) -> None:
    with pytest.raises(CallRefused, match="nobody"):
        await LINE.send(a_reply(a_target()), access=access(platform, client))

    assert not platform.calls


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(status=400, json={"message": "Failed to send messages"}), FailureReason.REFUSED),
        (Answer(status=401, json={"message": "Authentication failed"}), FailureReason.NEEDS_RECONNECT),
        (Answer(status=403, json={"message": "Access to this API denied"}), FailureReason.REFUSED),
        (Answer(status=404, json={"message": "Not found"}), FailureReason.REFUSED),
        (Answer(status=429, json={"message": "You have reached your monthly limit."}), FailureReason.REFUSED),
    ],
)
async def test_refusals_say_what_can_be_done(
    platform: FakePlatform, client: HTTPClient, answer: Answer, reason: FailureReason
) -> None:
    platform.will_answer(answer)

    with pytest.raises(CallRefused) as refusal:
        await LINE.send(a_reply(asked()), access=access(platform, client))

    assert refusal.value.reason is reason


async def test_over_the_rate_one_waits(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(Answer(status=429, json={"message": "The API rate limit has been exceeded."}))

    with pytest.raises(RateLimited):
        await LINE.send(a_reply(asked()), access=access(platform, client))


@pytest.mark.parametrize("answer", [Answer(status=500), Answer(status=0)])
async def test_after_a_lost_answer_nobody_knows_and_it_may_be_pushed_again(
    platform: FakePlatform, client: HTTPClient, answer: Answer
) -> None:
    platform.will_answer(answer)

    with pytest.raises(OutcomeUnknown):
        await LINE.send(a_reply(asked()), access=access(platform, client))

    assert LINE.sends_are_idempotent


async def test_while_a_token_is_being_changed_the_next_one_is_tried(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(Answer(status=401), SENT)

    await LINE.send(a_reply(asked()), access=access(platform, client, "old", "new"))

    assert [call.headers["authorization"] for call in platform.calls] == ["Bearer old", "Bearer new"]


def said(*, in_group: bool = False, kind: str = "message") -> Interaction:
    source = {"type": "group", "groupId": GROUP} if in_group else {"type": "user"}
    event = {
        "type": kind,
        "timestamp": int(NOW.timestamp() * 1000),
        "source": {**source, "userId": PERSON},
        "webhookEventId": "01K5",
        "message": {"id": "7", "type": "text", "text": "hi"},
    }
    account = AccountRef(id="account-1", external_id=ACCOUNT, brand="tea-house")
    origin = Origin(account=account, received_at=NOW, verified=Proof.HMAC)
    return read_events({"destination": ACCOUNT, "events": [event]}, origin)[0]


@pytest.mark.parametrize(
    ("interaction", "path"),
    [
        (said(), f"/v2/bot/profile/{PERSON}"),
        (said(kind="follow"), f"/v2/bot/profile/{PERSON}"),
        (said(in_group=True), f"/v2/bot/group/{GROUP}/member/{PERSON}"),
    ],
)
async def test_the_name_that_events_leave_out_is_asked_for_once(
    platform: FakePlatform, client: HTTPClient, interaction: Interaction, path: str
) -> None:
    connector = LINEConnector()
    platform.will_answer(Answer(json={"userId": PERSON, "displayName": "山楂小鱼"}))
    lacked = connector.lacks_content(interaction)

    completed = await connector.complete(interaction, access=access(platform, client))

    assert lacked
    assert completed is not None
    assert completed.actor is not None
    assert (completed.actor.name, completed.action, completed.object) == (
        "山楂小鱼",
        Action.UPDATED,
        interaction.object,
    )
    assert completed.id == f"{interaction.id}:completed"
    assert [call.path for call in platform.calls] == [path]
    assert not connector.lacks_content(interaction)


async def test_who_has_left_stays_without_a_name(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(Answer(status=404, json={"message": "Not found"}))

    assert await LINE.complete(said(), access=access(platform, client)) is None


def test_what_names_nobody_or_is_no_news_is_complete() -> None:
    assert not LINE.lacks_content(said(kind="unfollow"))
    assert said(kind="unfollow").kind is Kind.FOLLOW


async def test_followers_are_those_who_did_not_block_as_of_yesterday_in_japan(
    platform: FakePlatform, client: HTTPClient
) -> None:
    platform.will_answer(Answer(json={"status": "ready", "followers": 7620, "targetedReaches": 5848, "blocks": 237}))

    figures = await LINE.measure_account(access=access(platform, client))

    (call,) = platform.calls
    assert figures == AccountFigures(followers=7383)
    assert (call.path, call.query) == ("/v2/bot/insight/followers", {"date": "20260920"})
    assert datetime(2026, 9, 21, 14, 0, tzinfo=UTC) == NOW


async def test_while_line_counts_there_is_no_figure(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(Answer(json={"status": "unready"}))

    assert await LINE.measure_account(access=access(platform, client)) == AccountFigures()


async def test_the_hook_is_registered_and_looked_up(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(Answer(json={}), Answer(json={"endpoint": HOOK, "active": True}))

    subscription = await LINE.subscribe(HOOK, access=access(platform, client))

    put, get = platform.calls
    assert subscription == Subscription(state=SubscriptionState.ACTIVE)
    assert (put.method, put.path, put.json) == ("PUT", "/v2/bot/channel/webhook/endpoint", {"endpoint": HOOK})
    assert get.method == "GET"


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (Answer(json={"endpoint": "https://other.example/s3cret", "active": True}), "delivers to other.example"),
        (Answer(json={"endpoint": HOOK, "active": False}), "Use webhook"),
        (Answer(status=404, json={"message": "not found"}), "delivers to nowhere"),
    ],
)
async def test_a_hook_that_gets_nothing_is_inactive(
    platform: FakePlatform, client: HTTPClient, answer: Answer, detail: str
) -> None:
    platform.will_answer(answer)

    subscription = await LINE.look_up_subscription(HOOK, access=access(platform, client))

    assert subscription.state is SubscriptionState.INACTIVE
    assert detail in (subscription.detail or "")
    assert "s3cret" not in (subscription.detail or "")
