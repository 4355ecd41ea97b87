"""What goes out to X, what its answers come to mean, and what its lists show."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from huiying.events.deliveries import Proof
from huiying.events.interactions import Kind
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, ReplyTarget, Visibility
from huiying.http.client import HTTPClient, OutcomeUnknown
from ingest.clients.connectors.abilities import AccountFigures, Post, PostFigures, Renewed
from ingest.clients.connectors.connector import (
    Access,
    CallRefused,
    OutgoingReply,
    PlatformBusy,
    RateLimited,
    SecretMissing,
    Sent,
)
from ingest.clients.connectors.x import XConnector
from tests.contract.connectors.fake_platform import Answer, FakePlatform
from tests.contract.connectors.rigging.x import BRAND
from tests.contract.connectors.sending.speaking import NOW, PICTURE, a_reply, a_target, access_to, to_be_done

X = XConnector()
PERSON = "1620000000000000007"
TOKENS = {"access_token": ("token-1",)}
MadeAccess = Callable[..., Access]
COMMENT = a_target(kind="comment", object_id="55", post_id="54", counterpart=PERSON)
EDITED = a_target(kind="comment", object_id="55", handle={"post_id": "56"})
MESSAGE = a_target(object_id="55", counterpart=PERSON)


@pytest.fixture
def access(platform: FakePlatform, client: HTTPClient) -> MadeAccess:
    def make(**credentials: tuple[str, ...]) -> Access:
        return access_to(platform.address, by=client, external_id=BRAND, credentials={**TOKENS, **credentials})

    return make


async def test_a_public_reply_becomes_a_post_that_answers_the_post(platform: FakePlatform, access: MadeAccess) -> None:
    platform.will_answer(Answer(status=201, json={"data": {"id": "77", "text": "谢谢！Thanks"}}))

    sent = await X.send(a_reply(COMMENT), access=access())

    (call,) = platform.calls
    assert sent == Sent(object_id="77")
    assert (call.method, call.path) == ("POST", "/2/tweets")
    assert call.json == {"text": "谢谢！Thanks", "reply": {"in_reply_to_tweet_id": "55"}}
    assert call.headers["authorization"] == "Bearer token-1"


async def test_an_edited_post_is_answered_under_its_newest_name(platform: FakePlatform, access: MadeAccess) -> None:
    platform.will_answer(Answer(status=201, json={"data": {"id": "77"}}))

    await X.send(a_reply(EDITED), access=access())

    assert platform.calls[0].json["reply"] == {"in_reply_to_tweet_id": "56"}


@pytest.mark.parametrize("reply", [a_reply(MESSAGE), a_reply(COMMENT, visibility=Visibility.PRIVATE)])
async def test_what_is_private_goes_to_the_person(
    platform: FakePlatform, access: MadeAccess, reply: OutgoingReply
) -> None:
    platform.will_answer(Answer(status=201, json={"data": {"dm_conversation_id": "1-2", "dm_event_id": "88"}}))

    sent = await X.send(reply, access=access())

    (call,) = platform.calls
    assert sent == Sent(object_id="88")
    assert (call.path, call.json) == (f"/2/dm_conversations/with/{PERSON}/messages", {"text": "谢谢！Thanks"})


async def test_what_was_said_in_a_group_is_answered_in_the_group(platform: FakePlatform, access: MadeAccess) -> None:
    platform.will_answer(Answer(status=201, json={"data": {"dm_event_id": "88"}}))
    target = a_target(object_id="55", counterpart=PERSON, handle={"dm_conversation_id": "1700"})

    await X.send(a_reply(target), access=access())

    assert platform.calls[0].path == "/2/dm_conversations/1700/messages"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(status=401, json={"title": "Unauthorized", "status": 401}), FailureReason.NEEDS_RECONNECT),
        (Answer(status=403, json={"detail": "duplicate content"}), FailureReason.REFUSED),
        (Answer(status=400, json={"errors": [{"message": "too long"}]}), FailureReason.REFUSED),
        (Answer(status=200, json={"errors": [{"detail": "not found"}]}), FailureReason.REFUSED),
        (Answer(status=302, headers={"location": "/elsewhere"}), FailureReason.REFUSED),
    ],
)
async def test_refusals_say_what_can_be_done(
    platform: FakePlatform, access: MadeAccess, answer: Answer, reason: FailureReason
) -> None:
    platform.will_answer(answer)

    with pytest.raises(CallRefused) as refusal:
        await X.send(a_reply(COMMENT), access=access())

    assert refusal.value.reason is reason
    assert len(platform.calls) == 1


@pytest.mark.parametrize(
    "answer", [Answer(status=500), Answer(status=503), Answer(status=0), Answer(status=201, json={})]
)
async def test_after_any_other_failure_nobody_knows_whether_x_posted(
    platform: FakePlatform, access: MadeAccess, answer: Answer
) -> None:
    platform.will_answer(answer)

    with pytest.raises(OutcomeUnknown):
        await X.send(a_reply(COMMENT), access=access())

    assert len(platform.calls) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": "1790000120"}, 121),
        (
            {
                "x-rate-limit-remaining": "7",
                "x-user-limit-24hour-remaining": "0",
                "x-user-limit-24hour-reset": "1790080000",
            },
            3600,
        ),
        ({"retry-after": "17"}, 17),
        ({}, 60),
    ],
)
async def test_over_the_limits_one_waits_for_the_window_that_is_used_up(
    platform: FakePlatform, access: MadeAccess, headers: dict[str, str], seconds: int
) -> None:
    # X's own clock counts: 1790000000 is this instant.
    date = {"date": "Mon, 21 Sep 2026 14:13:20 GMT"}
    platform.will_answer(Answer(status=429, json={"title": "Too Many Requests"}, headers={**date, **headers}))

    with pytest.raises(RateLimited) as refusal:
        await X.send(a_reply(COMMENT), access=access())

    assert refusal.value.retry_after_seconds == seconds


async def test_while_a_token_is_being_changed_the_next_one_is_tried(platform: FakePlatform, access: MadeAccess) -> None:
    platform.will_answer(Answer(status=401), Answer(status=201, json={"data": {"id": "77"}}))

    sent = await X.send(a_reply(COMMENT), access=access(access_token=("old", "new")))

    assert sent == Sent(object_id="77")
    assert [call.headers["authorization"] for call in platform.calls] == ["Bearer old", "Bearer new"]


async def test_without_a_token_one_waits_and_attachments_are_not_dropped(
    platform: FakePlatform, access: MadeAccess
) -> None:
    with pytest.raises(SecretMissing):
        await X.send(a_reply(COMMENT), access=access(access_token=()))
    with pytest.raises(CallRefused, match="attachments"):
        await X.send(a_reply(COMMENT, attachments=(PICTURE,)), access=access())
    with pytest.raises(CallRefused, match="nobody"):
        await X.send(a_reply(a_target()), access=access())
    with pytest.raises(CallRefused, match="no id"):
        await X.send(a_reply(a_target(counterpart="../users")), access=access())

    assert not platform.calls


@pytest.mark.parametrize(
    ("kind", "target", "method", "path", "content"),
    [
        (ModerationKind.HIDE, COMMENT, "PUT", "/2/tweets/55/hidden", {"hidden": True}),
        (ModerationKind.UNHIDE, COMMENT, "PUT", "/2/tweets/55/hidden", {"hidden": False}),
        (ModerationKind.LIKE, COMMENT, "POST", f"/2/users/{BRAND}/likes", {"tweet_id": "55"}),
        (ModerationKind.UNLIKE, COMMENT, "DELETE", f"/2/users/{BRAND}/likes/55", None),
        (ModerationKind.DELETE, COMMENT, "DELETE", "/2/tweets/55", None),
        (ModerationKind.DELETE, MESSAGE, "DELETE", "/2/dm_events/55", None),
    ],
)
async def test_moderating(
    platform: FakePlatform,
    access: MadeAccess,
    kind: ModerationKind,
    target: ReplyTarget,
    method: str,
    path: str,
    content: object,
) -> None:
    platform.will_answer(Answer(json={"data": {}}))

    await X.moderate(to_be_done(kind, target), access=access())

    (call,) = platform.calls
    assert (call.method, call.path) == (method, path)
    assert (call.json if call.body else None) == content


async def test_what_x_could_not_do_now_may_be_moderated_again(platform: FakePlatform, access: MadeAccess) -> None:
    platform.will_answer(Answer(status=503))

    with pytest.raises(PlatformBusy):
        await X.moderate(to_be_done(ModerationKind.HIDE, COMMENT), access=access())


USERS = {"users": [{"id": PERSON, "name": "Mia", "username": "mia_sips", "public_metrics": {"followers_count": 412}}]}
MENTION = {
    "id": "1970000000000000003",
    "text": "hey @tanghulutea",
    "author_id": PERSON,
    "created_at": "2026-09-21T13:00:00.000Z",
    "conversation_id": "1970000000000000003",
    "entities": {"mentions": [{"id": BRAND, "username": "tanghulutea"}]},
}


async def test_mentions_are_listed_under_the_ids_that_a_push_gives_them(
    platform: FakePlatform, access: MadeAccess
) -> None:
    platform.will_answer(Answer(json={"data": [MENTION], "includes": USERS, "meta": {"next_token": "n1"}}))

    page = await X.list_feed("mentions", since=NOW - timedelta(hours=3), cursor="n0", access=access(), now=NOW)

    (call,) = platform.calls
    (interaction,) = page.interactions
    assert (call.path, call.query["start_time"]) == (f"/2/users/{BRAND}/mentions", "2026-09-21T11:00:00Z")
    assert call.query["pagination_token"] == "n0"
    assert (interaction.id, interaction.kind) == (f"x:{BRAND}:post:1970000000000000003", Kind.MENTION)
    assert (interaction.verified, interaction.received_at) == (Proof.POLLED, NOW)
    assert interaction.actor is not None
    assert (interaction.actor.username, interaction.actor.followers) == ("mia_sips", 412)
    assert (page.cursor, page.has_more) == ("n1", True)


def listed(event_id: str, *, sender: str, at: str, conversation: str = f"{PERSON}-{BRAND}") -> dict[str, str]:
    return {
        "id": event_id,
        "event_type": "MessageCreate",
        "text": "hello",
        "sender_id": sender,
        "created_at": at,
        "dm_conversation_id": conversation,
    }


async def test_messages_are_listed_back_to_where_they_are_known(platform: FakePlatform, access: MadeAccess) -> None:
    events = [
        listed("30", sender=PERSON, at="2026-09-21T13:50:00.000Z"),
        listed("29", sender=BRAND, at="2026-09-21T13:40:00.000Z"),
        listed("28", sender=PERSON, at="2026-09-21T13:30:00.000Z", conversation="1700"),
        {"id": "27", "event_type": "ParticipantsJoin"},
        listed("26", sender=PERSON, at="2026-09-20T13:30:00.000Z"),
    ]
    platform.will_answer(Answer(json={"data": events, "includes": USERS, "meta": {"next_token": "n1"}}))

    page = await X.list_feed("messages", since=NOW - timedelta(hours=3), cursor=None, access=access(), now=NOW)

    places = [interaction.target and interaction.target.conversation_id for interaction in page.interactions]
    assert [interaction.id.rsplit(":", 2)[1:] for interaction in page.interactions] == [
        ["message", event_id] for event_id in ("30", "29", "28", "26")
    ]
    assert places == [PERSON, PERSON, "1700", PERSON]
    assert [bool(interaction.reply.handle) for interaction in page.interactions] == [False, False, True, False]
    assert not page.has_more


async def test_a_list_that_x_does_not_have_is_refused(access: MadeAccess) -> None:
    with pytest.raises(CallRefused, match="followers"):
        await X.list_feed("followers", since=NOW, cursor=None, access=access(), now=NOW)


async def test_posts_are_listed_and_measured(platform: FakePlatform, access: MadeAccess) -> None:
    counted = {"impression_count": 900, "like_count": 30, "reply_count": 4, "retweet_count": 2, "quote_count": 1}
    platform.will_answer(
        Answer(json={"data": [{"id": "5", "text": "tea", "created_at": "2026-09-21T09:00:00.000Z"}], "meta": {}}),
        Answer(json={"data": [{"id": "5", "public_metrics": counted}], "errors": [{"detail": "6 is gone"}]}),
        Answer(json={"data": {"public_metrics": {"followers_count": 10, "following_count": 2, "tweet_count": 3}}}),
    )

    posts = await X.list_posts(since=NOW - timedelta(days=1), cursor=None, access=access())
    figures = await X.measure_posts(["5", "6"], access=access())
    account = await X.measure_account(access=access())

    assert [call.path for call in platform.calls] == [f"/2/users/{BRAND}/tweets", "/2/tweets", f"/2/users/{BRAND}"]
    assert posts.posts == [Post(id="5", text="tea", published_at=NOW.replace(hour=9))]
    assert figures == [PostFigures(post_id="5", views=900, likes=30, comments=4, shares=3)]
    assert account == AccountFigures(followers=10, following=2, posts=3)


async def test_a_token_is_renewed_with_the_refresh_token_which_is_renewed_too(
    platform: FakePlatform, access: MadeAccess
) -> None:
    pair = {"access_token": "a2", "refresh_token": "r2", "expires_in": 7200}
    platform.will_answer(Answer(json=pair))
    able = access(refresh_token=("r1",), client_id=("client-1",), client_secret=("s1",))

    renewed = await X.renew(access=able, now=NOW)

    (call,) = platform.calls
    assert X.can_renew(able)
    assert not X.can_renew(access())
    assert (call.path, call.headers["authorization"]) == ("/2/oauth2/token", "Basic Y2xpZW50LTE6czE=")
    assert parse_qs(call.body.decode()) == {"grant_type": ["refresh_token"], "refresh_token": ["r1"]}
    assert renewed == Renewed(
        credentials={"access_token": "a2", "refresh_token": "r2"}, expires_at=NOW + timedelta(hours=2)
    )


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(status=400, json={"error": "invalid_request"}), CallRefused),
        (Answer(status=503), PlatformBusy),
        (Answer(status=429), RateLimited),
    ],
)
async def test_a_token_that_is_not_renewed_says_whether_asking_again_helps(
    platform: FakePlatform, access: MadeAccess, answer: Answer, expected: type[Exception]
) -> None:
    platform.will_answer(answer)

    able = access(refresh_token=("r1",), client_id=("client-1",), client_secret=("s1",))

    with pytest.raises(expected) as refusal:
        await X.renew(access=able, now=NOW)

    assert getattr(refusal.value, "reason", FailureReason.NEEDS_RECONNECT) is FailureReason.NEEDS_RECONNECT
