"""What goes to Discord's API, what its answers come to mean, and what is read from its channels."""

import traceback
from datetime import timedelta

import pytest

from huiying.events.deliveries import Proof
from huiying.events.interactions import Action, Direction, Interaction, Kind
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, ReplyAttachment, ReplyTarget, Visibility
from huiying.http.client import HTTPClient, OutcomeUnknown
from ingest.clients.connectors.abilities import Listed, Subscription, SubscriptionState
from ingest.clients.connectors.connector import (
    Access,
    CallRefused,
    HookRequest,
    PlatformBusy,
    RateLimited,
    Sent,
    SignatureRefused,
)
from ingest.clients.connectors.discord import DiscordConnector
from tests.contract.connectors.fake_platform import Answer, FakePlatform
from tests.contract.connectors.rig import a_request, altered
from tests.contract.connectors.rigging.discord import ACCOUNT, public_key, sign_discord
from tests.contract.connectors.sending.speaking import NOW, PICTURE, TEXT, a_reply, a_target, access_to, to_be_done

DISCORD = DiscordConnector()
CHANNEL, PERSON, MESSAGE = "1200300400500600702", "510020030051002003", "1551597205192704001"
HOOK = "https://huiying.example/hooks/discord/k1"
TOKEN = "made-up-interaction-token"
SENT = Answer(json={"id": "1551597205192704999", "channel_id": CHANNEL})
CHAT = Answer(json={"id": "77", "type": 1})
COMMENT = a_target(
    kind="comment", object_id=MESSAGE, post_id=CHANNEL, counterpart=PERSON, handle={"channel_id": CHANNEL}
)
CONTENT = {"content": TEXT, "allowed_mentions": {"parse": [], "replied_user": True}}


def access(platform: FakePlatform, client: HTTPClient, *tokens: str, channels: tuple[str, ...] = ()) -> Access:
    credentials = {"bot_token": tokens or ("bot-token",), "channel_id": channels}
    return access_to(platform.address, by=client, credentials=credentials, external_id=ACCOUNT)


def asked(age: timedelta = timedelta(minutes=1)) -> ReplyTarget:
    handle = {
        "application_id": ACCOUNT,
        "token": TOKEN,
        "channel_id": CHANNEL,
        "asked_at": (NOW - age).isoformat(),
    }
    return a_target(kind="command", object_id=MESSAGE, conversation=PERSON, counterpart=PERSON, handle=handle)


def no(status: int, code: int = 0, **more: object) -> Answer:
    return Answer(status=status, json={"message": "no", "code": code, **more})


async def test_a_command_is_answered_by_its_token_for_its_author_alone(
    platform: FakePlatform, client: HTTPClient
) -> None:
    platform.will_answer(SENT)

    sent = await DISCORD.send(a_reply(asked()), access=access(platform, client))

    (call,) = platform.calls
    assert sent == Sent(object_id="1551597205192704999")
    assert (call.method, call.path, call.query) == ("POST", f"/webhooks/{ACCOUNT}/{TOKEN}", {"wait": "true"})
    assert call.json == {**CONTENT, "flags": 64}
    assert "authorization" not in call.headers
    assert call.headers["user-agent"].startswith("DiscordBot (")


async def test_after_a_quarter_of_an_hour_a_command_is_answered_in_private(
    platform: FakePlatform, client: HTTPClient
) -> None:
    platform.will_answer(CHAT, SENT)

    await DISCORD.send(a_reply(asked(timedelta(minutes=15))), access=access(platform, client))

    opened, said = platform.calls
    assert (opened.path, opened.json) == ("/users/@me/channels", {"recipient_id": PERSON})
    assert (said.path, said.json) == ("/channels/77/messages", CONTENT)
    assert said.headers["authorization"] == "Bot bot-token"


@pytest.mark.parametrize("gone", [no(404, 10015), no(401, 50027)])
async def test_a_token_that_ended_early_is_followed_by_a_private_message(
    platform: FakePlatform, client: HTTPClient, gone: Answer
) -> None:
    platform.will_answer(gone, CHAT, SENT)

    sent = await DISCORD.send(a_reply(asked()), access=access(platform, client))

    assert sent == Sent(object_id="1551597205192704999")
    assert len(platform.calls) == 3


