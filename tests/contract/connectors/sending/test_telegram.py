"""What goes to Telegram's Bot API, and what its answers come to mean."""

import traceback
from datetime import UTC, datetime

import pytest

from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, ReplyAttachment, ReplyTarget, Visibility
from huiying.http.client import HTTPClient, OutcomeUnknown
from ingest.clients.connectors.abilities import AccountFigures, Subscription, SubscriptionState
from ingest.clients.connectors.connector import Access, CallRefused, RateLimited, Sent
from ingest.clients.connectors.telegram import TelegramConnector
from tests.contract.connectors.fake_platform import Answer, FakePlatform
from tests.contract.connectors.rigging.telegram import ACCOUNT, BOT_TOKEN
from tests.contract.connectors.sending.speaking import PICTURE, TEXT, a_reply, a_target, access_to, to_be_done

TELEGRAM = TelegramConnector()
OLD_TOKEN = f"{ACCOUNT}:AAF-the_token_of_yesterday"
HOOK = "https://huiying.example/hooks/telegram/k1"
COMMENT = a_target(
    kind="comment",
    object_id="-1001700100200:904",
    post_id="-1001700100200:800",
    counterpart="5100200300",
    handle={"chat_id": "-1001700100200", "message_id": "904", "message_thread_id": "800"},
)
MESSAGE = a_target(object_id="5100200300:41", conversation="5100200300", counterpart="5100200300")


def access(platform: FakePlatform, client: HTTPClient, *tokens: str, **more: str) -> Access:
    credentials = {"bot_token": tokens or (BOT_TOKEN,), "secret_token": ("secret-new",)}
    extra = {name: (value,) for name, value in more.items()}
    return access_to(platform.address, by=client, credentials={**credentials, **extra}, external_id=ACCOUNT)


def done(result: object) -> Answer:
    return Answer(json={"ok": True, "result": result})


def refused(code: int, description: str = "no", **parameters: object) -> Answer:
    return Answer(
        status=code, json={"ok": False, "error_code": code, "description": description, "parameters": parameters}
    )


async def test_a_message_is_answered_in_its_chat(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(done({"message_id": 48, "chat": {"id": 5100200300}}))

    sent = await TELEGRAM.send(a_reply(MESSAGE), access=access(platform, client))

    (call,) = platform.calls
    assert sent == Sent(object_id="5100200300:48")
    assert (call.method, call.path) == ("POST", f"/bot{BOT_TOKEN}/sendMessage")
    assert call.json == {
        "chat_id": 5100200300,
        "text": TEXT,
        "reply_parameters": {"message_id": 41, "allow_sending_without_reply": True},
    }


async def test_a_comment_is_answered_under_the_post(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(done({"message_id": 48, "chat": {"id": -1001700100200}}))

    sent = await TELEGRAM.send(a_reply(COMMENT), access=access(platform, client))

    (call,) = platform.calls
    assert sent == Sent(object_id="-1001700100200:48")
    assert (call.json["chat_id"], call.json["message_thread_id"]) == (-1001700100200, 800)
    assert call.json["reply_parameters"]["message_id"] == 904


async def test_a_comment_is_answered_in_private_to_whoever_wrote_it(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(done({"message_id": 48, "chat": {"id": 5100200300}}))

    await TELEGRAM.send(a_reply(COMMENT, visibility=Visibility.PRIVATE), access=access(platform, client))

    assert platform.calls[0].json == {"chat_id": 5100200300, "text": TEXT}


async def test_what_was_written_to_a_persons_own_account_is_answered_from_it(
    platform: FakePlatform, client: HTTPClient
) -> None:
    handle = {"chat_id": "5100200300", "message_id": "71", "business_connection_id": "QmC"}
    platform.will_answer(done({"message_id": 72, "chat": {"id": 5100200300}}))

    sent = await TELEGRAM.send(
        a_reply(a_target(object_id="QmC:5100200300:71", handle=handle)), access=access(platform, client)
    )

    assert platform.calls[0].json["business_connection_id"] == "QmC"
    assert sent == Sent(object_id="QmC:5100200300:72")


@pytest.mark.parametrize(
    ("kind", "method", "name"),
    [
        ("image", "sendPhoto", "photo"),
        ("video", "sendVideo", "video"),
        ("audio", "sendAudio", "audio"),
        ("file", "sendDocument", "document"),
    ],
)
async def test_a_file_goes_by_its_address_with_the_text_under_it(
    platform: FakePlatform, client: HTTPClient, kind: str, method: str, name: str
) -> None:
    platform.will_answer(done({"message_id": 48, "chat": {"id": 5100200300}}))
    attachment = ReplyAttachment(kind=kind, url="https://cdn.example/1")

    await TELEGRAM.send(a_reply(MESSAGE, attachments=(attachment,)), access=access(platform, client))

    (call,) = platform.calls
    assert call.path.endswith(method)
    assert (call.json[name], call.json["caption"]) == ("https://cdn.example/1", TEXT)


@pytest.mark.parametrize("attachments", [(PICTURE, PICTURE), (ReplyAttachment(kind="poll", url="https://x.example"),)])
async def test_attachments_that_cannot_go_are_refused_and_not_dropped(
    platform: FakePlatform, client: HTTPClient, attachments: tuple[ReplyAttachment, ...]
) -> None:
    with pytest.raises(CallRefused, match="attachments"):
        await TELEGRAM.send(a_reply(MESSAGE, attachments=attachments), access=access(platform, client))

    assert not platform.calls


async def test_a_group_that_became_a_supergroup_is_answered_there(platform: FakePlatform, client: HTTPClient) -> None:
    moved = refused(400, "group chat was upgraded", migrate_to_chat_id=-1009)
    platform.will_answer(moved, done({"message_id": 5, "chat": {"id": -1009}}))

    sent = await TELEGRAM.send(
        a_reply(a_target(object_id="-55:3", conversation="-55")), access=access(platform, client)
    )

    assert sent == Sent(object_id="-1009:5")
    assert [call.json["chat_id"] for call in platform.calls] == [-55, -1009]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refused(400, "Bad Request: chat not found"), FailureReason.REFUSED),
        (refused(403, "Forbidden: bot was blocked by the user"), FailureReason.REFUSED),
        (refused(401, "Unauthorized"), FailureReason.NEEDS_RECONNECT),
        (refused(404, "Not Found"), FailureReason.NEEDS_RECONNECT),
        (Answer(status=302), FailureReason.REFUSED),
    ],
)
async def test_refusals_say_what_can_be_done(
    platform: FakePlatform, client: HTTPClient, answer: Answer, reason: FailureReason
) -> None:
    platform.will_answer(answer)

    with pytest.raises(CallRefused) as refusal:
        await TELEGRAM.send(a_reply(MESSAGE), access=access(platform, client))

    assert refusal.value.reason is reason
    assert len(platform.calls) == 1


