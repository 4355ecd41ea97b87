"""What TikTok shows of an account when asked: comments under its videos, its conversations, and their figures."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from huiying.events.deliveries import Proof
from huiying.events.interactions import Interaction
from ingest.clients.connectors.abilities import AccountFigures, Feed, Listed, Post, PostFigures, PostsListed
from ingest.clients.connectors.connector import Access, CallRefused, Credentials
from ingest.clients.connectors.foreign import from_milliseconds, from_seconds, list_of, mapping_of, text_of
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.tiktok_api import call
from ingest.clients.connectors.tiktok_comments import completed, listed_comment
from ingest.clients.connectors.tiktok_messages import listed_message
from ingest.clients.connectors.tiktok_notice import Notice

COMMENTS, MESSAGES = "comments", "messages"

# Each list costs a call for every video or conversation, of 40 a minute.
FEEDS: Sequence[Feed] = (
    Feed(name=COMMENTS, every=timedelta(minutes=30), is_pushed=True),
    Feed(name=MESSAGES, every=timedelta(minutes=30), is_pushed=True),
)

# Nobody looks for new comments under older videos than this.
_OLDEST_VIDEO = timedelta(days=30)
_VIDEOS, _COMMENTS, _CONVERSATIONS = "20", "30", "8"
_CONVERSATION_TYPES = ("SINGLE", "STRANGER")
_FIGURES = ("item_id", "video_views", "likes", "comments", "shares")
_ACCOUNT_FIGURES = ("followers_count", "following_count", "videos_count")


class _Place(msgspec.Struct, frozen=True):
    """How far a reading of the comments is: the page of videos, the video on it, and the page of its comments."""

    videos: int = 0
    index: int = 0
    comments: int = 0

    @classmethod
    def of(cls, cursor: str | None) -> "_Place":
        parts = (cursor or "").split(":")
        return cls(*(int(part) for part in parts)) if len(parts) == 3 and all(map(str.isdecimal, parts)) else cls()

    def __str__(self) -> str:
        return f"{self.videos}:{self.index}:{self.comments}"


async def list_feed(feed: str, *, since: datetime, cursor: str | None, access: Access, now: datetime) -> Listed:
    """A page of the comments under one video, or of the messages of a few conversations."""
    if feed == COMMENTS:
        return await _list_comments(since, _Place.of(cursor), access, now)
    if feed == MESSAGES:
        return await _list_messages(since, cursor, access, now)
    raise CallRefused(f"TikTok has no list of {feed}")


async def complete(interaction: Interaction, *, access: Access) -> Interaction | None:
    """A pushed comment with its author and words; None if it is gone."""
    video_id = interaction.target.post_id if interaction.target else None
    if video_id is None:
        return None
    comment_id = interaction.object.id
    asked = {"video_id": video_id, "comment_ids": _json([comment_id]), "status": "ALL", "max_count": "1"}
    data = await _get(access, "/business/comment/list/", asked, said=f"comment {comment_id}")
    notice = _notice(access, interaction.received_at, "comment.list")
    for item in list_of(data.get("comments")):
        listed = listed_comment(mapping_of(item), notice)
        if listed is not None and listed.object.id == comment_id:
            return completed(interaction, listed)
    return None


async def list_posts(*, since: datetime, cursor: str | None, access: Access) -> PostsListed:
    """A page of the account's videos."""
    start = int(cursor) if cursor and cursor.isdecimal() else 0
    videos, next_start = await _videos(access, start, fields=("item_id", "caption", "share_url", "create_time"))
    posts = [post for video in videos if (post := _post(video)) is not None]
    is_over = any(post.published_at is not None and post.published_at < since for post in posts)
    wanted = [post for post in posts if post.published_at is None or post.published_at >= since]
    return PostsListed(posts=wanted, cursor=str(next_start) if next_start is not None and not is_over else None)


async def measure_posts(post_ids: Sequence[str], *, access: Access) -> Sequence[PostFigures]:
    """The figures of these videos, twenty to a call."""
    found: list[PostFigures] = []
    size = int(_VIDEOS)
    for start in range(0, len(post_ids), size):
        some = post_ids[start : start + size]
        videos, _ = await _videos(access, 0, fields=_FIGURES, filters={"video_ids": list(some)})
        found += [figures for video in videos if (figures := _figures(video)) is not None]
    return found


async def measure_account(*, access: Access) -> AccountFigures:
    """The figures of the account."""
    data = await _get(access, "/business/get/", {"fields": _json(_ACCOUNT_FIGURES)}, said="the account's figures")
    followers, following, posts = (_count(data, name) for name in _ACCOUNT_FIGURES)
    return AccountFigures(followers=followers, following=following, posts=posts)


