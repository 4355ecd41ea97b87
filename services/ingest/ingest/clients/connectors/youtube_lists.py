"""What YouTube lists: new comments, replies under those of the last days, the channel's videos, and figures."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from huiying.events.deliveries import Proof
from huiying.events.interactions import Action, Interaction
from ingest.clients.connectors import youtube_api
from ingest.clients.connectors.abilities import AccountFigures, Feed, Listed, Post, PostFigures, PostsListed
from ingest.clients.connectors.connector import Access, CallRefused
from ingest.clients.connectors.foreign import from_rfc3339, list_of, mapping_of, text_of
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.youtube_comments import CommentThread, read_comment, read_thread
from ingest.clients.connectors.youtube_feed import post, video_url

COMMENTS, REPLIES, VIDEOS = "comments", "replies", "videos"

# With 10,000 units a day these take about 300 for new comments, 50 for videos and, on a channel with many long threads,
# up to 3,000 for replies; the rest is for answering.
FEEDS: Sequence[Feed] = (
    Feed(name=COMMENTS, every=timedelta(minutes=5)),
    Feed(name=REPLIES, every=timedelta(hours=1)),
    Feed(name=VIDEOS, every=timedelta(hours=1), is_pushed=True),
)

# Threads are listed by when they began, so a reply to an older one is found only by looking at it again.
_THREADS_STAY_OPEN = timedelta(days=7)
# A comment that was held for review keeps its date, and is listed only once somebody has let it pass.
_HELD_AT_MOST = timedelta(days=2)
# Every thread may need calls of its own, and a page must not take longer than a poll may wait.
_THREADS_A_PAGE = {COMMENTS: "100", REPLIES: "10"}
_REPLY_PAGES_A_THREAD = 3
_PLAIN = {"textFormat": "plainText"}


async def list_feed(feed: str, *, since: datetime, cursor: str | None, access: Access, now: datetime) -> Listed:
    """One page of a feed. Raises as `Lists.list_feed` promises."""
    origin = Origin(account=access.account, received_at=now, verified=Proof.POLLED)
    if feed == VIDEOS:
        return await _list_videos(origin, since=since, cursor=cursor, access=access)
    if feed not in _THREADS_A_PAGE:
        raise CallRefused(f"YouTube has no list of {feed}")
    begin = since if feed == COMMENTS else since - _THREADS_STAY_OPEN
    wanted_since = since if feed == COMMENTS else since - _HELD_AT_MOST
    answer = await youtube_api.read(
        "/commentThreads",
        {
            "part": "snippet,replies",
            "allThreadsRelatedToChannelId": access.account.external_id,
            "order": "time",
            "maxResults": _THREADS_A_PAGE[feed],
            **_PLAIN,
            **({"pageToken": cursor} if cursor else {}),
        },
        access=access,
    )
    threads = [read_thread(mapping_of(item), origin) for item in list_of(answer.get("items"))]
    found = [interaction for thread in threads for interaction in thread.interactions]
    if feed == REPLIES:
        for thread in threads:
            found += await _more_replies(thread, origin, since=wanted_since, access=access)
    return _page(found, answer, since=wanted_since, is_over=_ends_before(threads, begin))


async def list_posts(*, since: datetime, cursor: str | None, access: Access) -> PostsListed:
    """A page of the channel's videos, the newest first."""
    answer = await _uploads(cursor, access=access)
    videos = [_post_of(mapping_of(item)) for item in list_of(answer.get("items"))]
    posts = [video for video in videos if video is not None]
    is_over = any(video.published_at and video.published_at < since for video in posts)
    wanted = [video for video in posts if video.published_at is None or video.published_at >= since]
    return PostsListed(posts=wanted, cursor=None if is_over else text_of(answer.get("nextPageToken")))


async def measure_posts(post_ids: Sequence[str], *, access: Access) -> Sequence[PostFigures]:
    """The figures of these videos."""
    params = {"part": "statistics", "id": ",".join(post_ids), "maxResults": "50"}
    answer = await youtube_api.read("/videos", params, access=access)
    found = []
    for item in map(mapping_of, list_of(answer.get("items"))):
        figures, video_id = mapping_of(item.get("statistics")), text_of(item.get("id"))
        if video_id is not None:
            views, likes, comments = (_count(figures, f"{name}Count") for name in ("view", "like", "comment"))
            found.append(PostFigures(post_id=video_id, views=views, likes=likes, comments=comments))
    return found


