"""What goes to Reddit for an answer or a list, and what its answers come to mean."""

import base64
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest

from huiying.events.interactions import Direction
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, Visibility
from huiying.http.client import HTTPClient, OutcomeUnknown
from ingest.clients.connectors.abilities import AccountFigures, PostFigures
from ingest.clients.connectors.connector import Access, CallRefused, PlatformBusy, RateLimited, Sent
from ingest.clients.connectors.reddit import RedditConnector
from tests.contract.connectors.fake_platform import Answer, Call, FakePlatform
from tests.contract.connectors.rig import NOW
from tests.contract.connectors.sending.speaking import PICTURE, TEXT, a_reply, a_target, access_to, to_be_done

REDDIT = RedditConnector()
APP = {"client_id": ("app",), "client_secret": ("app-secret",), "refresh_token": ("refresh-1",)}


@pytest.fixture
def access(platform: FakePlatform, client: HTTPClient) -> Access:
    credentials = {"access_token": ("token-1",), **APP}
    return access_to(platform.address, by=client, credentials=credentials, external_id="Tanghulu_Tea")


def form_of(call: Call) -> dict[str, str]:
    return dict(parse_qsl(call.body.decode()))


def listing(*things: dict[str, object], after: str | None = None) -> Answer:
    children = [{"kind": str(one["name"])[:2], "data": one} for one in things]
    return Answer(json={"kind": "Listing", "data": {"children": children, "after": after}})


def a_thing(name: str, *, minutes_ago: int, author: str = "lucky_teacup") -> dict[str, object]:
    return {
        "name": name,
        "author": author,
        "body": "hi",
        "created_utc": (NOW - timedelta(minutes=minutes_ago)).timestamp(),
    }


async def test_an_answer_is_a_comment_on_the_thing(platform: FakePlatform, access: Access) -> None:
    things = [{"kind": "t1", "data": {"name": "t1_new"}}]
    platform.will_answer(Answer(json={"json": {"errors": [], "data": {"things": things}}}))

    sent = await REDDIT.send(a_reply(a_target(kind="comment", object_id="t1_old")), access=access)

    (call,) = platform.calls
    assert sent == Sent(object_id="t1_new")
    assert (call.method, call.path) == ("POST", "/api/comment")
    assert form_of(call) == {"thing_id": "t1_old", "text": TEXT, "api_type": "json", "raw_json": "1"}
    assert call.headers["authorization"] == "Bearer token-1"
    assert call.headers["user-agent"] == "linux:huiying:v0.1 (by /u/Tanghulu_Tea)"


async def test_a_private_answer_to_a_comment_is_a_message_with_a_subject(
    platform: FakePlatform, access: Access
) -> None:
    platform.will_answer(Answer(json={"json": {"errors": []}}))
    target = a_target(kind="comment", object_id="t1_old", counterpart="mia", handle={"subject": "Autumn menu"})

    sent = await REDDIT.send(a_reply(target, visibility=Visibility.PRIVATE), access=access)

    (call,) = platform.calls
    said = form_of(call)
    assert (sent, call.path) == (Sent(), "/api/compose")
    assert (said["to"], said["subject"], said["text"]) == ("mia", "Re: Autumn menu", TEXT)


async def test_a_message_is_answered_where_it_is(platform: FakePlatform, access: Access) -> None:
    await REDDIT.send(a_reply(a_target(kind="message", object_id="t4_1", counterpart="mia")), access=access)

    (call,) = platform.calls
    assert (call.path, form_of(call)["thing_id"]) == ("/api/comment", "t4_1")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(json={"json": {"errors": [["THREAD_LOCKED", "locked", "parent"]]}}), CallRefused),
        (Answer(status=403, json={"reason": "private"}), CallRefused),
        (Answer(status=429, headers={"x-ratelimit-reset": "42"}), RateLimited),
        (Answer(json={"json": {"errors": [["RATELIMIT", "later", ""]], "ratelimit": 42.7}}), RateLimited),
        (Answer(status=503), OutcomeUnknown),
        (Answer(status=0), OutcomeUnknown),
    ],
)
async def test_refusals_are_told_apart(
    platform: FakePlatform, access: Access, answer: Answer, expected: type[Exception]
) -> None:
    platform.will_answer(answer)

    with pytest.raises(expected) as refused:
        await REDDIT.send(a_reply(a_target(kind="comment", object_id="t1_old")), access=access)

    assert getattr(refused.value, "retry_after_seconds", 42) == 42
    assert len(platform.calls) == 1


async def test_a_token_that_is_not_taken_needs_the_owner(platform: FakePlatform, access: Access) -> None:
    platform.will_answer(Answer(status=401))

    with pytest.raises(CallRefused) as refused:
        await REDDIT.send(a_reply(a_target(kind="comment")), access=access)

    assert refused.value.reason is FailureReason.NEEDS_RECONNECT


async def test_pictures_and_messages_to_nobody_are_refused(platform: FakePlatform, access: Access) -> None:
    nobody = a_reply(a_target(kind="comment"), visibility=Visibility.PRIVATE)

    for reply in (nobody, a_reply(a_target(kind="comment"), attachments=(PICTURE,))):
        with pytest.raises(CallRefused, match=r"nobody|takes text"):
            await REDDIT.send(reply, access=access)

    assert not platform.calls


