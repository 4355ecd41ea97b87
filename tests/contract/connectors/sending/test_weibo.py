"""What goes to Weibo's APIs, what is listed there, and what its answers come to mean."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest

from huiying.events.deliveries import Proof
from huiying.events.interactions import Capability, Direction, Kind
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason
from huiying.http.client import HTTPClient, OutcomeUnknown
from ingest.clients.connectors.abilities import AccountFigures, Post, PostFigures
from ingest.clients.connectors.connector import Access, CallRefused, PlatformBusy, RateLimited, Sent
from ingest.clients.connectors.weibo import WeiboConnector
from tests.contract.connectors.fake_platform import Answer, Call, FakePlatform
from tests.contract.connectors.rigging.weibo import ACCOUNT
from tests.contract.connectors.sending.speaking import NOW, PICTURE, TEXT, a_reply, a_target, access_to, to_be_done

WEIBO = WeiboConnector()
MESSAGE = a_target(conversation="5200300400", counterpart="5200300400")
MENTION = a_target(kind="mention", conversation="5200300400", counterpart="5200300400")
COMMENT = a_target(kind="comment", object_id="77", post_id="66", counterpart="5200300400", handle={"status_id": "66"})
WRITTEN = "Mon Sep 21 20:00:00 +0800 2026"
SINCE = NOW - timedelta(days=1)


def access(platform: FakePlatform, client: HTTPClient, *tokens: str) -> Access:
    credentials = {"access_token": tokens or ("2.00token",), "app_secret": ("s",)}
    return access_to(platform.address, by=client, credentials=credentials, external_id=ACCOUNT)


def form_of(call: Call) -> dict[str, str]:
    assert call.headers["content-type"] == "application/x-www-form-urlencoded"
    return {name: values[0] for name, values in parse_qs(call.body.decode(), keep_blank_values=True).items()}


def refused(code: int | str, *, status: int = 400) -> Answer:
    return Answer(status=status, json={"request": "/2/x.json", "error_code": code, "error": "no"})


def a_comment(number: int, *, author: int = 5200300400, at: str = WRITTEN, **more: object) -> dict[str, object]:
    return {
        "id": number,
        "created_at": at,
        "text": "好喝",
        "user": {"id": author, "screen_name": "山楂小鱼", "followers_count": 1280},
        "status": {"id": 66, "text": "秋日菜单上新"},
        **more,
    }


async def test_a_message_goes_out_as_a_form(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(Answer(json={"result": True, "receiver_id": 5200300400}))

    sent = await WEIBO.send(a_reply(MESSAGE), access=access(platform, client))

    (call,) = platform.calls
    said = form_of(call)
    assert (sent, call.method, call.path, call.query) == (Sent(), "POST", "/2/messages/reply.json", {})
    assert json.loads(said.pop("data")) == {"text": TEXT}
    assert said == {
        "access_token": "2.00token",
        "type": "text",
        "receiver_id": "5200300400",
        "save_sender_box": "1",
    }


async def test_who_named_the_account_is_answered_by_another_address(platform: FakePlatform, client: HTTPClient) -> None:
    await WEIBO.send(a_reply(MENTION), access=access(platform, client))

    assert platform.calls[0].path == "/2/messages/reply/biz.json"


async def test_a_comment_is_answered_under_its_post(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(Answer(json={"id": 78, "idstr": "78", "text": TEXT}))

    sent = await WEIBO.send(a_reply(COMMENT), access=access(platform, client))

    (call,) = platform.calls
    assert sent == Sent(object_id="78")
    assert call.path == "/2/comments/reply.json"
    assert form_of(call) == {"access_token": "2.00token", "cid": "77", "id": "66", "comment": TEXT}


async def test_a_comment_whose_post_is_not_known_cannot_be_answered(platform: FakePlatform, client: HTTPClient) -> None:
    with pytest.raises(CallRefused, match="no id"):
        await WEIBO.send(a_reply(a_target(kind="comment", object_id="77")), access=access(platform, client))

    assert not platform.calls


async def test_attachments_are_refused_and_not_dropped(platform: FakePlatform, client: HTTPClient) -> None:
    with pytest.raises(CallRefused, match="attachments"):
        await WEIBO.send(a_reply(MESSAGE, attachments=(PICTURE,)), access=access(platform, client))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refused(21327, status=403), FailureReason.NEEDS_RECONNECT),
        (refused("21332", status=403), FailureReason.NEEDS_RECONNECT),
        (Answer(status=401), FailureReason.NEEDS_RECONNECT),
        (refused(10014, status=403), FailureReason.REFUSED),
        (refused(20201), FailureReason.REFUSED),
        (refused(10008, status=200), FailureReason.REFUSED),
        (Answer(status=404), FailureReason.REFUSED),
    ],
)
async def test_weibos_refusals_say_what_can_be_done(
    platform: FakePlatform, client: HTTPClient, answer: Answer, reason: FailureReason
) -> None:
    platform.will_answer(answer)

    with pytest.raises(CallRefused) as refusal:
        await WEIBO.send(a_reply(MESSAGE), access=access(platform, client))

    assert refusal.value.reason is reason
    assert "2.00token" not in str(refusal.value)


async def test_while_a_token_is_being_changed_the_next_one_is_tried(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(refused(21327, status=403), Answer(json={"result": True}))

    await WEIBO.send(a_reply(MESSAGE), access=access(platform, client, "2.00old", "2.00new"))

    assert [form_of(call)["access_token"] for call in platform.calls] == ["2.00old", "2.00new"]


@pytest.mark.parametrize("code", [10022, 10023, 10024])
async def test_over_weibos_limits_one_waits(platform: FakePlatform, client: HTTPClient, code: int) -> None:
    platform.will_answer(refused(code, status=403))

    with pytest.raises(RateLimited):
        await WEIBO.send(a_reply(MESSAGE), access=access(platform, client))


@pytest.mark.parametrize("code", [10002, 10009])
async def test_a_busy_weibo_may_be_asked_again(platform: FakePlatform, client: HTTPClient, code: int) -> None:
    platform.will_answer(refused(code, status=503))

    with pytest.raises(PlatformBusy):
        await WEIBO.send(a_reply(MESSAGE), access=access(platform, client))


@pytest.mark.parametrize(
    "answer", [Answer(status=0), Answer(status=502), refused(10001, status=500), Answer(json="ok"), Answer(json=[])]
)
async def test_after_a_lost_answer_nobody_knows_whether_weibo_sent(
    platform: FakePlatform, client: HTTPClient, answer: Answer
) -> None:
    platform.will_answer(answer)

    with pytest.raises(OutcomeUnknown):
        await WEIBO.send(a_reply(MESSAGE), access=access(platform, client))

    assert len(platform.calls) == 1


async def test_comments_are_listed_from_the_newest_back(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(
        Answer(json={"comments": [a_comment(90), a_comment(80)]}),
        Answer(json={"comments": [a_comment(70, at="Sun Sep 13 20:00:00 +0800 2026")]}),
    )
    here = access(platform, client)

    first = await WEIBO.list_feed("comments", since=SINCE, cursor=None, access=here, now=NOW)
    second = await WEIBO.list_feed("comments", since=SINCE, cursor=first.cursor, access=here, now=NOW)

    assert [call.path for call in platform.calls] == ["/2/comments/timeline.json"] * 2
    assert [call.query.get("max_id") for call in platform.calls] == [None, "79"]
    assert platform.calls[0].headers["authorization"] == "OAuth2 2.00token"
    assert [one.object.id for one in (*first.interactions, *second.interactions)] == ["90", "80", "70"]
    assert (first.has_more, second.has_more, second.cursor) == (True, False, None)


async def test_a_listed_comment_says_who_wrote_what_under_which_post(
    platform: FakePlatform, client: HTTPClient
) -> None:
    own = a_comment(91, author=int(ACCOUNT), reply_comment={"id": 90})
    platform.will_answer(Answer(json={"comments": [a_comment(90), own, {"text": "?"}]}))

    listed = await WEIBO.list_feed("comments", since=SINCE, cursor=None, access=access(platform, client), now=NOW)

    comment, answer, unknown = listed.interactions
    assert (comment.id, comment.verified) == (f"weibo:{ACCOUNT}:comment:90", Proof.POLLED)
    assert comment.actor is not None
    assert (comment.actor.name, comment.actor.followers) == ("山楂小鱼", 1280)
    assert comment.target is not None
    assert (comment.target.post_id, comment.target.post_title) == ("66", "秋日菜单上新")
    assert comment.occurred_at == datetime(2026, 9, 21, 12, 0, tzinfo=UTC)
    assert comment.reply.capabilities == (Capability.PUBLIC_REPLY,)
    assert (answer.direction, answer.reply.capabilities) == (Direction.OUTBOUND, (Capability.DELETE,))
    assert answer.target is not None
    assert (answer.target.parent_id, unknown.kind) == ("90", Kind.UNKNOWN)


async def test_an_app_without_the_grant_is_refused_for_good(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(refused(10014, status=403))

    with pytest.raises(CallRefused, match="10014"):
        await WEIBO.list_feed("comments", since=SINCE, cursor=None, access=access(platform, client), now=NOW)


async def test_a_lost_page_is_asked_for_again(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(Answer(status=502))

    with pytest.raises(PlatformBusy):
        await WEIBO.list_feed("comments", since=SINCE, cursor=None, access=access(platform, client), now=NOW)


async def test_ones_own_comment_is_deleted_and_twice_is_the_same(platform: FakePlatform, client: HTTPClient) -> None:
    platform.will_answer(Answer(json={"id": 77}), refused(20201))

    for _ in range(2):
        await WEIBO.moderate(to_be_done(ModerationKind.DELETE, COMMENT), access=access(platform, client))

    assert [(call.path, form_of(call)["cid"]) for call in platform.calls] == [("/2/comments/destroy.json", "77")] * 2


@pytest.mark.parametrize(
    ("kind", "target"),
    [(ModerationKind.HIDE, COMMENT), (ModerationKind.LIKE, COMMENT), (ModerationKind.DELETE, MESSAGE)],
)
async def test_what_weibo_has_no_word_for_is_refused(
    platform: FakePlatform, client: HTTPClient, kind: ModerationKind, target: object
) -> None:
    chosen = COMMENT if target is COMMENT else MESSAGE

    with pytest.raises(CallRefused):
        await WEIBO.moderate(to_be_done(kind, chosen), access=access(platform, client))

    assert not platform.calls


async def test_posts_are_listed_and_measured(platform: FakePlatform, client: HTTPClient) -> None:
    old = "Sun Sep 13 20:00:00 +0800 2026"
    posts = [{"id": 66, "text": "秋日", "created_at": WRITTEN}, {"id": 55, "text": "旧", "created_at": old}]
    counts = [{"id": 66, "comments": 3, "reposts": 2, "attitudes": 9}, {"id": 1, "comments": 1}]
    user = {"id": int(ACCOUNT), "followers_count": 23000, "friends_count": 12, "statuses_count": 800}
    platform.will_answer(Answer(json={"statuses": posts}), Answer(json=counts), Answer(json=user))
    here = access(platform, client)

    listed = await WEIBO.list_posts(since=SINCE, cursor=None, access=here)
    figures = await WEIBO.measure_posts(["66", "not-an-id"], access=here)
    account = await WEIBO.measure_account(access=here)

    assert listed.posts == [Post(id="66", text="秋日", published_at=datetime(2026, 9, 21, 12, 0, tzinfo=UTC))]
    assert listed.cursor is None
    assert figures == [PostFigures(post_id="66", likes=9, comments=3, shares=2)]
    assert account == AccountFigures(followers=23000, following=12, posts=800)
    assert [call.query for call in platform.calls[1:]] == [{"ids": "66"}, {"uid": ACCOUNT}]
