"""What Douyin lists: the account's videos with their figures, and the comments under them.

There is no list of all comments: each video has its own, and each comment one of its answers. A page here is therefore
a round through several of them, and its cursor what of the round is left.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from huiying.events.deliveries import Proof
from huiying.events.interactions import Interaction
from ingest.clients.connectors import douyin_api
from ingest.clients.connectors.abilities import AccountFigures, Feed, Listed, Post, PostFigures, PostsListed
from ingest.clients.connectors.connector import Access, CallRefused
from ingest.clients.connectors.douyin_events import comment
from ingest.clients.connectors.foreign import from_seconds, list_of, mapping_of, text_of
from ingest.clients.connectors.origin import Origin

# Comments are pushed to some applications only, and not surely to them: so they are always asked for.
FEEDS = (Feed(name="comments", every=timedelta(minutes=10)),)

_VIDEOS_PATH = "/api/douyin/v1/video/video_list/"
_FIGURES_PATH = "/api/douyin/v1/video/video_data/"
_FANS_PATH = "/data/external/user/fans/"
_COMMENTS_PATH = "/item/comment/list/"
_ANSWERS_PATH = "/item/comment/reply/list/"
_PAGE = 20
# One page has some seconds, and each of its calls may take one.
_MOST_CALLS = 10
_MOST_PLACES = 200


class _Place(msgspec.Struct, frozen=True, array_like=True):
    """Where comments stand: under a video, or under one of its comments; and how far they were read."""

    item_id: str
    comment_id: str | None = None
    cursor: str = "0"


async def list_comments(*, since: datetime, cursor: str | None, access: Access, now: datetime) -> Listed:
    """One round through the newest videos, their comments and the answers to these, or what is left of it."""
    places = _places_in(cursor) if cursor else await _newest_videos(access)
    origin = Origin(account=access.account, received_at=now, verified=Proof.POLLED)
    found: list[Interaction] = []
    for _ in range(_MOST_CALLS):
        if not places:
            break
        place = places.pop(0)
        comments, further = await _read(place, since=since, origin=origin, access=access)
        found += comments
        places += further[: max(_MOST_PLACES - len(places), 0)]
    # What is older may be an answer's parent: it was told when it was new.
    fresh = [interaction for interaction in found if interaction.occurred_at >= since]
    left = msgspec.json.encode(places).decode() if places else None
    return Listed(interactions=fresh, cursor=left, has_more=bool(places))


async def list_posts(*, since: datetime, cursor: str | None, access: Access) -> PostsListed:
    """One page of the account's videos, the newest first."""
    data = await _videos(access, cursor=cursor or "0")
    posts = [post for video in _objects(data.get("list")) if (post := _post(video)) is not None]
    recent = [post for post in posts if post.published_at is None or post.published_at >= since]
    goes_on = data.get("has_more") is True and len(recent) == len(posts) and posts
    return PostsListed(posts=recent, cursor=text_of(data.get("cursor")) if goes_on else None)


async def measure_posts(post_ids: Sequence[str], *, access: Access) -> Sequence[PostFigures]:
    """The figures of these videos, in as many calls as it takes."""
    found: list[PostFigures] = []
    for start in range(0, len(post_ids), _PAGE):
        body = {"item_ids": list(post_ids[start : start + _PAGE])}
        answer = await douyin_api.ask_as_owner(
            _FIGURES_PATH, access=access, said="Douyin tells no figures", body=body, is_read=True
        )
        found += [figures for video in _objects(douyin_api.data_of(answer).get("list")) for figures in _figures(video)]
    return found


async def measure_account(*, access: Access) -> AccountFigures:
    """How many follow the account, as of the last day that Douyin has counted."""
    answer = await douyin_api.ask_as_owner(
        _FANS_PATH,
        access=access,
        said="Douyin tells no followers",
        method="GET",
        params={"date_type": "7"},
        is_read=True,
    )
    days = sorted(
        _objects(douyin_api.data_of(answer).get("result_list")), key=lambda day: text_of(day.get("date")) or ""
    )
    return AccountFigures(followers=_count(days[-1].get("total_fans")) if days else None)