async def test_over_the_limit_one_waits_as_long_as_telegram_says(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(refused(429, "Too Many Requests: retry after 35", retry_after=35))

    with pytest.raises(RateLimited) as refusal:
        await TELEGRAM.send(a_reply(MESSAGE), access=access(platform, client))

    assert refusal.value.retry_after_seconds == 35


@pytest.mark.parametrize(
    "answer", [refused(500), refused(502), Answer(status=0), Answer(json="what?"), Answer(json={"ok": True})]
)
async def test_after_a_lost_answer_nobody_knows_whether_it_was_said(
    platform: FakePlatform, client: HTTPClient, answer: Answer
) -> None:
    platform.will_answer(answer)

    with pytest.raises(OutcomeUnknown):
        await TELEGRAM.send(a_reply(MESSAGE), access=access(platform, client))

    assert len(platform.calls) == 1


async def test_while_a_token_is_being_changed_the_next_one_is_tried(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(refused(401, "Unauthorized"), done({"message_id": 48, "chat": {"id": 5100200300}}))

    await TELEGRAM.send(a_reply(MESSAGE), access=access(platform, client, OLD_TOKEN, BOT_TOKEN))

    assert [call.path.split("/")[1] for call in platform.calls] == [f"bot{OLD_TOKEN}", f"bot{BOT_TOKEN}"]


@pytest.mark.parametrize(
    "answer",
    [
        refused(400, f"cannot answer https://api.telegram.org/bot{BOT_TOKEN}/sendMessage"),
        refused(401, BOT_TOKEN),
        refused(429, BOT_TOKEN),
        refused(500, BOT_TOKEN),
        Answer(status=0),
    ],
)
async def test_the_token_in_the_address_is_in_no_error(
    platform: FakePlatform, client: HTTPClient, answer: Answer
) -> None:
    platform.will_answer(answer)

    with pytest.raises(Exception) as failure:  # noqa: PT011 - whatever it is, it must not tell
        await TELEGRAM.send(a_reply(MESSAGE), access=access(platform, client))

    assert BOT_TOKEN not in "".join(traceback.format_exception(failure.value))


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "http://exa mple", "ftp://x", "http://[", "http://user@x"])
async def test_the_token_is_in_no_error_about_the_address_either(client: HTTPClient, address: str) -> None:
    unreachable = access_to(address, by=client, credentials={"bot_token": (BOT_TOKEN,)})

    with pytest.raises(Exception) as failure:  # noqa: PT011 - whatever it is, it must not tell
        await TELEGRAM.send(a_reply(MESSAGE), access=unreachable)

    assert BOT_TOKEN not in "".join(traceback.format_exception(failure.value))