async def test_who_takes_no_messages_could_be_answered_for_a_quarter_of_an_hour(
    platform: FakePlatform, client: HTTPClient
) -> None:
    platform.will_answer(CHAT, no(403, 50007))

    with pytest.raises(CallRefused) as refusal:
        await DISCORD.send(a_reply(asked(timedelta(hours=1))), access=access(platform, client))

    assert refusal.value.reason is FailureReason.WINDOW_CLOSED


async def test_a_comment_is_answered_in_its_channel_and_calls_nobody_else(
    platform: FakePlatform, client: HTTPClient
) -> None:
    platform.will_answer(SENT)

    await DISCORD.send(a_reply(COMMENT), access=access(platform, client))

    (call,) = platform.calls
    assert call.path == f"/channels/{CHANNEL}/messages"
    assert call.json == {**CONTENT, "message_reference": {"message_id": MESSAGE, "fail_if_not_exists": False}}


async def test_a_comment_is_answered_in_private_to_whoever_wrote_it(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(CHAT, SENT)

    await DISCORD.send(a_reply(COMMENT, visibility=Visibility.PRIVATE), access=access(platform, client))

    assert [call.path for call in platform.calls] == ["/users/@me/channels", "/channels/77/messages"]


async def test_while_no_chat_is_open_nothing_was_said(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(Answer(status=0))

    with pytest.raises(PlatformBusy):
        await DISCORD.send(a_reply(COMMENT, visibility=Visibility.PRIVATE), access=access(platform, client))


async def test_pictures_go_by_their_address(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(SENT)

    await DISCORD.send(a_reply(COMMENT, attachments=(PICTURE,)), access=access(platform, client))

    assert platform.calls[0].json["embeds"] == [{"image": {"url": PICTURE.url}}]


async def test_attachments_that_cannot_go_are_refused_and_not_dropped(
    platform: FakePlatform, client: HTTPClient
) -> None:
    film = ReplyAttachment(kind="video", url="https://cdn.example/1.mp4")

    with pytest.raises(CallRefused, match="attachments"):
        await DISCORD.send(a_reply(COMMENT, attachments=(film,)), access=access(platform, client))

    assert not platform.calls


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (no(403, 50001), FailureReason.REFUSED),
        (no(404, 10003), FailureReason.REFUSED),
        (no(400, 50035), FailureReason.REFUSED),
        (no(401), FailureReason.NEEDS_RECONNECT),
    ],
)
async def test_refusals_say_what_can_be_done(
    platform: FakePlatform, client: HTTPClient, answer: Answer, reason: FailureReason
) -> None:
    platform.will_answer(answer)

    with pytest.raises(CallRefused) as refusal:
        await DISCORD.send(a_reply(COMMENT), access=access(platform, client))

    assert refusal.value.reason is reason
    assert len(platform.calls) == 1


@pytest.mark.parametrize(
    ("answer", "pause_seconds"),
    [
        (no(429, retry_after=64.57), 65),
        (no(429, retry_after=0.3), 1),
        (Answer(status=429, headers={"x-ratelimit-reset-after": "4.2"}), 5),
        (Answer(status=429, headers={"retry-after": "7"}), 8),
        (Answer(status=429), 30),
    ],
)
async def test_over_the_limit_one_waits_as_long_as_discord_says(
    platform: FakePlatform, client: HTTPClient, answer: Answer, pause_seconds: int
) -> None:
    platform.will_answer(answer)

    with pytest.raises(RateLimited) as refusal:
        await DISCORD.send(a_reply(COMMENT), access=access(platform, client))

    assert refusal.value.retry_after_seconds == pause_seconds


@pytest.mark.parametrize("answer", [Answer(status=500), Answer(status=0)])
async def test_after_a_lost_answer_nobody_knows_whether_it_was_said(
    platform: FakePlatform, client: HTTPClient, answer: Answer
) -> None:
    platform.will_answer(answer)

    with pytest.raises(OutcomeUnknown) as doubt:
        await DISCORD.send(a_reply(asked()), access=access(platform, client))

    assert TOKEN not in "".join(traceback.format_exception(doubt.value))


async def test_while_a_token_is_being_changed_the_next_one_is_tried(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(no(401), SENT)

    await DISCORD.send(a_reply(COMMENT), access=access(platform, client, "old", "new"))

    assert [call.headers["authorization"] for call in platform.calls] == ["Bot old", "Bot new"]


@pytest.mark.parametrize(
    ("kind", "method", "ends"),
    [
        (ModerationKind.DELETE, "DELETE", f"/messages/{MESSAGE}"),
        (ModerationKind.LIKE, "PUT", "/@me"),
        (ModerationKind.UNLIKE, "DELETE", "/@me"),
    ],
)
async def test_a_message_is_deleted_or_liked(
    platform: FakePlatform, client: HTTPClient, kind: ModerationKind, method: str, ends: str
) -> None:
    platform.will_answer(Answer(status=204))

    await DISCORD.moderate(to_be_done(kind, COMMENT), access=access(platform, client))

    (call,) = platform.calls
    assert (call.method, call.path.startswith(f"/channels/{CHANNEL}/messages/")) == (method, True)
    assert call.path.endswith(ends)


async def test_what_is_gone_is_deleted(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(no(404, 10008))

    await DISCORD.moderate(to_be_done(ModerationKind.DELETE, COMMENT), access=access(platform, client))

    assert len(platform.calls) == 1


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (ModerationKind.HIDE, COMMENT),
        (ModerationKind.DELETE, a_target(object_id=MESSAGE)),
        (ModerationKind.DELETE, a_target(object_id="../1", post_id=CHANNEL)),
    ],
)
async def test_what_discord_cannot_do_is_refused(
    platform: FakePlatform, client: HTTPClient, kind: ModerationKind, target: ReplyTarget
) -> None:
    with pytest.raises(CallRefused):
        await DISCORD.moderate(to_be_done(kind, target), access=access(platform, client))

    assert not platform.calls


def a_listed(number: int, *, minutes_ago: int = 1, **more: object) -> dict[str, object]:
    at = NOW - timedelta(minutes=minutes_ago)
    snowflake = ((int(at.timestamp() * 1000) - 1_420_070_400_000) << 22) | number
    return {
        "id": str(snowflake),
        "type": 0,
        "channel_id": CHANNEL,
        "author": {"id": PERSON, "username": "lin_meyer", "global_name": "Lin Meyer"},
        "content": f"number {number}",
        "timestamp": at.isoformat(),
        "mentions": [],
        **more,
    }


async def everything(platform: FakePlatform, client: HTTPClient, *channels: str) -> list[Interaction]:
    found: list[Interaction] = []
    page = Listed(has_more=True)
    while page.has_more:
        page = await DISCORD.list_feed(
            "channels",
            since=NOW - timedelta(hours=1),
            cursor=page.cursor,
            access=access(platform, client, channels=channels),
            now=NOW,
        )
        found.extend(page.interactions)
    return found


US = {"id": "900", "username": "tea-bot", "bot": True}


async def test_each_channel_is_read_back_to_what_is_known(platform: FakePlatform, client: HTTPClient) -> None:
    full = [a_listed(number) for number in range(99)] + [a_listed(99, minutes_ago=2)]
    platform.will_answer(
        Answer(json=US),
        Answer(json=full),
        Answer(json=[a_listed(100, minutes_ago=120)]),
        Answer(json=[a_listed(101)]),
    )

    found = await everything(platform, client, CHANNEL, "2")

    who, first, second, third = platform.calls
    assert len(found) == 102
    assert {one.verified for one in found} == {Proof.POLLED}
    assert who.path == "/users/@me"
    assert (first.path, first.query) == (f"/channels/{CHANNEL}/messages", {"limit": "100"})
    assert second.query == {"limit": "100", "before": str(full[-1]["id"])}
    assert third.path == "/channels/2/messages"


async def test_who_is_meant_and_who_speaks_is_told_apart(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(
        Answer(json=US),
        Answer(
            json=[
                a_listed(1, mentions=[US]),
                a_listed(2, type=19, message_reference={"message_id": "5"}),
                a_listed(3, author=US),
                a_listed(4, edited_timestamp=NOW.isoformat()),
                a_listed(5, type=7),
                a_listed(
                    6,
                    content="",
                    attachments=[{"id": "8", "url": "https://cdn.example/1", "content_type": "image/png"}],
                ),
            ]
        ),
    )

    mention, answer, own, created, update, picture = await everything(platform, client, CHANNEL)

    assert (mention.kind, mention.object.mentions[0].is_self) == (Kind.MENTION, True)
    assert answer.target is not None
    assert (answer.kind, answer.target.parent_id, answer.target.post_id) == (Kind.COMMENT, "5", CHANNEL)
    assert own.direction is Direction.OUTBOUND
    assert (update.action, update.object, update.occurred_at) == (Action.UPDATED, created.object, NOW)
    assert picture.object.attachments[0].kind == "image"


async def test_without_channels_nothing_is_asked(platform: FakePlatform, client: HTTPClient) -> None:
    assert await everything(platform, client) == []
    assert not platform.calls


async def test_a_channel_that_may_not_be_read_holds_up_no_other(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(Answer(json=US), no(403, 50001), Answer(json=[a_listed(1)]))

    assert len(await everything(platform, client, "1", "2")) == 1


async def test_the_hook_is_registered_for_commands_and_events(platform: FakePlatform, client: HTTPClient) -> None:
    app = {"interactions_endpoint_url": HOOK, "event_webhooks_url": HOOK, "event_webhooks_status": 2}
    platform.will_answer(Answer(json=app))

    subscription = await DISCORD.subscribe(HOOK, access=access(platform, client))

    (call,) = platform.calls
    assert subscription == Subscription(state=SubscriptionState.ACTIVE)
    assert (call.method, call.path) == ("PATCH", "/applications/@me")
    assert call.json["interactions_endpoint_url"] == call.json["event_webhooks_url"] == HOOK


@pytest.mark.parametrize(
    ("app", "state"),
    [
        ({"interactions_endpoint_url": None, "event_webhooks_url": HOOK}, SubscriptionState.INACTIVE),
        (
            {"interactions_endpoint_url": HOOK, "event_webhooks_url": HOOK, "event_webhooks_status": 3},
            SubscriptionState.INACTIVE,
        ),
        ({"interactions_endpoint_url": HOOK, "event_webhooks_url": "https://x.example/s"}, SubscriptionState.ACTIVE),
    ],
)
async def test_what_goes_elsewhere_is_told(
    platform: FakePlatform, client: HTTPClient, app: dict[str, object], state: SubscriptionState
) -> None:
    platform.will_answer(Answer(json=app))

    subscription = await DISCORD.look_up_subscription(HOOK, access=access(platform, client))

    assert subscription.state is state
    assert subscription.detail is not None


PING = b'{"id":"1","application_id":"1200300400500600700","type":1,"token":"x","version":1}'
EVENT_PING = b'{"version":1,"application_id":"1200300400500600700","type":0}'
KEYS = {"public_key": (public_key("old"), public_key("new"))}


def signed(body: bytes) -> HookRequest:
    return altered(sign_discord(body, public_key("new"), NOW), received_at=NOW)


@pytest.mark.parametrize(("body", "status", "answer"), [(PING, 200, b'{"type":1}'), (EVENT_PING, 204, b"")])
def test_each_question_for_our_address_is_answered_as_discord_wants(body: bytes, status: int, answer: bytes) -> None:
    acknowledgement = DISCORD.handshake(signed(body), KEYS)

    assert acknowledgement is not None
    assert (acknowledgement.status, acknowledgement.body) == (status, answer)
    assert acknowledgement.content_type == "application/json"


@pytest.mark.parametrize("body", [PING, EVENT_PING])
def test_a_question_with_a_wrong_signature_is_refused(body: bytes) -> None:
    with pytest.raises(SignatureRefused):
        DISCORD.handshake(signed(body), {"public_key": (public_key("old"),)})


@pytest.mark.parametrize(
    ("body", "status", "answer"),
    [
        (b'{"type":2,"id":"1","data":{}}', 200, b'{"type":5,"data":{"flags":64}}'),
        (b'{"type":3,"id":"1","data":{}}', 200, b'{"type":6}'),
        (b'{"type":4,"id":"1","data":{}}', 200, b'{"type":8,"data":{"choices":[]}}'),
        (b'{"type":5,"id":"1","data":{}}', 200, b'{"type":5,"data":{"flags":64}}'),
        (b'{"type":1,"event":{"type":"APPLICATION_AUTHORIZED"}}', 204, b""),
    ],
)
def test_each_request_is_acknowledged_in_its_own_way(body: bytes, status: int, answer: bytes) -> None:
    acknowledgement = DISCORD.acknowledge(a_request(body))

    assert (acknowledgement.status, acknowledgement.body) == (status, answer)
