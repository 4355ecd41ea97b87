"""What goes out to TikTok, what its answers come to mean, and what its lists show."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import AccountRef, Action, Direction, Interaction, Kind
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, Visibility
from huiying.http.client import HTTPClient, OutcomeUnknown
from ingest.clients.connectors.abilities import AccountFigures, Post, PostFigures, Renewed
from ingest.clients.connectors.connector import Access, CallRefused, OutgoingReply, PlatformBusy, RateLimited, Sent
from ingest.clients.connectors.tiktok import TikTokConnector
from tests.contract.connectors.fake_platform import Answer, FakePlatform
from tests.contract.connectors.rigging.tiktok import BRAND
from tests.contract.connectors.sending.speaking import NOW, PICTURE, TEXT, a_reply, a_target, access_to, to_be_done

TIKTOK = TikTokConnector()
TOKENS = {"client_key": ("key-1",), "client_secret": ("s1",), "access_token": ("token-1",)}
COMMENT = a_target(kind="comment", object_id="7247", post_id="7203", counterpart="mia-7")
MESSAGE = a_target(object_id="m1", conversation="AQ+conv/42==", counterpart="p7")
MadeAccess = Callable[..., Access]


@pytest.fixture
def access(platform: FakePlatform, client: HTTPClient) -> MadeAccess:
    def make(**credentials: tuple[str, ...]) -> Access:
        return access_to(platform.address, by=client, external_id=BRAND, credentials={**TOKENS, **credentials})

    return make


def ok(**data: object) -> Answer:
    return Answer(json={"code": 0, "message": "OK", "request_id": "r", "data": data})


def no(code: int) -> Answer:
    return Answer(json={"code": code, "message": "no", "request_id": "r", "data": {}})


async def test_a_comment_is_answered_under_its_video(platform: FakePlatform, access: MadeAccess) -> None:
    platform.will_answer(ok(comment_id=7248))

    sent = await TIKTOK.send(a_reply(COMMENT), access=access())

    (call,) = platform.calls
    expected = {"business_id": BRAND, "video_id": "7203", "comment_id": "7247", "text": TEXT}
    assert sent == Sent(object_id="7248")
    assert (call.method, call.path, call.json) == ("POST", "/business/comment/reply/create/", expected)
    assert call.headers["access-token"] == "token-1"


async def test_a_message_goes_into_the_conversation(platform: FakePlatform, access: MadeAccess) -> None:
    platform.will_answer(ok(message={"message_id": "m2"}))

    sent = await TIKTOK.send(a_reply(MESSAGE), access=access())

    (call,) = platform.calls
    assert sent == Sent(object_id="m2")
    assert call.path == "/business/message/send/"
    assert call.json == {
        "business_id": BRAND,
        "recipient_type": "CONVERSATION",
        "recipient": "AQ+conv/42==",
        "message_type": "TEXT",
        "text": {"body": TEXT},
    }


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (a_reply(COMMENT, text="字" * 151), "150"),
        (a_reply(COMMENT, visibility=Visibility.PRIVATE), "before they write"),
        (a_reply(a_target(kind="comment", object_id="7247")), "video"),
        (a_reply(a_target(counterpart="p7")), "nobody"),
        (a_reply(COMMENT, attachments=(PICTURE,)), "attachments"),
    ],
)
async def test_what_tiktok_never_takes_is_not_even_asked(
    platform: FakePlatform, access: MadeAccess, reply: OutgoingReply, why: str
) -> None:
    with pytest.raises(CallRefused, match=why):
        await TIKTOK.send(reply, access=access())

    assert not platform.calls


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (no(40064), FailureReason.WINDOW_CLOSED),
        (no(40105), FailureReason.NEEDS_RECONNECT),
        (Answer(status=401), FailureReason.NEEDS_RECONNECT),
        (no(40002), FailureReason.REFUSED),
        (no(40001), FailureReason.REFUSED),
        (Answer(status=404), FailureReason.REFUSED),
        (Answer(status=302, headers={"location": "/elsewhere"}), FailureReason.REFUSED),
    ],
)
async def test_refusals_hide_in_a_success(
    platform: FakePlatform, access: MadeAccess, answer: Answer, reason: FailureReason
) -> None:
    platform.will_answer(answer)

    with pytest.raises(CallRefused) as refusal:
        await TIKTOK.send(a_reply(COMMENT), access=access())

    assert refusal.value.reason is reason
    assert len(platform.calls) == 1


async def test_over_the_limit_one_waits(platform: FakePlatform, access: MadeAccess) -> None:
    platform.will_answer(no(40100))

    with pytest.raises(RateLimited):
        await TIKTOK.send(a_reply(COMMENT), access=access())


@pytest.mark.parametrize(
    "answer", [no(51065), Answer(status=500), Answer(status=0), Answer(json={}), Answer(json="what?")]
)
async def test_after_any_other_failure_nobody_knows_whether_it_was_said(
    platform: FakePlatform, access: MadeAccess, answer: Answer
) -> None:
    platform.will_answer(answer)

    with pytest.raises(OutcomeUnknown):
        await TIKTOK.send(a_reply(COMMENT), access=access())

    assert len(platform.calls) == 1


@pytest.mark.parametrize(
    ("kind", "path", "more"),
    [
        (ModerationKind.HIDE, "/business/comment/hide/", {"video_id": "7203", "action": "HIDE"}),
        (ModerationKind.UNHIDE, "/business/comment/hide/", {"video_id": "7203", "action": "UNHIDE"}),
        (ModerationKind.LIKE, "/business/comment/like/", {"video_id": "7203", "action": "LIKE"}),
        (ModerationKind.UNLIKE, "/business/comment/like/", {"video_id": "7203", "action": "UNLIKE"}),
        (ModerationKind.DELETE, "/business/comment/delete/", {}),
    ],
)
async def test_moderating_a_comment(
    platform: FakePlatform, access: MadeAccess, kind: ModerationKind, path: str, more: dict[str, str]
) -> None:
    platform.will_answer(ok())

    await TIKTOK.moderate(to_be_done(kind, COMMENT), access=access())

    (call,) = platform.calls
    assert (call.method, call.path) == ("POST", path)
    assert call.json == {"business_id": BRAND, "comment_id": "7247", **more}


async def test_a_message_cannot_be_moderated_and_trouble_may_pass(platform: FakePlatform, access: MadeAccess) -> None:
    with pytest.raises(CallRefused, match="message"):
        await TIKTOK.moderate(to_be_done(ModerationKind.DELETE, MESSAGE), access=access())
    platform.will_answer(no(51065))
    with pytest.raises(PlatformBusy):
        await TIKTOK.moderate(to_be_done(ModerationKind.HIDE, COMMENT), access=access())


def a_comment(number: int, *, seconds: int, **more: object) -> dict[str, Any]:
    author = {"unique_identifier": "mia-7", "username": "mia_sips", "display_name": "Mia"}
    return {"comment_id": str(number), "video_id": "7203", "create_time": str(seconds), "text": "hi", **author, **more}


RECENTLY = int(NOW.timestamp()) - 600
LONG_AGO = int(NOW.timestamp()) - 86_400


async def test_comments_are_listed_video_by_video_under_the_ids_of_their_pushes(
    platform: FakePlatform, access: MadeAccess
) -> None:
    videos = ok(videos=[{"item_id": "7203", "create_time": RECENTLY}, {"item_id": "7204", "create_time": LONG_AGO}])
    mine = a_comment(3, seconds=RECENTLY, owner=True, parent_comment_id="2")
    first = ok(comments=[a_comment(2, seconds=RECENTLY, reply_list=[mine])], cursor=30, has_more=True)
    second = ok(comments=[a_comment(1, seconds=LONG_AGO)], cursor=60, has_more=True)
    platform.will_answer(videos, first, videos, second, videos, ok(comments=[], has_more=False))
    since, cursor, pages = NOW - timedelta(hours=1), None, []

    for _ in range(3):
        page = await TIKTOK.list_feed("comments", since=since, cursor=cursor, access=access(), now=NOW)
        pages.append(page)
        cursor = page.cursor

    listed = [interaction for page in pages for interaction in page.interactions]
    asked = [(call.query.get("video_id"), call.query["cursor"]) for call in platform.calls if "video_id" in call.query]
    assert asked == [("7203", "0"), ("7203", "30"), ("7204", "0")]
    assert [page.has_more for page in pages] == [True, True, False]
    assert [one.id for one in listed] == [f"tiktok:{BRAND}:comment:{number}" for number in (2, 3, 1)]
    assert [one.direction for one in listed] == [Direction.INBOUND, Direction.OUTBOUND, Direction.INBOUND]
    assert {one.verified for one in listed} == {Proof.POLLED}


async def test_messages_are_listed_from_the_conversations_that_changed(
    platform: FakePlatform, access: MadeAccess
) -> None:
    person, brand = {"id": "p7", "role": "PERSONAL_ACCOUNT"}, {"id": BRAND, "role": "BUSINESS_ACCOUNT"}
    message = {"message_id": "m1", "timestamp": RECENTLY * 1000, "message_type": "TEXT", "text": {"body": "hi"}}
    theirs = {**message, "sender": "mia", "from_user": person, "to_user": brand}
    ours = {**message, "message_id": "m2", "sender": "tea", "from_user": brand, "to_user": person}
    changed = {"conversation_id": "c1", "update_time": RECENTLY * 1000}
    old = {"conversation_id": "c0", "update_time": LONG_AGO * 1000}
    platform.will_answer(ok(conversations=[changed, old], has_more=False), ok(messages=[theirs, ours]), ok())
    since = NOW - timedelta(hours=1)

    page = await TIKTOK.list_feed("messages", since=since, cursor=None, access=access(), now=NOW)
    last = await TIKTOK.list_feed("messages", since=since, cursor=page.cursor, access=access(), now=NOW)

    assert [call.query.get("conversation_type") for call in platform.calls] == ["SINGLE", None, "STRANGER"]
    assert [one.id for one in page.interactions] == [f"tiktok:{BRAND}:message:{name}" for name in ("m1", "m2")]
    assert [one.direction for one in page.interactions] == [Direction.INBOUND, Direction.OUTBOUND]
    assert {one.target.conversation_id for one in page.interactions if one.target} == {"c1"}
    assert (page.has_more, last.has_more) == (True, False)


def pushed(content: dict[str, Any], *, event: str = "comment.update") -> Interaction:
    body = {"event": event, "user_openid": BRAND, "create_time": RECENTLY, "content": json.dumps(content)}
    account = AccountRef(id="account-1", external_id=BRAND, brand="tea-house")
    (interaction,) = TIKTOK.normalise_body(json.dumps(body).encode(), content_type="", account=account, received_at=NOW)
    return interaction


INSERT = {"comment_id": 9, "video_id": 7203, "comment_action": "insert", "unique_identifier": "tea-1", "text": "hi"}


@pytest.mark.parametrize(("owner", "direction"), [(True, Direction.OUTBOUND), (False, Direction.INBOUND)])
async def test_a_pushed_comment_is_completed_with_its_author(
    platform: FakePlatform, access: MadeAccess, owner: bool, direction: Direction
) -> None:
    comment = pushed(INSERT)
    platform.will_answer(ok(comments=[a_comment(9, seconds=RECENTLY, owner=owner)]))

    assert TIKTOK.lacks_content(comment)
    full = await TIKTOK.complete(comment, access=access())

    (call,) = platform.calls
    assert json.loads(call.query["comment_ids"]) == ["9"]
    assert full is not None
    assert (full.id, full.action, full.direction) == (f"{comment.id}:completed", Action.UPDATED, direction)
    assert full.actor is not None
    assert (full.actor.name, full.actor.is_self) == ("Mia", owner)
    assert not TIKTOK.lacks_content(full)


async def test_a_pushed_comment_that_is_gone_is_not_completed(platform: FakePlatform, access: MadeAccess) -> None:
    platform.will_answer(ok(comments=[]))

    assert await TIKTOK.complete(pushed(INSERT), access=access()) is None


def test_what_became_of_a_comment_needs_no_completion() -> None:
    assert not TIKTOK.lacks_content(pushed({**INSERT, "comment_action": "delete"}))


def test_an_account_that_knows_its_own_identifier_knows_its_own_comments() -> None:
    body = {"event": "comment.update", "user_openid": BRAND, "content": json.dumps(INSERT)}
    delivery = DeliveryAccepted(
        delivery_id="d1",
        account_id="account-1",
        platform="tiktok",
        received_at=NOW,
        content_type="",
        proof=Proof.HMAC,
        body=json.dumps(body).encode(),
    )
    account = AccountRef(id="account-1", external_id=BRAND, brand="tea-house")

    (comment,) = TIKTOK.normalise(delivery, account=account, credentials={"unique_identifier": ("tea-1",)})

    assert comment.direction is Direction.OUTBOUND
    assert not TIKTOK.lacks_content(comment)


def test_a_message_from_europe_wakes_the_list_of_messages() -> None:
    waiting = pushed({"to": "tea", "timestamp": RECENTLY * 1000}, event="im_receive_msg_eu")

    assert (waiting.kind, TIKTOK.woken([waiting])) == (Kind.SYSTEM, ("messages",))
    assert TIKTOK.woken([pushed(INSERT)]) == ()


async def test_videos_are_listed_and_measured(platform: FakePlatform, access: MadeAccess) -> None:
    video = {"item_id": "7203", "caption": "tea", "share_url": "https://v.example/1", "create_time": str(RECENTLY)}
    platform.will_answer(
        ok(videos=[video, {"item_id": "7100", "create_time": LONG_AGO}], cursor=20, has_more=True),
        ok(videos=[{"item_id": "7203", "video_views": 900, "likes": 30, "comments": 4, "shares": 2}]),
        ok(followers_count=10, following_count=2, videos_count=3),
    )

    posts = await TIKTOK.list_posts(since=NOW - timedelta(hours=1), cursor=None, access=access())
    figures = await TIKTOK.measure_posts(["7203"], access=access())
    account = await TIKTOK.measure_account(access=access())

    made_at = NOW - timedelta(seconds=600)
    assert posts.posts == [Post(id="7203", url="https://v.example/1", text="tea", published_at=made_at)]
    assert posts.cursor is None
    assert json.loads(platform.calls[1].query["filters"]) == {"video_ids": ["7203"]}
    assert figures == [PostFigures(post_id="7203", views=900, likes=30, comments=4, shares=2)]
    assert account == AccountFigures(followers=10, following=2, posts=3)


async def test_a_token_is_renewed_with_the_refresh_token(platform: FakePlatform, access: MadeAccess) -> None:
    platform.will_answer(ok(access_token="a2", refresh_token="r2", expires_in=86400), no(40002), no(51065))
    able = access(refresh_token=("r1",))

    renewed = await TIKTOK.renew(access=able, now=NOW)
    with pytest.raises(CallRefused) as refusal:
        await TIKTOK.renew(access=able, now=NOW)
    with pytest.raises(PlatformBusy):
        await TIKTOK.renew(access=able, now=NOW)

    asked = {"client_id": "key-1", "client_secret": "s1", "grant_type": "refresh_token", "refresh_token": "r1"}
    assert (TIKTOK.can_renew(able), TIKTOK.can_renew(access())) == (True, False)
    assert (platform.calls[0].path, platform.calls[0].json) == ("/tt_user/oauth2/refresh_token/", asked)
    assert renewed == Renewed(
        credentials={"access_token": "a2", "refresh_token": "r2"}, expires_at=NOW + timedelta(days=1)
    )
    assert refusal.value.reason is FailureReason.NEEDS_RECONNECT


async def test_a_list_that_tiktok_does_not_have_is_refused(access: MadeAccess) -> None:
    with pytest.raises(CallRefused, match="followers"):
        await TIKTOK.list_feed("followers", since=NOW, cursor=None, access=access(), now=NOW)