async def _list_comments(since: datetime, place: _Place, access: Access, now: datetime) -> Listed:
    videos, next_videos = await _videos(access, place.videos, fields=("item_id", "create_time"))
    recent = [video for video in videos if (_made_at(video) or now) >= now - _OLDEST_VIDEO]
    video_id = text_of(recent[place.index].get("item_id")) if place.index < len(recent) else None
    if video_id is None:
        return Listed()
    asked = {
        "video_id": video_id,
        "status": "ALL",
        "include_replies": "true",
        "sort_field": "create_time",
        "sort_order": "desc",
        "max_count": _COMMENTS,
        "cursor": str(place.comments),
    }
    data = await _get(access, "/business/comment/list/", asked, said=f"the comments of {video_id}")
    notice, found = _notice(access, now, "comment.list"), list_of(data.get("comments"))
    tops = [one for item in found if (one := listed_comment(mapping_of(item), notice)) is not None]
    interactions = [one for item in found for one in _with_answers(mapping_of(item), notice)]
    is_over = not data.get("has_more") or any(one.occurred_at < since for one in tops)
    following: _Place | None = _Place(place.videos, place.index, _cursor(data) or 0)
    if is_over:
        following = _after(place, recent_count=len(recent), all_recent=len(recent) == len(videos), more=next_videos)
    goes_on = following is not None and following != place
    return Listed(interactions=interactions, cursor=str(following) if goes_on else None, has_more=goes_on)


def _after(place: _Place, *, recent_count: int, all_recent: bool, more: int | None) -> _Place | None:
    if place.index + 1 < recent_count:
        return _Place(place.videos, place.index + 1)
    return _Place(more) if all_recent and more is not None else None


def _with_answers(raw: Mapping[str, Any], notice: Notice) -> Sequence[Interaction]:
    together = [raw, *(mapping_of(answer) for answer in list_of(raw.get("reply_list")))]
    return [one for item in together if (one := listed_comment(item, notice)) is not None]


async def _list_messages(since: datetime, cursor: str | None, access: Access, now: datetime) -> Listed:
    sort, _, start = (cursor or "").partition(":")
    sort = sort if sort in _CONVERSATION_TYPES else _CONVERSATION_TYPES[0]
    asked = {
        "conversation_type": sort,
        "limit": _CONVERSATIONS,
        "cursor": start if start.isdecimal() else "0",
    }
    data = await _get(access, "/business/message/conversation/list/", asked, said="the conversations")
    notice, interactions = _notice(access, now, "message.list"), list[Interaction]()
    for item in map(mapping_of, list_of(data.get("conversations"))):
        conversation_id, changed_at = text_of(item.get("conversation_id")), from_milliseconds(item.get("update_time"))
        if conversation_id is not None and (changed_at is None or changed_at >= since):
            interactions += await _messages_of(conversation_id, notice, access)
    next_start = _cursor(data) if data.get("has_more") else None
    if next_start is not None:
        return Listed(interactions=interactions, cursor=f"{sort}:{next_start}", has_more=True)
    is_last = sort == _CONVERSATION_TYPES[-1]
    following = None if is_last else f"{_CONVERSATION_TYPES[-1]}:0"
    return Listed(interactions=interactions, cursor=following, has_more=not is_last)


async def _messages_of(conversation_id: str, notice: Notice, access: Access) -> Sequence[Interaction]:
    # The twenty newest, of which there is no second page.
    asked = {"conversation_id": conversation_id}
    data = await _get(access, "/business/message/content/list/", asked, said=f"conversation {conversation_id}")
    told = (listed_message({"conversation_id": conversation_id, **mapping_of(item)}, notice) for item in _items(data))
    return [message for message in told if message is not None]


def _items(data: Mapping[str, Any]) -> Sequence[object]:
    return list_of(data.get("messages"))


async def _videos(
    access: Access, start: int, *, fields: Sequence[str], filters: object = None
) -> tuple[Sequence[Mapping[str, Any]], int | None]:
    asked = {"fields": _json(fields), "max_count": _VIDEOS, "cursor": str(start)}
    if filters is not None:
        asked["filters"] = _json(filters)
    data = await _get(access, "/business/video/list/", asked, said="the videos")
    videos = [mapping_of(video) for video in list_of(data.get("videos"))]
    return videos, _cursor(data) if data.get("has_more") else None


async def _get(access: Access, path: str, asked: Mapping[str, str], *, said: str) -> dict[str, Any]:
    params = {"business_id": access.account.external_id, **asked}
    return await call(access, "GET", path, params=params, said=said, is_read=True)


def _notice(access: Access, received_at: datetime, event: str) -> Notice:
    origin = Origin(account=access.account, received_at=received_at, verified=Proof.POLLED)
    return Notice(origin=origin, event=event, content={}, own_ids=own_ids(access.credentials))


def own_ids(credentials: Credentials) -> frozenset[str]:
    """What the account itself is called where it comments."""
    return frozenset(credentials.get("unique_identifier", ()))


def _post(video: Mapping[str, Any]) -> Post | None:
    video_id = text_of(video.get("item_id"))
    if video_id is None:
        return None
    return Post(
        id=video_id,
        url=text_of(video.get("share_url")),
        text=text_of(video.get("caption")),
        published_at=_made_at(video),
    )


def _figures(video: Mapping[str, Any]) -> PostFigures | None:
    video_id = text_of(video.get("item_id"))
    if video_id is None:
        return None
    views, likes, comments, shares = (_count(video, name) for name in _FIGURES[1:])
    return PostFigures(post_id=video_id, views=views, likes=likes, comments=comments, shares=shares)


def _made_at(video: Mapping[str, Any]) -> datetime | None:
    return from_seconds(video.get("create_time"))


def _cursor(data: Mapping[str, Any]) -> int | None:
    cursor = data.get("cursor")
    return cursor if isinstance(cursor, int) and not isinstance(cursor, bool) and cursor > 0 else None


def _count(raw: Mapping[str, Any], name: str) -> int | None:
    count = raw.get(name)
    return count if isinstance(count, int) and not isinstance(count, bool) else None


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
