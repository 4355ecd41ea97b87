"""What goes out to LinkedIn, what its answers come to mean, and what its lists show."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from huiying.events.deliveries import Proof
from huiying.events.interactions import Kind
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, ReplyTarget, Visibility
from huiying.http.client import HTTPClient, OutcomeUnknown
from ingest.clients.connectors.abilities import AccountFigures, Post, PostFigures, Renewed
from ingest.clients.connectors.connector import Access, CallRefused, OutgoingReply, PlatformBusy, RateLimited, Sent
from ingest.clients.connectors.linkedin import LinkedInConnector
from tests.contract.connectors.fake_platform import Answer, FakePlatform
from tests.contract.connectors.rigging.linkedin import PAGE
from tests.contract.connectors.sending.speaking import NOW, PICTURE, TEXT, a_reply, a_target, access_to, to_be_done

LINKEDIN = LinkedInConnector()
POST, HEARD = "urn:li:activity:7", "urn:li:comment:(urn:li:activity:7,8)"
COMMENT = a_target(kind="comment", object_id=HEARD, post_id=POST, counterpart="urn:li:person:mia")
MENTION = a_target(kind="mention", object_id="urn:li:share:9", post_id="urn:li:share:9")
CREDENTIALS = {"client_secret": ("s1",), "access_token": ("token-1",)}
ENCODED_PAGE = "urn%3Ali%3Aorganization%3A96070042"
ENCODED_COMMENT = "urn%3Ali%3Acomment%3A%28urn%3Ali%3Aactivity%3A7%2C8%29"
MadeAccess = Callable[..., Access]


@pytest.fixture
def access(platform: FakePlatform, client: HTTPClient) -> MadeAccess:
    def make(*, external_id: str = PAGE, **credentials: tuple[str, ...]) -> Access:
        held = {**CREDENTIALS, **credentials}
        return access_to(platform.address, by=client, external_id=external_id, credentials=held)

    return make


@pytest.mark.parametrize("external_id", [PAGE, "96070042"])
@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=201, json={"id": "10", "commentUrn": "urn:li:comment:(activity:7,10)"}),
        Answer(status=201, json={"id": "10", "$URN": "urn:li:comment:(urn:li:activity:7,10)"}),
        Answer(status=201, json={"id": "10", "object": POST}),
        Answer(status=201, json={}, headers={"x-restli-id": "10"}),
    ],
)
async def test_a_comment_is_answered_below_it_in_the_name_of_the_page(
    platform: FakePlatform, access: MadeAccess, external_id: str, answer: Answer
) -> None:
    platform.will_answer(answer)

    sent = await LINKEDIN.send(a_reply(COMMENT), access=access(external_id=external_id))

    (call,) = platform.calls
    assert sent == Sent(object_id="urn:li:comment:(urn:li:activity:7,10)")
    assert (call.method, call.path) == ("POST", f"/rest/socialActions/{ENCODED_COMMENT}/comments")
    assert call.json == {"actor": PAGE, "object": POST, "message": {"text": TEXT}, "parentComment": HEARD}
    assert (call.headers["authorization"], call.headers["x-restli-protocol-version"]) == ("Bearer token-1", "2.0.0")
    assert call.headers["linkedin-version"].isdigit()


async def test_a_mention_is_answered_under_the_post_that_it_is(platform: FakePlatform, access: MadeAccess) -> None:
    platform.will_answer(Answer(status=201, json={"id": "10", "object": "urn:li:activity:11"}))

    sent = await LINKEDIN.send(a_reply(MENTION), access=access())

    (call,) = platform.calls
    assert sent == Sent(object_id="urn:li:comment:(urn:li:activity:11,10)")
    assert call.path == "/rest/socialActions/urn%3Ali%3Ashare%3A9/comments"
    assert call.json == {"actor": PAGE, "object": "urn:li:share:9", "message": {"text": TEXT}}


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (a_reply(COMMENT, visibility=Visibility.PRIVATE), "private"),
        (a_reply(a_target()), "private"),
        (a_reply(COMMENT, attachments=(PICTURE,)), "attachments"),
        (a_reply(a_target(kind="comment", object_id="..", post_id=POST)), "no URN"),
    ],
)
async def test_what_linkedin_never_takes_is_not_even_asked(
    platform: FakePlatform, access: MadeAccess, reply: OutgoingReply, why: str
) -> None:
    with pytest.raises(CallRefused, match=why):
        await LINKEDIN.send(reply, access=access())

    assert not platform.calls


async def test_no_id_leads_to_another_address(platform: FakePlatform, access: MadeAccess) -> None:
    strange = a_target(kind="comment", object_id="../posts?x=1#y", post_id=POST)
    platform.will_answer(Answer(status=404))

    with pytest.raises(CallRefused):
        await LINKEDIN.send(a_reply(strange), access=access())

    assert [call.path for call in platform.calls] == ["/rest/socialActions/..%2Fposts%3Fx%3D1%23y/comments"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(status=401, json={"message": "expired"}), FailureReason.NEEDS_RECONNECT),
        (Answer(status=403, json={"message": "no role"}), FailureReason.REFUSED),
        (Answer(status=404), FailureReason.REFUSED),
        (Answer(status=302, headers={"location": "/elsewhere"}), FailureReason.REFUSED),
    ],
)
async def test_refusals_say_what_can_be_done(
    platform: FakePlatform, access: MadeAccess, answer: Answer, reason: FailureReason
) -> None:
    platform.will_answer(answer)

    with pytest.raises(CallRefused) as refusal:
        await LINKEDIN.send(a_reply(COMMENT), access=access())

    assert refusal.value.reason is reason
    assert len(platform.calls) == 1


async def test_over_the_limit_one_waits(platform: FakePlatform, access: MadeAccess) -> None:
    platform.will_answer(Answer(status=429, headers={"retry-after": "90"}))

    with pytest.raises(RateLimited) as refusal:
        await LINKEDIN.send(a_reply(COMMENT), access=access())

    assert refusal.value.retry_after_seconds == 90


@pytest.mark.parametrize("answer", [Answer(status=500), Answer(status=504), Answer(status=0)])
async def test_after_any_other_failure_nobody_knows_whether_it_was_said(
    platform: FakePlatform, access: MadeAccess, answer: Answer
) -> None:
    platform.will_answer(answer)

    with pytest.raises(OutcomeUnknown):
        await LINKEDIN.send(a_reply(COMMENT), access=access())

    assert len(platform.calls) == 1


@pytest.mark.parametrize(
    ("kind", "method", "path", "so_already"),
    [
        (ModerationKind.DELETE, "DELETE", "/rest/socialActions/urn%3Ali%3Aactivity%3A7/comments/8", 404),
        (ModerationKind.LIKE, "POST", "/rest/reactions", 409),
        (ModerationKind.UNLIKE, "DELETE", f"/rest/reactions/(actor:{ENCODED_PAGE},entity:{ENCODED_COMMENT})", 404),
    ],
)
async def test_moderating_a_comment_twice_is_the_same_as_once(
    platform: FakePlatform, access: MadeAccess, kind: ModerationKind, method: str, path: str, so_already: int
) -> None:
    platform.will_answer(Answer(status=204), Answer(status=so_already))

    for _ in range(2):
        await LINKEDIN.moderate(to_be_done(kind, COMMENT), access=access())

    assert [(call.method, call.path) for call in platform.calls] == [(method, path)] * 2
    assert {call.query.get("actor", PAGE) for call in platform.calls} == {PAGE}


@pytest.mark.parametrize(
    ("kind", "target"),
    [(ModerationKind.HIDE, COMMENT), (ModerationKind.UNHIDE, COMMENT), (ModerationKind.DELETE, MENTION)],
)
async def test_what_a_page_cannot_do_is_refused(
    platform: FakePlatform, access: MadeAccess, kind: ModerationKind, target: ReplyTarget
) -> None:
    with pytest.raises(CallRefused, match="no way"):
        await LINKEDIN.moderate(to_be_done(kind, target), access=access())

    assert not platform.calls


def a_notification(number: int, **more: object) -> dict[str, Any]:
    shown = {"owner": "urn:li:person:mia", "text": "hi", "entity": f"urn:li:comment:({POST},{number})"}
    return {
        "notificationId": number,
        "organizationalEntity": PAGE,
        "action": "COMMENT",
        "sourcePost": POST,
        "generatedActivity": f"urn:li:comment:(activity:7,{number})",
        "decoratedGeneratedActivity": {"comment": shown},
        "lastModifiedAt": int(NOW.timestamp() * 1000) - number,
        **more,
    }


async def test_notifications_are_listed_in_the_words_of_a_push(platform: FakePlatform, access: MadeAccess) -> None:
    more = {"links": [{"rel": "next", "href": "/rest/…"}]}
    platform.will_answer(
        Answer(json={"elements": [a_notification(8), a_notification(9, action="ADMIN_COMMENT")], "paging": more}),
        Answer(json={"elements": [], "paging": {"links": []}}),
    )

    page = await LINKEDIN.list_feed(
        "notifications", since=NOW - timedelta(days=90), cursor=None, access=access(), now=NOW
    )
    last = await LINKEDIN.list_feed(
        "notifications", since=NOW - timedelta(days=90), cursor=page.cursor, access=access(), now=NOW
    )

    begin, end = (int((NOW - timedelta(days=days)).timestamp() * 1000) for days in (60, 0))
    (first, second) = platform.calls
    assert first.query["timeRange"] == f"(start:{begin},end:{end})"
    assert first.query["actions"].startswith("List(COMMENT,")
    assert (first.query["organizationalEntity"], first.query["start"], second.query["start"]) == (PAGE, "0", "2")
    assert [one.id for one in page.interactions] == [
        f"linkedin:{PAGE}:comment:urn:li:comment:({POST},{number})" for number in (8, 9)
    ]
    assert [one.actor is not None and one.actor.is_self for one in page.interactions] == [False, True]
    assert {(one.verified, one.kind) for one in page.interactions} == {(Proof.POLLED, Kind.COMMENT)}
    assert (page.has_more, last.has_more) == (True, False)


async def test_a_list_that_linkedin_does_not_have_is_refused_and_trouble_may_pass(
    platform: FakePlatform, access: MadeAccess
) -> None:
    with pytest.raises(CallRefused, match="followers"):
        await LINKEDIN.list_feed("followers", since=NOW, cursor=None, access=access(), now=NOW)
    platform.will_answer(Answer(status=500))
    with pytest.raises(PlatformBusy):
        await LINKEDIN.list_feed("notifications", since=NOW, cursor=None, access=access(), now=NOW)


async def test_posts_are_listed_and_measured(platform: FakePlatform, access: MadeAccess) -> None:
    published = int(NOW.timestamp() * 1000)
    counted = {"impressionCount": 900, "likeCount": 30, "commentCount": 4, "shareCount": 2, "clickCount": 7}
    old = {"id": "urn:li:share:4", "createdAt": published - 10**9}
    platform.will_answer(
        Answer(json={"elements": [{"id": "urn:li:share:5", "commentary": "tea", "publishedAt": published}, old]}),
        Answer(json={"elements": [{"share": "urn:li:share:5", "totalShareStatistics": counted}]}),
        Answer(json={"firstDegreeSize": 1204}),
    )

    posts = await LINKEDIN.list_posts(since=NOW - timedelta(days=1), cursor=None, access=access())
    figures = await LINKEDIN.measure_posts(["urn:li:share:5", "urn:li:ugcPost:6", POST], access=access())
    account = await LINKEDIN.measure_account(access=access())

    measured, network = platform.calls[1:]
    assert posts.posts == [Post(id="urn:li:share:5", text="tea", published_at=NOW)]
    assert posts.cursor is None
    assert (measured.query["shares"], measured.query["ugcPosts"]) == ("List(urn:li:share:5)", "List(urn:li:ugcPost:6)")
    assert figures == [PostFigures(post_id="urn:li:share:5", views=900, likes=30, comments=4, shares=2, clicks=7)]
    assert (network.path, account) == (f"/rest/networkSizes/{ENCODED_PAGE}", AccountFigures(followers=1204))
    assert await LINKEDIN.measure_posts([POST], access=access()) == ()


async def test_a_token_is_renewed_with_the_refresh_token(platform: FakePlatform, access: MadeAccess) -> None:
    platform.will_answer(Answer(json={"access_token": "a2", "expires_in": 5184000, "refresh_token": "r1"}))
    able = access(refresh_token=("r1",), client_id=("app-1",))

    renewed = await LINKEDIN.renew(access=able, now=NOW)

    (call,) = platform.calls
    asked = {name: values[0] for name, values in parse_qs(call.body.decode()).items()}
    assert (LINKEDIN.can_renew(able), LINKEDIN.can_renew(access())) == (True, False)
    assert call.path == "/oauth/v2/accessToken"
    assert asked == {
        "grant_type": "refresh_token",
        "refresh_token": "r1",
        "client_id": "app-1",
        "client_secret": "s1",
    }
    assert renewed == Renewed(
        credentials={"access_token": "a2", "refresh_token": "r1"}, expires_at=NOW + timedelta(days=60)
    )