@pytest.mark.parametrize(
    ("kind", "path", "said"),
    [
        (ModerationKind.HIDE, "/api/remove", {"id": "t1_old", "spam": "false"}),
        (ModerationKind.UNHIDE, "/api/approve", {"id": "t1_old"}),
        (ModerationKind.DELETE, "/api/remove", {"id": "t1_old", "spam": "false"}),
        (ModerationKind.LIKE, "/api/vote", {"id": "t1_old", "dir": "1"}),
        (ModerationKind.UNLIKE, "/api/vote", {"id": "t1_old", "dir": "0"}),
    ],
)
async def test_each_moderation_is_one_call(
    platform: FakePlatform, access: Access, kind: ModerationKind, path: str, said: dict[str, str]
) -> None:
    await REDDIT.moderate(to_be_done(kind, a_target(kind="comment", object_id="t1_old")), access=access)

    (call,) = platform.calls
    assert call.path == path
    assert form_of(call) == {**said, "api_type": "json", "raw_json": "1"}


async def test_ones_own_words_are_deleted_and_not_removed(platform: FakePlatform, access: Access) -> None:
    own = a_target(kind="comment", object_id="t1_own", counterpart="tanghulu_tea")

    await REDDIT.moderate(to_be_done(ModerationKind.DELETE, own), access=access)

    assert [call.path for call in platform.calls] == ["/api/del"]


async def test_a_list_is_read_back_to_when_it_was_asked_for(platform: FakePlatform, access: Access) -> None:
    platform.will_answer(
        listing(a_thing("t1_c", minutes_ago=1), after="t1_c"),
        listing(a_thing("t1_b", minutes_ago=9), a_thing("t1_a", minutes_ago=99), after="t1_a"),
    )
    since = NOW - timedelta(minutes=30)

    first = await REDDIT.list_feed("inbox", since=since, cursor=None, access=access, now=NOW)
    second = await REDDIT.list_feed("inbox", since=since, cursor=first.cursor, access=access, now=NOW)

    found = [one.object.id for listed in (first, second) for one in listed.interactions]
    assert (found, first.has_more, second.has_more) == (["t1_c", "t1_b"], True, False)
    assert [call.query.get("after") for call in platform.calls] == [None, "t1_c"]
    assert all(call.query["raw_json"] == "1" for call in platform.calls)


async def test_a_list_whose_anchor_was_deleted_ends_and_begins_anew(platform: FakePlatform, access: Access) -> None:
    platform.will_answer(listing(), listing(a_thing("t1_c", minutes_ago=1)))

    lost = await REDDIT.list_feed("inbox", since=NOW, cursor="t1_gone", access=access, now=NOW)
    anew = await REDDIT.list_feed("inbox", since=NOW - timedelta(hours=1), cursor=lost.cursor, access=access, now=NOW)

    assert (lost.cursor, lost.has_more) == (None, False)
    assert [one.object.id for one in anew.interactions] == ["t1_c"]


async def test_what_the_user_said_elsewhere_is_our_own(platform: FakePlatform, access: Access) -> None:
    message = {**a_thing("t4_own", minutes_ago=1, author="tanghulu_tea"), "dest": "lucky_teacup"}
    platform.will_answer(listing(message), listing(a_thing("t1_own", minutes_ago=1, author="Tanghulu_Tea")))
    since = NOW - timedelta(hours=1)

    sent = await REDDIT.list_feed("sent", since=since, cursor=None, access=access, now=NOW)
    comments = await REDDIT.list_feed("comments", since=since, cursor=None, access=access, now=NOW)

    assert [one.direction for one in (*sent.interactions, *comments.interactions)] == [Direction.OUTBOUND] * 2
    assert sent.interactions[0].counterpart_id == "lucky_teacup"
    assert [call.path for call in platform.calls] == ["/message/sent", "/user/Tanghulu_Tea/comments"]


async def test_figures_are_read_as_they_are_counted(platform: FakePlatform, access: Access) -> None:
    post = {"name": "t3_1", "ups": 12, "num_comments": 3, "num_crossposts": 1, "view_count": None}
    platform.will_answer(listing(post), Answer(json={"name": "t", "subreddit": {"subscribers": 321}}))

    figures = await REDDIT.measure_posts(["t3_1", "t3_2"], access=access)
    account = await REDDIT.measure_account(access=access)

    assert figures == [PostFigures(post_id="t3_1", likes=12, comments=3, shares=1)]
    assert account == AccountFigures(followers=321)
    assert platform.calls[0].query["id"] == "t3_1,t3_2"


async def test_a_new_token_is_had_by_the_apps_own_name(platform: FakePlatform, access: Access) -> None:
    platform.will_answer(Answer(json={"access_token": "token-2", "expires_in": 86400}))

    renewed = await REDDIT.renew(access=access, now=NOW)

    (call,) = platform.calls
    assert call.path == "/api/v1/access_token"
    assert call.headers["authorization"] == "Basic " + base64.b64encode(b"app:app-secret").decode()
    assert form_of(call) == {"grant_type": "refresh_token", "refresh_token": "refresh-1"}
    assert (renewed.credentials, renewed.expires_at) == ({"access_token": "token-2"}, NOW + timedelta(days=1))


async def test_a_list_that_is_not_to_be_had_is_asked_for_again(platform: FakePlatform, access: Access) -> None:
    platform.will_answer(Answer(status=502))

    with pytest.raises(PlatformBusy):
        await REDDIT.list_feed("inbox", since=NOW, cursor=None, access=access, now=NOW)