async def measure_account(*, access: Access) -> AccountFigures:
    """How many subscribed, where the channel shows it, and how many videos there are."""
    figures = mapping_of((await _channel("statistics", access=access)).get("statistics"))
    is_hidden = figures.get("hiddenSubscriberCount") is True
    followers = None if is_hidden else _count(figures, "subscriberCount")
    return AccountFigures(followers=followers, posts=_count(figures, "videoCount"))


async def _more_replies(thread: CommentThread, origin: Origin, *, since: datetime, access: Access) -> list[Interaction]:
    """The replies that a thread did not show, of which those since then are enough."""
    found: list[Interaction] = []
    cursor = None
    for _ in range(_REPLY_PAGES_A_THREAD if thread.has_more_replies else 0):
        params = {"part": "snippet", "parentId": thread.id, "maxResults": "100", **_PLAIN}
        answer = await youtube_api.read("/comments", params | ({"pageToken": cursor} if cursor else {}), access=access)
        page = [
            interaction
            for item in list_of(answer.get("items"))
            for interaction in read_comment(mapping_of(item), origin, video_id=thread.video_id)
        ]
        found += page
        cursor = text_of(answer.get("nextPageToken"))
        # The newest come first, but nobody promises it: only a page that does run backwards tells when to stop.
        runs_back = len(page) > 1 and page[0].occurred_at > page[-1].occurred_at
        if cursor is None or (runs_back and page[-1].occurred_at < since):
            break
    return found


async def _list_videos(origin: Origin, *, since: datetime, cursor: str | None, access: Access) -> Listed:
    listed = await list_posts(since=since, cursor=cursor, access=access)
    found = [
        post(
            video.id,
            action=Action.CREATED,
            native_key=f"post:{video.id}",
            origin=origin,
            channel_id=access.account.external_id,
            title=video.text,
            url=video.url,
            at=video.published_at,
            raw_kind="playlistItem",
        )
        for video in listed.posts
    ]
    return Listed(interactions=found, cursor=listed.cursor, has_more=listed.cursor is not None)


async def _uploads(cursor: str | None, *, access: Access) -> Mapping[str, Any]:
    details = mapping_of((await _channel("contentDetails", access=access)).get("contentDetails"))
    playlist = text_of(mapping_of(details.get("relatedPlaylists")).get("uploads"))
    if playlist is None:
        return {}
    params = {"part": "snippet,contentDetails", "playlistId": playlist, "maxResults": "50"}
    return await youtube_api.read("/playlistItems", params | ({"pageToken": cursor} if cursor else {}), access=access)


async def _channel(part: str, *, access: Access) -> Mapping[str, Any]:
    params = {"part": part, "id": access.account.external_id}
    items = list_of((await youtube_api.read("/channels", params, access=access)).get("items"))
    if not items:
        raise CallRefused(f"YouTube knows no channel {access.account.external_id}")
    return mapping_of(items[0])


def _post_of(item: Mapping[str, Any]) -> Post | None:
    snippet, details = mapping_of(item.get("snippet")), mapping_of(item.get("contentDetails"))
    video_id = text_of(details.get("videoId")) or text_of(mapping_of(snippet.get("resourceId")).get("videoId"))
    if video_id is None:
        return None
    # The item's own date is when the video joined the list, which for a scheduled one is long before it was public.
    published_at = from_rfc3339(details.get("videoPublishedAt")) or from_rfc3339(snippet.get("publishedAt"))
    return Post(id=video_id, url=video_url(video_id), text=text_of(snippet.get("title")), published_at=published_at)


def _page(found: Sequence[Interaction], answer: Mapping[str, Any], *, since: datetime, is_over: bool) -> Listed:
    following = None if is_over else text_of(answer.get("nextPageToken"))
    wanted = [interaction for interaction in found if interaction.occurred_at >= since]
    return Listed(interactions=wanted, cursor=following, has_more=following is not None)


def _ends_before(threads: Sequence[CommentThread], begin: datetime) -> bool:
    return any(thread.published_at is not None and thread.published_at < begin for thread in threads)


def _count(figures: Mapping[str, Any], name: str) -> int | None:
    number = text_of(figures.get(name))
    return int(number) if number and number.isascii() and number.isdigit() else None
