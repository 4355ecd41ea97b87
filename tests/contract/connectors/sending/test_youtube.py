"""What goes to YouTube for an answer, a list or a figure, and what its answers come to mean."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from huiying.events.interactions import Action, Direction
from huiying.events.moderation import ModerationKind
from huiying.events.replies import FailureReason, Visibility
from huiying.http.client import HTTPClient, OutcomeUnknown
from ingest.clients.connectors.abilities import AccountFigures, Post, PostFigures, SubscriptionState
from ingest.clients.connectors.connector import (
    Access,
    CallRefused,
    HookRequest,
    LocallyIgnored,
    PlatformBusy,
    RateLimited,
    Sent,
)
from ingest.clients.connectors.websub import TopicRefused
from ingest.clients.connectors.youtube import YouTubeConnector
from tests.contract.connectors.fake_platform import Answer, FakePlatform
from tests.contract.connectors.rig import NOW, altered
from tests.contract.connectors.rigging.youtube import CHANNEL, RIGS, sign_websub
from tests.contract.connectors.sending.speaking import PICTURE, TEXT, a_reply, a_target, access_to, to_be_done

YOUTUBE = YouTubeConnector()
HOOK = "https://huiying.example/hooks/youtube/key"
APP = {"client_id": ("app",), "client_secret": ("app-secret",), "refresh_token": ("refresh-1",)}
TOPIC = f"https://www.youtube.com/feeds/videos.xml?channel_id={CHANNEL}"


@pytest.fixture
def access(platform: FakePlatform, client: HTTPClient) -> Access:
    credentials = {"access_token": ("token-1",), "hub_secret": ("secret-new", "secret-old"), **APP}
    return access_to(platform.address, by=client, credentials=credentials, external_id=CHANNEL)


def refusal(status: int, reason: str) -> Answer:
    return Answer(status=status, json={"error": {"message": "no", "errors": [{"reason": reason}]}})


def a_comment(comment_id: str, *, minutes_ago: int, parent: str | None = None, author: str = "UCmia") -> dict[str, Any]:
    at = (NOW - timedelta(minutes=minutes_ago)).isoformat()
    snippet = {
        "textDisplay": "hi",
        "authorChannelId": {"value": author},
        "publishedAt": at,
        "updatedAt": at,
        **({"parentId": parent} if parent else {}),
    }
    return {"kind": "youtube#comment", "id": comment_id, "snippet": snippet}


def a_thread(comment_id: str, *, minutes_ago: int, replies: int = 0) -> dict[str, Any]:
    top = a_comment(comment_id, minutes_ago=minutes_ago)
    return {"id": comment_id, "snippet": {"videoId": "v1", "topLevelComment": top, "totalReplyCount": replies}}


async def test_an_answer_goes_into_the_thread_of_what_it_answers(platform: FakePlatform, access: Access) -> None:
    platform.will_answer(Answer(json={"kind": "youtube#comment", "id": "Ugy1.9"}))
    reply = a_reply(a_target(kind="comment", object_id="Ugy1.7", handle={"thread_id": "Ugy1"}))

    sent = await YOUTUBE.send(reply, access=access)

    (call,) = platform.calls
    assert sent == Sent(object_id="Ugy1.9")
    assert (call.method, call.path, call.query) == ("POST", "/youtube/v3/comments", {"part": "snippet"})
    assert call.json == {"snippet": {"parentId": "Ugy1", "textOriginal": TEXT}}
    assert call.headers["authorization"] == "Bearer token-1"


async def test_without_its_handle_a_reply_still_finds_its_thread(platform: FakePlatform, access: Access) -> None:
    await YOUTUBE.send(a_reply(a_target(kind="comment", object_id="Ugy1.7")), access=access)

    assert platform.calls[0].json["snippet"]["parentId"] == "Ugy1"


async def test_a_video_is_answered_with_a_comment_of_its_own(platform: FakePlatform, access: Access) -> None:
    await YOUTUBE.send(a_reply(a_target(kind="post", object_id="v1")), access=access)

    (call,) = platform.calls
    top = {"snippet": {"textOriginal": TEXT}}
    assert call.path == "/youtube/v3/commentThreads"
    assert call.json == {"snippet": {"videoId": "v1", "channelId": CHANNEL, "topLevelComment": top}}


async def test_what_is_private_is_never_said_in_public(platform: FakePlatform, access: Access) -> None:
    comment = a_target(kind="comment", object_id="Ugy1")

    for reply in (a_reply(comment, visibility=Visibility.PRIVATE), a_reply(comment, attachments=(PICTURE,))):
        with pytest.raises(CallRefused, match=r"private|text alone"):
            await YOUTUBE.send(reply, access=access)

    assert not platform.calls


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal(403, "quotaExceeded"), RateLimited),
        (refusal(403, "rateLimitExceeded"), RateLimited),
        (Answer(status=429, headers={"retry-after": "7"}), RateLimited),
        (refusal(403, "commentsDisabled"), CallRefused),
        (refusal(404, "parentCommentNotFound"), CallRefused),
        (refusal(500, "backendError"), OutcomeUnknown),
        (Answer(status=0), OutcomeUnknown),
    ],
)
async def test_refusals_are_told_apart(
    platform: FakePlatform, access: Access, answer: Answer, expected: type[Exception]
) -> None:
    platform.will_answer(answer)

    with pytest.raises(expected):
        await YOUTUBE.send(a_reply(a_target(kind="comment", object_id="Ugy1")), access=access)

    assert len(platform.calls) == 1


async def test_a_token_that_is_not_taken_needs_the_owner(platform: FakePlatform, access: Access) -> None:
    platform.will_answer(refusal(401, "authError"))

    with pytest.raises(CallRefused) as refused:
        await YOUTUBE.send(a_reply(a_target(kind="comment", object_id="Ugy1")), access=access)

    assert refused.value.reason is FailureReason.NEEDS_RECONNECT


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (ModerationKind.HIDE, "heldForReview"),
        (ModerationKind.UNHIDE, "published"),
        (ModerationKind.DELETE, "rejected"),
    ],
)
async def test_others_comments_are_taken_out_of_sight_by_their_status(
    platform: FakePlatform, access: Access, kind: ModerationKind, status: str
) -> None:
    await YOUTUBE.moderate(to_be_done(kind, a_target(kind="comment", object_id="Ugy1")), access=access)

    (call,) = platform.calls
    assert (call.method, call.path) == ("POST", "/youtube/v3/comments/setModerationStatus")
    assert call.query == {"id": "Ugy1", "moderationStatus": status}


async def test_the_channels_own_comment_is_deleted(platform: FakePlatform, access: Access) -> None:
    own = a_target(kind="comment", object_id="Ugy1.9", counterpart=CHANNEL)

    await YOUTUBE.moderate(to_be_done(ModerationKind.DELETE, own), access=access)

    assert [(call.method, call.path, call.query) for call in platform.calls] == [
        ("DELETE", "/youtube/v3/comments", {"id": "Ugy1.9"})
    ]


async def test_there_is_no_liking_by_api(platform: FakePlatform, access: Access) -> None:
    with pytest.raises(CallRefused, match="like"):
        await YOUTUBE.moderate(to_be_done(ModerationKind.LIKE, a_target(kind="comment")), access=access)


async def test_new_comments_are_listed_back_to_when_it_was_asked_for(platform: FakePlatform, access: Access) -> None:
    platform.will_answer(
        Answer(json={"nextPageToken": "p2", "items": [a_thread("Ugy2", minutes_ago=1)]}),
        Answer(
            json={"nextPageToken": "p3", "items": [a_thread("Ugy1", minutes_ago=9), a_thread("Ugy0", minutes_ago=99)]}
        ),
    )
    since = NOW - timedelta(minutes=30)

    first = await YOUTUBE.list_feed("comments", since=since, cursor=None, access=access, now=NOW)
    second = await YOUTUBE.list_feed("comments", since=since, cursor=first.cursor, access=access, now=NOW)

    assert (first.cursor, first.has_more) == ("p2", True)
    assert (second.cursor, second.has_more) == (None, False)
    found = [interaction.object.id for listed in (first, second) for interaction in listed.interactions]
    assert found == ["Ugy2", "Ugy1"]
    assert platform.calls[0].query["allThreadsRelatedToChannelId"] == CHANNEL
    assert platform.calls[1].query["pageToken"] == "p2"


async def test_replies_that_a_thread_does_not_show_are_asked_for(platform: FakePlatform, access: Access) -> None:
    newer = a_comment("Ugy1.2", minutes_ago=5, parent="Ugy1")
    older = a_comment("Ugy1.1", minutes_ago=5000, parent="Ugy1")
    platform.will_answer(
        Answer(json={"items": [a_thread("Ugy1", minutes_ago=6000, replies=120), a_thread("Ugy0", minutes_ago=7000)]}),
        Answer(json={"nextPageToken": "p2", "items": [newer, older]}),
    )

    listed = await YOUTUBE.list_feed("replies", since=NOW - timedelta(hours=1), cursor=None, access=access, now=NOW)

    (reply,) = listed.interactions
    assert reply.target is not None
    assert (reply.object.id, reply.target.post_id, reply.target.parent_id) == ("Ugy1.2", "v1", "Ugy1")
    # What came before is known, so the second page is not worth its unit.
    assert [call.path for call in platform.calls] == ["/youtube/v3/commentThreads", "/youtube/v3/comments"]


async def test_replies_in_another_order_are_read_to_the_end(platform: FakePlatform, access: Access) -> None:
    pages = [
        [a_comment("Ugy1.1", minutes_ago=5000, parent="Ugy1"), a_comment("Ugy1.2", minutes_ago=4000, parent="Ugy1")],
        [a_comment("Ugy1.3", minutes_ago=5, parent="Ugy1")],
    ]
    platform.will_answer(
        Answer(json={"items": [a_thread("Ugy1", minutes_ago=6000, replies=3)]}),
        Answer(json={"nextPageToken": "p2", "items": pages[0]}),
        Answer(json={"items": pages[1]}),
    )

    listed = await YOUTUBE.list_feed("replies", since=NOW - timedelta(hours=1), cursor=None, access=access, now=NOW)

    assert [interaction.object.id for interaction in listed.interactions] == ["Ugy1.3"]


async def test_a_listed_comment_of_the_channel_is_our_own(platform: FakePlatform, access: Access) -> None:
    thread = a_thread("Ugy1", minutes_ago=9)
    thread["replies"] = {"comments": [a_comment("Ugy1.9", minutes_ago=1, parent="Ugy1", author=CHANNEL)]}
    platform.will_answer(Answer(json={"items": [thread]}))

    listed = await YOUTUBE.list_feed("comments", since=NOW - timedelta(hours=1), cursor=None, access=access, now=NOW)

    directions = {one.object.id: one.direction for one in listed.interactions}
    assert directions == {"Ugy1": Direction.INBOUND, "Ugy1.9": Direction.OUTBOUND}


async def test_videos_are_listed_under_the_ids_of_their_pushes(platform: FakePlatform, access: Access) -> None:
    uploads = {"contentDetails": {"relatedPlaylists": {"uploads": "UU1"}}}
    video = {"videoId": "v1", "videoPublishedAt": "2026-09-21T14:00:00Z"}
    platform.will_answer(
        Answer(json={"items": [uploads]}),
        Answer(json={"items": [{"snippet": {"title": "hi"}, "contentDetails": video}]}),
    )

    listed = await YOUTUBE.list_feed("videos", since=NOW - timedelta(days=1), cursor=None, access=access, now=NOW)

    (pushed,) = RIGS[0].normalise(RIGS[0].request())
    (found,) = listed.interactions
    assert (found.id, found.action, found.occurred_at) == (pushed.id, Action.CREATED, pushed.occurred_at)


async def test_posts_and_figures_are_read_as_they_are_counted(platform: FakePlatform, access: Access) -> None:
    statistics = {"viewCount": "900", "likeCount": "45", "commentCount": "7"}
    platform.will_answer(
        Answer(json={"items": [{"id": "v1", "statistics": statistics}, {"id": "v2", "statistics": {}}]}),
        Answer(json={"items": [{"statistics": {"subscriberCount": "12300", "videoCount": "88"}}]}),
        Answer(json={"items": [{"statistics": {"hiddenSubscriberCount": True, "subscriberCount": "0"}}]}),
    )

    figures = await YOUTUBE.measure_posts(["v1", "v2"], access=access)
    open_account = await YOUTUBE.measure_account(access=access)
    shy_account = await YOUTUBE.measure_account(access=access)

    assert figures == [PostFigures(post_id="v1", views=900, likes=45, comments=7), PostFigures(post_id="v2")]
    assert (open_account, shy_account) == (AccountFigures(followers=12300, posts=88), AccountFigures())
    assert platform.calls[0].query["id"] == "v1,v2"


async def test_posts_end_where_they_are_older_than_asked(platform: FakePlatform, access: Access) -> None:
    items = [
        {"snippet": {"title": f"t{day}"}, "contentDetails": {"videoId": f"v{day}", "videoPublishedAt": at.isoformat()}}
        for day, at in ((1, NOW - timedelta(days=1)), (9, NOW - timedelta(days=9)))
    ]
    uploads = {"contentDetails": {"relatedPlaylists": {"uploads": "UU1"}}}
    platform.will_answer(Answer(json={"items": [uploads]}), Answer(json={"nextPageToken": "p2", "items": items}))

    listed = await YOUTUBE.list_posts(since=NOW - timedelta(days=7), cursor=None, access=access)

    url = "https://www.youtube.com/watch?v=v1"
    assert listed.posts == [Post(id="v1", url=url, text="t1", published_at=NOW - timedelta(days=1))]
    assert listed.cursor is None


@pytest.mark.parametrize("answer", [Answer(status=503), refusal(500, "backendError")])
async def test_a_list_that_is_not_to_be_had_is_asked_for_again(
    platform: FakePlatform, access: Access, answer: Answer
) -> None:
    platform.will_answer(answer)

    with pytest.raises(PlatformBusy):
        await YOUTUBE.list_feed("comments", since=NOW, cursor=None, access=access, now=NOW)


async def test_a_new_token_is_had_for_the_refresh_token(platform: FakePlatform, access: Access) -> None:
    platform.will_answer(Answer(json={"access_token": "token-2", "expires_in": 3599}))

    renewed = await YOUTUBE.renew(access=access, now=NOW)

    (call,) = platform.calls
    assert (call.path, call.headers["content-type"]) == ("/token", "application/x-www-form-urlencoded")
    assert b"grant_type=refresh_token" in call.body
    assert renewed.credentials == {"access_token": "token-2"}
    assert renewed.expires_at == NOW + timedelta(seconds=3599)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(status=400, json={"error": "invalid_grant"}), CallRefused),
        (Answer(status=503), PlatformBusy),
        (Answer(status=0), PlatformBusy),
    ],
)
async def test_only_a_token_that_was_taken_back_needs_the_owner(
    platform: FakePlatform, access: Access, answer: Answer, expected: type[Exception]
) -> None:
    platform.will_answer(answer)

    with pytest.raises(expected) as refused:
        await YOUTUBE.renew(access=access, now=NOW)

    assert "app-secret" not in str(refused.value)
    assert getattr(refused.value, "reason", None) in {None, FailureReason.NEEDS_RECONNECT}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(status=400, json={"error": "temporarily_unavailable"}), PlatformBusy),
        (Answer(status=408), PlatformBusy),
        (Answer(status=403), CallRefused),
        (Answer(status=302), CallRefused),
    ],
)
async def test_what_does_not_speak_of_the_token_does_not_need_the_owner(
    platform: FakePlatform, access: Access, answer: Answer, expected: type[Exception]
) -> None:
    platform.will_answer(answer)

    with pytest.raises(expected) as refused:
        await YOUTUBE.renew(access=access, now=NOW)

    assert getattr(refused.value, "reason", None) is not FailureReason.NEEDS_RECONNECT


async def test_only_who_has_all_it_takes_can_renew(access: Access, client: HTTPClient) -> None:
    without = access_to(None, by=client, credentials={"access_token": ("t",), "client_id": ("app",)})

    assert (YOUTUBE.can_renew(access), YOUTUBE.can_renew(without)) == (True, False)


async def test_what_the_hub_was_asked_for_is_confirmed_and_nothing_else(platform: FakePlatform, access: Access) -> None:
    platform.will_answer(Answer(status=204))

    subscription = await YOUTUBE.subscribe(HOOK, access=access)

    form = _form(platform.calls[0].body)
    assert (form["hub.mode"], form["hub.topic"], form["hub.secret"]) == ("subscribe", TOPIC, "secret-new")
    assert (subscription.state, subscription.expires_at is not None) == (SubscriptionState.ACTIVE, True)
    mark = form["hub.callback"].removeprefix(f"{HOOK}?topic_mark=")
    answer = YOUTUBE.handshake(_verification(topic=TOPIC, topic_mark=mark), access.credentials)
    assert answer is not None
    assert (answer.status, answer.body) == (200, b"4711")
    for strange in (
        _verification(topic=TOPIC),
        _verification(topic=f"{TOPIC}2", topic_mark=mark),
        _verification(mode="unsubscribe", topic=TOPIC, topic_mark=mark),
    ):
        with pytest.raises(TopicRefused):
            YOUTUBE.handshake(strange, access.credentials)


async def test_a_hub_that_did_not_reach_our_hook_is_asked_again(platform: FakePlatform, access: Access) -> None:
    platform.will_answer(Answer(status=409))

    with pytest.raises(PlatformBusy):
        await YOUTUBE.subscribe(HOOK, access=access)


def test_every_method_of_websub_is_understood_and_no_other() -> None:
    rig = RIGS[0]

    for method in ("sha1", "sha256", "sha384", "sha512"):
        request = sign_websub(rig.body, "secret-new", NOW, method=method)
        assert YOUTUBE.verify(request, rig.credentials(), now=NOW) is rig.proof
    with pytest.raises(LocallyIgnored):
        YOUTUBE.verify(sign_websub(rig.body, "secret-new", NOW, method="md5"), rig.credentials(), now=NOW)
    with pytest.raises(LocallyIgnored):
        YOUTUBE.verify(altered(rig.request(), headers={"x-hub-signature": "sha1="}), rig.credentials(), now=NOW)


def _verification(*, topic: str, mode: str = "subscribe", **more: str) -> HookRequest:
    query = {"hub.mode": mode, "hub.topic": topic, "hub.challenge": "4711", "hub.lease_seconds": "432000", **more}
    return HookRequest(method="GET", query=query, headers={}, body=b"", received_at=NOW)


def _form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode()))
