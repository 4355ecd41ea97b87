"""Comments under an Official Account's articles: listed, answered, picked and deleted; and what WeChat counts."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from huiying.events.deliveries import Proof
from huiying.events.interactions import Capability, Direction, Interaction, Kind
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, Visibility
from huiying.http.client import HTTPClient
from ingest.clients.connectors.abilities import AccountFigures, PostFigures
from ingest.clients.connectors.access_tokens import AccessTokens
from ingest.clients.connectors.connector import Access, CallRefused, PlatformBusy, Sent, Unreadable
from ingest.clients.connectors.wechat_oa import WeChatConnector
from tests.contract.connectors.fake_platform import Answer, FakePlatform
from tests.contract.connectors.rigging.wechat_oa import APP_ID
from tests.contract.connectors.sending.speaking import NOW, PICTURE, TEXT, a_reply, a_target, access_to, to_be_done

TOKEN = Answer(json={"access_token": "token-1", "expires_in": 7200})
DONE = Answer(json={"errcode": 0, "errmsg": "ok"})
COMMENT = a_target(kind="comment", object_id="2247483655_2:17", post_id="2247483655_2", counterpart="o9")
ANSWER = a_target(kind="comment", object_id="2247483655_2:17:answer", post_id="2247483655_2")
SINCE = NOW - timedelta(days=1)
# As WeChat takes them for granted: the first article of a message has index 0, and place 1.
NAMED = {"msg_data_id": 2247483655, "index": 1, "user_comment_id": 17}


class FixedClock:
    def now(self) -> datetime:
        return NOW


@pytest.fixture
def wechat() -> WeChatConnector:
    return WeChatConnector(AccessTokens(), clock=FixedClock())


@pytest.fixture
def access(platform: FakePlatform, client: HTTPClient) -> Access:
    credentials = {"app_id": (APP_ID,), "app_secret": ("app-secret",)}
    return access_to(platform.address, by=client, credentials=credentials, external_id="gh_1")


def an_article(message: int, place: int = 1, **more: object) -> dict[str, object]:
    url = f"http://mp.weixin.qq.com/s?__biz=MzA3&mid={message}&idx={place}&sn=abc#rd"
    return {"title": f"秋日菜单 {place}", "url": url, "is_deleted": False, "need_open_comment": 1, **more}


def published(*messages: Sequence[dict[str, object]], at: datetime = NOW, total: int | None = None) -> Answer:
    items = [
        {"article_id": f"a{number}", "content": {"news_item": list(one)}, "update_time": int(at.timestamp())}
        for number, one in enumerate(messages)
    ]
    return Answer(json={"total_count": len(items) if total is None else total, "item_count": len(items), "item": items})


def a_comment(number: int, **more: object) -> dict[str, object]:
    said = {"user_comment_id": number, "openid": "o9", "create_time": 1790000000, "content": "好喝", "comment_type": 0}
    return {**said, **more}


def a_page(*comments: dict[str, object], total: int | None = None) -> Answer:
    return Answer(json={"errcode": 0, "total": len(comments) if total is None else total, "comment": comments})


async def test_comments_are_listed_article_by_article_and_page_by_page(
    wechat: WeChatConnector, platform: FakePlatform, access: Access
) -> None:
    full = [a_comment(number) for number in range(1, 50)]
    articles = published([an_article(7), an_article(7, 2)])
    platform.will_answer(
        TOKEN, articles, a_page(*full, total=50), a_page(a_comment(50), total=50), a_page(a_comment(1))
    )

    cursor, found = None, list[Interaction]()
    while True:
        listed = await wechat.list_feed("comments", since=SINCE, cursor=cursor, access=access, now=NOW)
        found += listed.interactions
        cursor = listed.cursor
        if not listed.has_more:
            break

    asked = [call.json for call in platform.calls[2:]]
    assert [(one["msg_data_id"], one["index"], one["begin"]) for one in asked] == [(7, 0, 0), (7, 0, 49), (7, 1, 0)]
    assert {one["count"] for one in asked} == {49}
    assert (len(found), cursor) == (51, None)
    assert len({one.id for one in found}) == 51


async def test_a_comment_says_under_what_it_was_written_and_what_may_be_done(
    wechat: WeChatConnector, platform: FakePlatform, access: Access
) -> None:
    platform.will_answer(TOKEN, published([an_article(7)]), a_page(a_comment(3, comment_type=1)))

    listed = await wechat.list_feed("comments", since=SINCE, cursor=None, access=access, now=NOW)

    (comment,) = listed.interactions
    assert comment.id == "wechat_oa:gh_1:comment:7_1:3"
    assert (comment.kind, comment.direction, comment.verified) == (Kind.COMMENT, Direction.INBOUND, Proof.POLLED)
    assert (comment.object.id, comment.object.text) == ("7_1:3", "好喝")
    assert comment.occurred_at == datetime.fromtimestamp(1790000000, UTC)
    assert comment.target is not None
    assert (comment.target.post_id, comment.target.post_title) == ("7_1", "秋日菜单 1")
    assert comment.reply.capabilities == (Capability.PUBLIC_REPLY, Capability.DELETE, Capability.LIKE)
    assert (comment.reply.max_replies, comment.extensions) == (1, {"is_picked": True})


async def test_the_accounts_own_answer_is_told_as_what_it_would_have_sent(
    wechat: WeChatConnector, platform: FakePlatform, access: Access
) -> None:
    answered = a_comment(17, reply={"content": TEXT, "create_time": 1790000100})
    platform.will_answer(TOKEN, published([an_article(2247483655, 2)]), a_page(answered), DONE)

    listed = await wechat.list_feed("comments", since=SINCE, cursor=None, access=access, now=NOW)
    sent = await wechat.send(a_reply(COMMENT), access=access)

    comment, answer = listed.interactions
    assert (answer.direction, answer.object.text) == (Direction.OUTBOUND, TEXT)
    assert answer.object.id == sent.object_id
    assert answer.target is not None
    assert answer.target.parent_id == comment.object.id


async def test_who_comments_without_being_known_is_a_person_all_the_same(
    wechat: WeChatConnector, platform: FakePlatform, access: Access
) -> None:
    anonymous = {name: value for name, value in a_comment(3).items() if name != "openid"}
    platform.will_answer(TOKEN, published([an_article(7)]), a_page(anonymous))

    listed = await wechat.list_feed("comments", since=SINCE, cursor=None, access=access, now=NOW)

    assert [(one.actor, one.direction) for one in listed.interactions] == [(None, Direction.INBOUND)]


async def test_articles_that_take_no_comments_cost_no_call(
    wechat: WeChatConnector, platform: FakePlatform, access: Access
) -> None:
    closed, deleted = an_article(1, need_open_comment=0), an_article(2, is_deleted=True)
    nameless = an_article(3, url="https://mp.weixin.qq.com/s/AbCdEf")
    platform.will_answer(TOKEN, published([closed], [deleted], [nameless]))

    listed = await wechat.list_feed("comments", since=SINCE, cursor=None, access=access, now=NOW)

    assert (listed.interactions, listed.cursor, listed.has_more) == ((), None, False)
    assert len(platform.calls) == 2


@pytest.mark.parametrize(("back", "calls"), [(timedelta(days=1), 2), (timedelta(days=90), 3)])
async def test_older_articles_are_looked_at_only_if_asked_for(
    wechat: WeChatConnector, platform: FakePlatform, access: Access, back: timedelta, calls: int
) -> None:
    platform.will_answer(TOKEN, published([an_article(7)], at=NOW - timedelta(days=45)), a_page())

    await wechat.list_feed("comments", since=NOW - back, cursor=None, access=access, now=NOW)

    assert len(platform.calls) == calls


async def test_an_article_that_is_gone_does_not_hide_the_others(
    wechat: WeChatConnector, platform: FakePlatform, access: Access
) -> None:
    gone = Answer(json={"errcode": 88001, "errmsg": "no such article"})
    platform.will_answer(TOKEN, published([an_article(1)], [an_article(2)]), gone, a_page(a_comment(5)))

    first = await wechat.list_feed("comments", since=SINCE, cursor=None, access=access, now=NOW)
    second = await wechat.list_feed("comments", since=SINCE, cursor=first.cursor, access=access, now=NOW)

    assert (len(first.interactions), first.has_more) == (0, True)
    assert [one.object.id for one in second.interactions] == ["2_1:5"]


async def test_an_account_without_comments_says_so(
    wechat: WeChatConnector, platform: FakePlatform, access: Access
) -> None:
    platform.will_answer(TOKEN, published([an_article(1)]), Answer(json={"errcode": 88000, "errmsg": "no privilege"}))

    with pytest.raises(CallRefused, match="88000"):
        await wechat.list_feed("comments", since=SINCE, cursor=None, access=access, now=NOW)


async def test_a_lost_page_is_asked_for_again(wechat: WeChatConnector, platform: FakePlatform, access: Access) -> None:
    platform.will_answer(TOKEN, Answer(status=502))

    with pytest.raises(PlatformBusy):
        await wechat.list_feed("comments", since=SINCE, cursor=None, access=access, now=NOW)


@pytest.mark.parametrize("cursor", ["x", "[]", '{"left":1}'])
async def test_a_cursor_that_is_not_ours_is_refused(wechat: WeChatConnector, access: Access, cursor: str) -> None:
    with pytest.raises(Unreadable):
        await wechat.list_feed("comments", since=SINCE, cursor=cursor, access=access, now=NOW)


async def test_a_comment_is_answered_for_everybody_to_see(
    wechat: WeChatConnector, platform: FakePlatform, access: Access
) -> None:
    platform.will_answer(TOKEN, DONE)

    sent = await wechat.send(a_reply(COMMENT), access=access)

    _, call = platform.calls
    assert sent == Sent(object_id="2247483655_2:17:answer")
    assert (call.path, call.json) == ("/cgi-bin/comment/reply/add", {**NAMED, "content": TEXT})


async def test_a_comment_answered_in_private_becomes_a_message(
    wechat: WeChatConnector, platform: FakePlatform, access: Access
) -> None:
    platform.will_answer(TOKEN, DONE)

    await wechat.send(a_reply(COMMENT, visibility=Visibility.PRIVATE), access=access)

    _, call = platform.calls
    assert (call.path, call.json["touser"]) == ("/cgi-bin/message/custom/send", "o9")


async def test_pictures_under_a_comment_are_refused(wechat: WeChatConnector, access: Access) -> None:
    with pytest.raises(CallRefused, match="attachments"):
        await wechat.send(a_reply(COMMENT, attachments=(PICTURE,)), access=access)


@pytest.mark.parametrize("object_id", ["", "17", "1_1", "1_0:17", "a_1:17", "1_1:x", "../1_1:17"])
async def test_what_is_no_comment_cannot_be_answered(
    wechat: WeChatConnector, platform: FakePlatform, access: Access, object_id: str
) -> None:
    with pytest.raises(CallRefused, match="no comment"):
        await wechat.send(a_reply(a_target(kind="comment", object_id=object_id)), access=access)

    assert not platform.calls


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (ModerationKind.DELETE, "/cgi-bin/comment/delete"),
        (ModerationKind.LIKE, "/cgi-bin/comment/markelect"),
        (ModerationKind.UNLIKE, "/cgi-bin/comment/unmarkelect"),
    ],
)
async def test_a_comment_is_deleted_picked_or_no_longer_picked(
    wechat: WeChatConnector, platform: FakePlatform, access: Access, kind: ModerationKind, path: str
) -> None:
    platform.will_answer(TOKEN, DONE)

    await wechat.moderate(to_be_done(kind, COMMENT), access=access)

    _, call = platform.calls
    assert (call.path, call.json) == (path, NAMED)


async def test_the_accounts_own_answer_is_deleted_by_itself(
    wechat: WeChatConnector, platform: FakePlatform, access: Access
) -> None:
    platform.will_answer(TOKEN, DONE)

    await wechat.moderate(to_be_done(ModerationKind.DELETE, ANSWER), access=access)

    _, call = platform.calls
    assert (call.path, call.json) == ("/cgi-bin/comment/reply/delete", NAMED)


async def test_a_comment_that_is_gone_already_is_deleted(
    wechat: WeChatConnector, platform: FakePlatform, access: Access
) -> None:
    platform.will_answer(TOKEN, Answer(json={"errcode": 88008, "errmsg": "comment is not exists"}))

    await wechat.moderate(to_be_done(ModerationKind.DELETE, COMMENT), access=access)

    assert len(platform.calls) == 2


@pytest.mark.parametrize(
    ("kind", "target"),
    [(ModerationKind.HIDE, COMMENT), (ModerationKind.UNHIDE, COMMENT), (ModerationKind.LIKE, ANSWER)],
)
async def test_what_wechat_has_no_word_for_is_refused(
    wechat: WeChatConnector, platform: FakePlatform, access: Access, kind: ModerationKind, target: object
) -> None:
    chosen = COMMENT if target is COMMENT else ANSWER

    with pytest.raises(CallRefused) as refusal:
        await wechat.moderate(to_be_done(kind, chosen), access=access)

    assert refusal.value.reason is FailureReason.REFUSED
    assert not platform.calls


async def test_what_was_published_is_listed_from_the_newest_back(
    wechat: WeChatConnector, platform: FakePlatform, access: Access
) -> None:
    platform.will_answer(
        TOKEN, published([an_article(7), an_article(7, 2)], total=40), published([an_article(5)], total=40)
    )

    first = await wechat.list_posts(since=SINCE, cursor=None, access=access)
    second = await wechat.list_posts(since=SINCE, cursor=first.cursor, access=access)

    assert [post.id for post in first.posts] == ["7_1", "7_2"]
    assert (first.posts[0].text, first.posts[0].published_at) == ("秋日菜单 1", NOW)
    assert [call.json["offset"] for call in platform.calls[1:]] == [0, 20]
    assert second.cursor is None


async def test_what_is_older_ends_the_list(wechat: WeChatConnector, platform: FakePlatform, access: Access) -> None:
    platform.will_answer(TOKEN, published([an_article(7)], at=NOW - timedelta(days=9), total=100))

    listed = await wechat.list_posts(since=SINCE, cursor=None, access=access)

    assert (listed.posts, listed.cursor) == ([], None)


async def test_articles_are_measured_by_the_last_day_that_was_counted(
    wechat: WeChatConnector, platform: FakePlatform, access: Access
) -> None:
    days = [
        {"stat_date": "2026-09-20", "int_page_read_count": 90, "share_count": 4},
        {"stat_date": "2026-09-19", "int_page_read_count": 50, "share_count": 2},
    ]
    sent = Answer(json={"list": [{"ref_date": "2026-09-19", "msgid": "7_1", "title": "t", "details": days}]})
    platform.will_answer(TOKEN, Answer(json={"list": []}), sent)

    figures = await wechat.measure_posts(["7_1"], access=access)

    assert figures == [PostFigures(post_id="7_1", views=90, shares=4)]
    assert [call.json["begin_date"] for call in platform.calls[1:]] == ["2026-09-20", "2026-09-19"]


async def test_articles_that_nobody_counts_have_no_figures(
    wechat: WeChatConnector, platform: FakePlatform, access: Access
) -> None:
    platform.will_answer(TOKEN, Answer(json={"list": []}))

    figures = await wechat.measure_posts(["7_1"], access=access)

    assert figures == []
    assert len(platform.calls) == 9


async def test_an_account_is_measured_by_its_followers_and_publications(
    wechat: WeChatConnector, platform: FakePlatform, access: Access
) -> None:
    followers = Answer(json={"total": 23000, "count": 1, "data": {"openid": ["o1"]}, "next_openid": "o1"})
    platform.will_answer(TOKEN, followers, published([an_article(7)], total=12))

    assert await wechat.measure_account(access=access) == AccountFigures(followers=23000, posts=12)
    assert (platform.calls[1].method, platform.calls[1].path) == ("GET", "/cgi-bin/user/get")
