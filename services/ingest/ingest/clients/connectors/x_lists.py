"""What X shows of an account when asked: its mentions, its messages, its posts, and how often they were seen."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from huiying.events.deliveries import Proof
from huiying.events.interactions import Interaction
from ingest.clients.connectors.abilities import AccountFigures, Feed, Listed, Post, PostFigures, PostsListed
from ingest.clients.connectors.api_calls import path_part
from ingest.clients.connectors.connector import Access, CallRefused
from ingest.clients.connectors.foreign import from_rfc3339, list_of, mapping_of, text_of
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.x_api import call
from ingest.clients.connectors.x_messages import listed_message
from ingest.clients.connectors.x_posts import interaction_of, post_in
from ingest.clients.connectors.x_scene import Scene, people_in

MENTIONS, MESSAGES = "mentions", "messages"

# What is read is paid for by the piece, so the lists are for what the hook may have lost, not for speed. Of messages
# X allows 15 pages in 15 minutes.
FEEDS: Sequence[Feed] = (
    Feed(name=MENTIONS, every=timedelta(minutes=30), is_pushed=True),
    Feed(name=MESSAGES, every=timedelta(minutes=30), is_pushed=True),
)

_PAGE = "100"
_USER_FIELDS = "name,username,public_metrics"
_POST_FIELDS = (
    "attachments,author_id,conversation_id,created_at,edit_history_tweet_ids,entities,in_reply_to_user_id,lang,"
    "note_tweet,referenced_tweets"
)
_MESSAGE_FIELDS = "id,text,event_type,created_at,dm_conversation_id,sender_id,attachments"


async def list_feed(feed: str, *, since: datetime, cursor: str | None, access: Access, now: datetime) -> Listed:
    """A page of mentions or of messages, the newest first."""
    if feed == MENTIONS:
        return await _list_mentions(since, cursor, access, now)
    if feed == MESSAGES:
        return await _list_messages(since, cursor, access, now)
    raise CallRefused(f"X has no list of {feed}")


async def list_posts(*, since: datetime, cursor: str | None, access: Access) -> PostsListed:
    """A page of what the account posted by itself: neither its answers nor what it passed on."""
    params = _paged(
        {
            "max_results": _PAGE,
            "start_time": _stamp(since),
            "exclude": "replies,retweets",
            "tweet.fields": "created_at,note_tweet",
        },
        cursor,
    )
    body = await call(access, "GET", f"{_user(access)}/tweets", params=params, said="the list of posts", is_read=True)
    posts = (_post(mapping_of(item)) for item in list_of(body.get("data")))
    return PostsListed(posts=[post for post in posts if post is not None], cursor=_next(body))


async def measure_posts(post_ids: Sequence[str], *, access: Access) -> Sequence[PostFigures]:
    """The public figures of these posts."""
    if not post_ids:
        return ()
    params = {"ids": ",".join(post_ids), "tweet.fields": "public_metrics"}
    body = await call(access, "GET", "/2/tweets", params=params, said="the figures of posts", is_read=True)
    return [figures for item in list_of(body.get("data")) if (figures := _figures(mapping_of(item))) is not None]


async def measure_account(*, access: Access) -> AccountFigures:
    """The public figures of the account."""
    params = {"user.fields": "public_metrics"}
    body = await call(access, "GET", _user(access), params=params, said="the figures of the account", is_read=True)
    counted = mapping_of(mapping_of(body.get("data")).get("public_metrics"))
    return AccountFigures(
        followers=_count(counted, "followers_count"),
        following=_count(counted, "following_count"),
        posts=_count(counted, "tweet_count"),
    )


async def _list_mentions(since: datetime, cursor: str | None, access: Access, now: datetime) -> Listed:
    params = _paged(
        {
            "max_results": _PAGE,
            "start_time": _stamp(since),
            "tweet.fields": _POST_FIELDS,
            "expansions": "author_id,referenced_tweets.id",
            "user.fields": _USER_FIELDS,
        },
        cursor,
    )
    body = await call(access, "GET", f"{_user(access)}/mentions", params=params, said="the mentions", is_read=True)
    scene, others = _scene(body, access, now, raw_kind="mentions"), mapping_of(body.get("includes")).get("tweets")
    posts = (post_in(mapping_of(item), others=list_of(others)) for item in list_of(body.get("data")))
    interactions = [interaction_of(post, scene) for post in posts if post is not None]
    return Listed(interactions=interactions, cursor=_next(body), has_more=_next(body) is not None)


async def _list_messages(since: datetime, cursor: str | None, access: Access, now: datetime) -> Listed:
    params = _paged(
        {
            "max_results": _PAGE,
            "event_types": "MessageCreate",
            "dm_event.fields": _MESSAGE_FIELDS,
            "expansions": "sender_id",
            "user.fields": _USER_FIELDS,
        },
        cursor,
    )
    body = await call(access, "GET", "/2/dm_events", params=params, said="the messages", is_read=True)
    scene = _scene(body, access, now, raw_kind="dm_events")
    told: list[Interaction] = [
        message for item in list_of(body.get("data")) if (message := listed_message(item, scene)) is not None
    ]
    # This list takes no beginning, so it ends where a page reaches back far enough.
    is_over = any(message.occurred_at < since for message in told)
    return Listed(interactions=told, cursor=_next(body), has_more=_next(body) is not None and not is_over)


def _scene(body: Mapping[str, Any], access: Access, now: datetime, *, raw_kind: str) -> Scene:
    users = list_of(mapping_of(body.get("includes")).get("users"))
    return Scene(
        origin=Origin(account=access.account, received_at=now, verified=Proof.POLLED),
        brand_id=access.account.external_id,
        raw_kind=raw_kind,
        people=people_in(users),
    )


def _post(raw: Mapping[str, Any]) -> Post | None:
    post_id = text_of(raw.get("id"))
    text = text_of(mapping_of(raw.get("note_tweet")).get("text")) or text_of(raw.get("text"))
    return Post(id=post_id, text=text, published_at=from_rfc3339(raw.get("created_at"))) if post_id else None


def _figures(raw: Mapping[str, Any]) -> PostFigures | None:
    post_id, counted = text_of(raw.get("id")), mapping_of(raw.get("public_metrics"))
    if post_id is None:
        return None
    passed_on = [count for name in ("retweet_count", "quote_count") if (count := _count(counted, name)) is not None]
    return PostFigures(
        post_id=post_id,
        views=_count(counted, "impression_count"),
        likes=_count(counted, "like_count"),
        comments=_count(counted, "reply_count"),
        shares=sum(passed_on) if passed_on else None,
    )


def _user(access: Access) -> str:
    return f"/2/users/{path_part(access.account.external_id, of='user')}"


def _paged(params: Mapping[str, str], cursor: str | None) -> Mapping[str, str]:
    return {**params, "pagination_token": cursor} if cursor is not None else params


def _next(body: Mapping[str, Any]) -> str | None:
    return text_of(mapping_of(body.get("meta")).get("next_token"))


def _count(counted: Mapping[str, Any], name: str) -> int | None:
    count = counted.get(name)
    return count if isinstance(count, int) and not isinstance(count, bool) else None


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
