"""What is said to Douyin, what it lists, and what its answers come to mean."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from huiying.events.deliveries import Proof
from huiying.events.interactions import Direction
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, Visibility
from huiying.http.client import HTTPClient, OutcomeUnknown
from ingest.clients.connectors.abilities import PostFigures
from ingest.clients.connectors.connector import (
    Access,
    CallRefused,
    Credentials,
    OutgoingReply,
    PlatformBusy,
    RateLimited,
    SecretMissing,
    Sent,
)
from ingest.clients.connectors.douyin import DouyinConnector
from tests.contract.connectors.fake_platform import Answer, FakePlatform
from tests.contract.connectors.rigging.douyin import ACCOUNT
from tests.contract.connectors.sending.speaking import NOW, PICTURE, TEXT, a_reply, a_target, access_to, to_be_done

LONG_AGO = NOW - timedelta(days=3)
CREDENTIALS: Credentials = {
    "client_key": ("awk1",),
    "client_secret": ("secret",),
    "access_token": ("act.1", "act.0"),
    "refresh_token": ("rft.1",),
}


def ok(data: dict[str, Any] | None = None, **more: Any) -> Answer:
    return Answer(json={"data": {"error_code": 0, **(data or {})}, "extra": {"error_code": 0}, **more})


def no(code: int | str) -> Answer:
    return Answer(json={"data": {"error_code": code, "description": "no"}, "extra": {"error_code": code}})


def douyin(platform: FakePlatform, client: HTTPClient, **changes: tuple[str, ...]) -> Access:
    credentials = {name: values for name, values in {**CREDENTIALS, **changes}.items() if values}
    return access_to(platform.address, by=client, credentials=credentials, external_id=ACCOUNT)


HANDLE = {"scene": "im_reply_msg", "conversation_id": "@c1=="}
MESSAGE = a_target(object_id="@m1==", conversation="u1", counterpart="u1", handle=HANDLE)
COMMENT = a_target(kind="comment", object_id="@k1==", post_id="@item1", counterpart="u1")


async def test_a_message_shows_which_message_it_answers(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(ok(msg_id="@m2=="))

    sent = await DouyinConnector().send(a_reply(MESSAGE), access=douyin(platform, client))

    (call,) = platform.calls
    assert sent == Sent(object_id="@m2==")
    assert (call.method, call.path, call.query) == ("POST", "/im/send/msg/", {"open_id": ACCOUNT})
    assert call.headers["access-token"] == "act.1"
    assert call.json == {
        "msg_id": "@m1==",
        "conversation_id": "@c1==",
        "to_user_id": "u1",
        "scene": "im_reply_msg",
        "content": {"msg_type": 1, "text": {"text": TEXT}},
    }


async def test_a_comment_is_answered_under_its_video(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(ok({"comment_id": "@k2=="}))
    sent = await DouyinConnector().send(a_reply(COMMENT), access=douyin(platform, client))

    (call,) = platform.calls
    assert sent == Sent(object_id="@k2==")
    assert (call.path, call.json) == (
        "/item/comment/reply/",
        {"item_id": "@item1", "comment_id": "@k1==", "content": TEXT},
    )


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (a_reply(COMMENT, visibility=Visibility.PRIVATE), "private"),
        (a_reply(a_target(kind="comment", object_id="@k1==")), "video"),
        (a_reply(a_target(object_id="@m1==")), "nobody"),
        (a_reply(MESSAGE, attachments=(PICTURE,)), "attachments"),
    ],
)
async def test_what_douyin_has_no_way_to_say_is_refused_unsaid(
    platform: FakePlatform, client: HTTPClient, reply: OutgoingReply, words: str
) -> None:
    with pytest.raises(CallRefused, match=words):
        await DouyinConnector().send(reply, access=douyin(platform, client))

    assert not platform.calls


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (28003070, FailureReason.WINDOW_CLOSED),
        ("28003080", FailureReason.WINDOW_CLOSED),
        (2190004, FailureReason.NEEDS_RECONNECT),
        (2100005, FailureReason.REFUSED),
        ("99999", FailureReason.REFUSED),
    ],
)
async def test_refusals_hide_in_a_success(
    platform: FakePlatform, client: HTTPClient, code: int | str, reason: FailureReason
) -> None:
    platform.will_answer(no(code))

    with pytest.raises(CallRefused, match=str(code)) as refusal:
        await DouyinConnector().send(a_reply(MESSAGE), access=douyin(platform, client))

    assert refusal.value.reason is reason
    assert len(platform.calls) == 1


async def test_a_refusal_in_the_newer_form_is_one_too(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(Answer(json={"err_no": 28003070, "err_msg": "超出频控限制次数", "log_id": "1"}))

    with pytest.raises(CallRefused, match="28003070"):
        await DouyinConnector().send(a_reply(MESSAGE), access=douyin(platform, client))


@pytest.mark.parametrize("code", [2190002, 2190008, 28001008])
async def test_a_token_that_has_run_out_gives_way_to_the_next(
    platform: FakePlatform, client: HTTPClient, code: int
) -> None:
    platform.will_answer(no(code), ok(msg_id="@m2=="))

    sent = await DouyinConnector().send(a_reply(MESSAGE), access=douyin(platform, client))

    assert sent == Sent(object_id="@m2==")
    assert [call.headers["access-token"] for call in platform.calls] == ["act.1", "act.0"]


async def test_without_a_good_token_the_account_must_be_connected_again(
    platform: FakePlatform, client: HTTPClient
) -> None:
    platform.will_answer(no(2190008))

    with pytest.raises(CallRefused) as refusal:
        await DouyinConnector().send(a_reply(MESSAGE), access=douyin(platform, client))

    assert refusal.value.reason is FailureReason.NEEDS_RECONNECT


async def test_an_account_without_a_token_waits_for_one(platform: FakePlatform, client: HTTPClient) -> None:
    with pytest.raises(SecretMissing):
        await DouyinConnector().send(a_reply(MESSAGE), access=douyin(platform, client, access_token=()))


@pytest.mark.parametrize("code", [2190001, 28003018])
async def test_over_the_limits_one_waits(platform: FakePlatform, client: HTTPClient, code: int) -> None:
    platform.will_answer(no(code))

    with pytest.raises(RateLimited):
        await DouyinConnector().send(a_reply(MESSAGE), access=douyin(platform, client))


async def test_a_busy_platform_may_be_asked_again(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(no(2100004))

    with pytest.raises(PlatformBusy):
        await DouyinConnector().send(a_reply(MESSAGE), access=douyin(platform, client))


@pytest.mark.parametrize("answer", [Answer(status=500), Answer(status=0), Answer(json={}), Answer(json="what?")])
async def test_after_a_lost_answer_nobody_knows(platform: FakePlatform, client: HTTPClient, answer: Answer) -> None:
    platform.will_answer(answer)

    with pytest.raises(OutcomeUnknown):
        await DouyinConnector().send(a_reply(MESSAGE), access=douyin(platform, client))

    assert len(platform.calls) == 1


async def test_a_message_of_ours_is_taken_back(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(ok())
    handle = {"conversation_id": "@c1==", "conversation_type": "1"}
    deletion = to_be_done(ModerationKind.DELETE, a_target(object_id="@m2==", handle=handle))

    await DouyinConnector().moderate(deletion, access=douyin(platform, client))

    (call,) = platform.calls
    assert call.path == "/im/recall/msg/"
    assert call.json == {"conversation_id": "@c1==", "conversation_type": 1, "msg_id": "@m2=="}


async def test_a_comment_cannot_be_hidden(platform: FakePlatform, client: HTTPClient) -> None:
    hiding = to_be_done(ModerationKind.HIDE, COMMENT)

    with pytest.raises(CallRefused):
        await DouyinConnector().moderate(hiding, access=douyin(platform, client))

    assert not platform.calls


def a_comment(number: int, *, author: str = "u1", seconds: int = 1790000000, answers: int = 0) -> dict[str, Any]:
    return {
        "comment_id": f"@k{number}==",
        "comment_user_id": author,
        "content": f"comment {number}",
        "create_time": seconds + number,
        "digg_count": 0,
        "reply_comment_total": answers,
        "nick_name": "山楂小鱼",
    }


async def test_comments_are_listed_video_by_video_with_the_answers_to_them(
    platform: FakePlatform, client: HTTPClient
) -> None:
    videos = [
        {"item_id": "@item1", "statistics": {"comment_count": 2}},
        {"item_id": "@item2", "statistics": {"comment_count": 0}},
    ]
    platform.will_answer(
        ok({"list": videos, "cursor": 0, "has_more": False}),
        ok({"list": [a_comment(2, answers=1), a_comment(1)], "cursor": 2, "has_more": False}),
        ok({"list": [a_comment(3, author=ACCOUNT)], "cursor": 1, "has_more": False}),
    )

    listed = await DouyinConnector().list_feed(
        "comments", since=LONG_AGO, cursor=None, access=douyin(platform, client), now=NOW
    )

    assert [one.id for one in listed.interactions] == [f"douyin:{ACCOUNT}:comment:@k{number}==" for number in (2, 1, 3)]
    assert {one.verified for one in listed.interactions} == {Proof.POLLED}
    first, _, answer = listed.interactions
    assert first.actor is not None
    assert (first.actor.name, first.direction) == ("山楂小鱼", Direction.INBOUND)
    assert answer.target is not None
    assert (answer.target.post_id, answer.target.parent_id) == ("@item1", "@k2==")
    assert answer.direction is Direction.OUTBOUND
    assert (listed.has_more, listed.cursor) == (False, None)
    assert [call.path.rstrip("/").rsplit("/", 2)[-2:] for call in platform.calls[1:]] == [
        ["comment", "list"],
        ["reply", "list"],
    ]


async def test_a_list_goes_no_further_back_than_asked(platform: FakePlatform, client: HTTPClient) -> None:
    old = int(LONG_AGO.timestamp())
    pinned, new, older = a_comment(1, seconds=old - 9_999), a_comment(2), a_comment(3, seconds=old - 100)
    platform.will_answer(
        ok({"list": [{"item_id": "@item1"}], "has_more": False}),
        ok({"list": [pinned, new, older], "cursor": 3, "has_more": True}),
    )

    listed = await DouyinConnector().list_feed(
        "comments", since=LONG_AGO, cursor=None, access=douyin(platform, client), now=NOW
    )

    assert [one.object.id for one in listed.interactions] == ["@k2=="]
    assert len(platform.calls) == 2


async def test_a_long_round_is_gone_on_with_from_its_cursor(platform: FakePlatform, client: HTTPClient) -> None:
    page = ok({"list": [a_comment(1)], "cursor": 20, "has_more": True})
    platform.will_answer(ok({"list": [{"item_id": "@item1"}], "has_more": False}), page)
    connector, access = DouyinConnector(), douyin(platform, client)

    first = await connector.list_feed("comments", since=LONG_AGO, cursor=None, access=access, now=NOW)
    platform.will_answer(ok({"list": [a_comment(2)], "cursor": 40, "has_more": False}))
    second = await connector.list_feed("comments", since=LONG_AGO, cursor=first.cursor, access=access, now=NOW)

    assert (first.has_more, second.has_more) == (True, False)
    assert platform.calls[-1].query["cursor"] == "20"
    assert [one.object.id for one in second.interactions] == ["@k2=="]


async def test_a_list_that_gets_lost_is_asked_for_again(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(Answer(status=502))

    with pytest.raises(PlatformBusy):
        await DouyinConnector().list_feed(
            "comments", since=LONG_AGO, cursor=None, access=douyin(platform, client), now=NOW
        )


async def test_videos_are_listed_and_measured(platform: FakePlatform, client: HTTPClient) -> None:
    statistics = {"play_count": 900, "digg_count": 80, "comment_count": 7, "share_count": 6}
    video = {"item_id": "@item1", "title": "秋日菜单", "create_time": 1790000000, "share_url": "https://v.example/1"}
    platform.will_answer(
        ok({"list": [video], "cursor": 1790000000000, "has_more": True}),
        ok({"list": [{"item_id": "@item1", "statistics": statistics}]}),
        ok({"result_list": [{"date": "2026-09-19", "total_fans": 90}, {"date": "2026-09-20", "total_fans": "120"}]}),
    )
    connector, access = DouyinConnector(), douyin(platform, client)

    posts = await connector.list_posts(since=LONG_AGO, cursor=None, access=access)
    figures = await connector.measure_posts(["@item1"], access=access)
    account = await connector.measure_account(access=access)

    assert [(post.id, post.text) for post in posts.posts] == [("@item1", "秋日菜单")]
    assert posts.cursor == "1790000000000"
    assert figures == [PostFigures(post_id="@item1", views=900, likes=80, comments=7, shares=6)]
    assert platform.calls[1].json == {"item_ids": ["@item1"]}
    assert account.followers == 120


async def test_a_token_is_renewed_with_the_one_that_renews(platform: FakePlatform, client: HTTPClient) -> None:
    fresh = {"access_token": "act.2", "refresh_token": "rft.1", "expires_in": 1296000, "refresh_expires_in": 2592000}
    platform.will_answer(Answer(json={"data": {**fresh, "error_code": 0}, "message": "success"}))
    connector, access = DouyinConnector(), douyin(platform, client)

    renewed = await connector.renew(access=access, now=NOW)

    (call,) = platform.calls
    assert renewed.credentials == {"access_token": "act.2", "refresh_token": "rft.1"}
    assert renewed.expires_at == NOW + timedelta(days=15)
    assert call.path == "/oauth/refresh_token/"
    assert dict(parse_qsl(call.body.decode())) == {
        "client_key": "awk1",
        "grant_type": "refresh_token",
        "refresh_token": "rft.1",
    }


async def test_a_token_that_renews_is_prolonged_before_it_is_gone(platform: FakePlatform, client: HTTPClient) -> None:
    fresh = {"access_token": "act.2", "refresh_token": "rft.1", "expires_in": 1296000, "refresh_expires_in": 86400}
    platform.will_answer(ok(fresh), ok({"refresh_token": "rft.2", "expires_in": 2592000}))

    renewed = await DouyinConnector().renew(access=douyin(platform, client), now=NOW)

    assert renewed.credentials == {"access_token": "act.2", "refresh_token": "rft.2"}
    assert platform.calls[1].path == "/oauth/renew_refresh_token/"


async def test_a_token_that_can_be_prolonged_no_more_still_renewed_once(
    platform: FakePlatform, client: HTTPClient
) -> None:
    fresh = {"access_token": "act.2", "refresh_token": "rft.1", "expires_in": 1296000, "refresh_expires_in": 86400}
    platform.will_answer(ok(fresh), no(10020))

    renewed = await DouyinConnector().renew(access=douyin(platform, client), now=NOW)

    assert renewed.credentials["access_token"] == "act.2"


async def test_a_refused_renewal_needs_the_accounts_owner(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(no(10010))
    connector, access = DouyinConnector(), douyin(platform, client)

    with pytest.raises(CallRefused) as refusal:
        await connector.renew(access=access, now=NOW)

    assert refusal.value.reason is FailureReason.NEEDS_RECONNECT
    assert connector.can_renew(access)
    assert not connector.can_renew(douyin(platform, client, refresh_token=()))