async def test_a_message_is_deleted_and_deleting_it_again_is_the_same(
    platform: FakePlatform, client: HTTPClient
) -> None:
    platform.will_answer(done(True), refused(400, "Bad Request: message to delete not found"))

    for _ in range(2):
        await TELEGRAM.moderate(to_be_done(ModerationKind.DELETE, COMMENT), access=access(platform, client))

    assert [call.path.rpartition("/")[2] for call in platform.calls] == ["deleteMessage"] * 2
    assert platform.calls[0].json == {"chat_id": -1001700100200, "message_id": 904}


async def test_without_the_right_to_delete_it_is_refused(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(refused(400, "Bad Request: message can't be deleted"))

    with pytest.raises(CallRefused, match="can't be deleted"):
        await TELEGRAM.moderate(to_be_done(ModerationKind.DELETE, COMMENT), access=access(platform, client))


@pytest.mark.parametrize(
    ("kind", "reaction"), [(ModerationKind.LIKE, [{"type": "emoji", "emoji": "👍"}]), (ModerationKind.UNLIKE, [])]
)
async def test_a_like_is_a_thumb_and_can_be_taken_back(
    platform: FakePlatform, client: HTTPClient, kind: ModerationKind, reaction: list[object]
) -> None:
    platform.will_answer(done(True))

    await TELEGRAM.moderate(to_be_done(kind, COMMENT), access=access(platform, client))

    assert platform.calls[0].json == {"chat_id": -1001700100200, "message_id": 904, "reaction": reaction}


@pytest.mark.parametrize(
    ("kind", "target"), [(ModerationKind.HIDE, COMMENT), (ModerationKind.DELETE, a_target(object_id="4382bfd"))]
)
async def test_what_telegram_cannot_do_is_refused(
    platform: FakePlatform, client: HTTPClient, kind: ModerationKind, target: ReplyTarget
) -> None:
    with pytest.raises(CallRefused):
        await TELEGRAM.moderate(to_be_done(kind, target), access=access(platform, client))

    assert not platform.calls


async def test_the_hook_is_registered_with_the_secret_and_every_kind_of_update(
    platform: FakePlatform, client: HTTPClient
) -> None:
    platform.will_answer(done(True), done({"url": HOOK, "pending_update_count": 0}))

    subscription = await TELEGRAM.subscribe(HOOK, access=access(platform, client))

    asked = platform.calls[0].json
    assert subscription == Subscription(state=SubscriptionState.ACTIVE)
    assert (asked["url"], asked["secret_token"]) == (HOOK, "secret-new")
    assert {"message_reaction", "chat_member"} <= set(asked["allowed_updates"])


async def test_telegram_tells_what_waits_and_what_went_wrong(platform: FakePlatform, client: HTTPClient) -> None:
    at = int(datetime(2026, 9, 21, 13, 0, tzinfo=UTC).timestamp())
    trouble = {"pending_update_count": 12, "last_error_date": at, "last_error_message": "Wrong response: 503"}
    platform.will_answer(done({"url": HOOK, **trouble}))

    subscription = await TELEGRAM.look_up_subscription(HOOK, access=access(platform, client))

    assert subscription.state is SubscriptionState.ACTIVE
    assert subscription.detail == "12 updates wait; last error 2026-09-21T13:00:00+00:00 Wrong response: 503"


@pytest.mark.parametrize(
    ("url", "detail"),
    [("", "Telegram delivers to nowhere"), ("https://other.example/s3cret", "Telegram delivers to other.example")],
)
async def test_a_hook_that_is_not_registered_is_inactive(
    platform: FakePlatform, client: HTTPClient, url: str, detail: str
) -> None:
    platform.will_answer(done({"url": url, "pending_update_count": 0}))

    subscription = await TELEGRAM.look_up_subscription(HOOK, access=access(platform, client))

    assert subscription == Subscription(state=SubscriptionState.INACTIVE, detail=detail)


async def test_the_subscribers_of_a_channel_are_its_followers(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(done(1204))

    figures = await TELEGRAM.measure_account(access=access(platform, client, channel_id="@teahousenews"))

    assert figures == AccountFigures(followers=1204)
    assert platform.calls[0].json == {"chat_id": "@teahousenews"}


async def test_without_a_channel_there_is_nobody_to_count(platform: FakePlatform, client: HTTPClient) -> None:
    assert await TELEGRAM.measure_account(access=access(platform, client)) == AccountFigures()
    assert not platform.calls