async def _newest_videos(access: Access) -> list[_Place]:
    videos = _objects((await _videos(access, cursor="0")).get("list"))
    return [
        _Place(item_id)
        for video in videos
        if (item_id := text_of(video.get("item_id"))) and _count(_statistics(video).get("comment_count")) != 0
    ]


async def _videos(access: Access, *, cursor: str) -> Mapping[str, Any]:
    params = {"cursor": cursor, "count": str(_PAGE)}
    said = "Douyin lists no videos"
    answer = await douyin_api.ask_as_owner(
        _VIDEOS_PATH, access=access, said=said, method="GET", params=params, is_read=True
    )
    return douyin_api.data_of(answer)


async def _read(
    place: _Place, *, since: datetime, origin: Origin, access: Access
) -> tuple[list[Interaction], list[_Place]]:
    """The comments of a place, and where to go on from there."""
    path = _COMMENTS_PATH if place.comment_id is None else _ANSWERS_PATH
    params = {"item_id": place.item_id, "cursor": place.cursor, "count": str(_PAGE), "sort_type": "time"}
    if place.comment_id is not None:
        params["comment_id"] = place.comment_id
    said = f"Douyin lists no comments of {place.item_id}"
    answer = await douyin_api.ask_as_owner(path, access=access, said=said, method="GET", params=params, is_read=True)
    data = douyin_api.data_of(answer)
    rows = list(_objects(data.get("list")))
    read = [_comment(row, place, origin) for row in rows]
    return [one for one in read if one is not None], list(_further(place, rows, data, since=since))


def _comment(row: Mapping[str, Any], place: _Place, origin: Origin) -> Interaction | None:
    raw_kind = "item_comment_list"
    return comment(row, origin, post_id=place.item_id, parent_id=place.comment_id, raw_kind=raw_kind)


def _further(
    place: _Place, rows: Sequence[Mapping[str, Any]], data: Mapping[str, Any], *, since: datetime
) -> Iterator[_Place]:
    for row in rows:
        comment_id = text_of(row.get("comment_id"))
        if place.comment_id is None and comment_id and _count(row.get("reply_comment_total")):
            yield _Place(place.item_id, comment_id)
    # A comment that is pinned stands first, however old it is; so the last one says how far back the page goes.
    last = from_seconds(rows[-1].get("create_time")) if rows else None
    cursor = text_of(data.get("cursor"))
    if data.get("has_more") is True and cursor and last is not None and last >= since:
        yield _Place(place.item_id, place.comment_id, cursor)


def _places_in(cursor: str) -> list[_Place]:
    try:
        return msgspec.json.decode(cursor, type=list[_Place])
    except msgspec.DecodeError as error:
        raise CallRefused("this is not a cursor that a list of comments gave") from error


def _post(video: Mapping[str, Any]) -> Post | None:
    item_id = text_of(video.get("item_id"))
    if item_id is None:
        return None
    return Post(
        id=item_id,
        url=text_of(video.get("share_url")),
        text=text_of(video.get("title")),
        published_at=from_seconds(video.get("create_time")),
    )


def _figures(video: Mapping[str, Any]) -> Iterator[PostFigures]:
    item_id, statistics = text_of(video.get("item_id")), _statistics(video)
    if item_id is not None:
        yield PostFigures(
            post_id=item_id,
            views=_count(statistics.get("play_count")),
            likes=_count(statistics.get("digg_count")),
            comments=_count(statistics.get("comment_count")),
            shares=_count(statistics.get("share_count")),
        )


def _statistics(video: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping_of(video.get("statistics"))


def _count(value: object) -> int | None:
    text = text_of(value)
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _objects(value: object) -> Iterator[Mapping[str, Any]]:
    return (item for item in list_of(value) if isinstance(item, dict))
