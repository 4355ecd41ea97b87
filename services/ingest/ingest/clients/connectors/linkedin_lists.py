"""What LinkedIn shows of a page when asked: its notifications of the last sixty days, its posts, and its figures."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from huiying.clock import to_milliseconds
from huiying.events.deliveries import Proof
from ingest.clients.connectors.abilities import AccountFigures, Feed, Listed, Post, PostFigures, PostsListed
from ingest.clients.connectors.connector import Access, CallRefused
from ingest.clients.connectors.foreign import from_milliseconds, list_of, mapping_of, text_of
from ingest.clients.connectors.linkedin_api import call, encoded
from ingest.clients.connectors.linkedin_notifications import ACTIONS, page_urn, read_notification
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.responses import object_in

NOTIFICATIONS = "notifications"

# LinkedIn wants it used to make up for what was not delivered, and not instead of the hook.
FEEDS: Sequence[Feed] = (Feed(name=NOTIFICATIONS, every=timedelta(hours=1), is_pushed=True),)

_KEPT = timedelta(days=60)
_PAGE = 50


async def list_feed(feed: str, *, since: datetime, cursor: str | None, access: Access, now: datetime) -> Listed:
    """A page of notifications, in the words of a push."""
    if feed != NOTIFICATIONS:
        raise CallRefused(f"LinkedIn has no list of {feed}")
    start = _start(cursor)
    begin = to_milliseconds(max(since, now - _KEPT))
    # Rest.li wants its brackets as they are, and everything within them encoded.
    body = await _get(
        access,
        f"/rest/organizationalEntityNotifications?q=criteria&actions=List({','.join(ACTIONS)})"
        f"&organizationalEntity={_page_of(access)}&timeRange=(start:{begin},end:{to_milliseconds(now)})"
        f"&start={start}&count={_PAGE}",
        said="the notifications",
    )
    origin = Origin(account=access.account, received_at=now, verified=Proof.POLLED)
    elements = list_of(body.get("elements"))
    more = _has_more(body, len(elements))
    interactions = [read_notification(element, origin) for element in elements]
    return Listed(interactions=interactions, cursor=str(start + len(elements)) if more else None, has_more=more)


async def list_posts(*, since: datetime, cursor: str | None, access: Access) -> PostsListed:
    """A page of what the page published."""
    start = _start(cursor)
    path = f"/rest/posts?q=author&author={_page_of(access)}&count={_PAGE}&start={start}&sortBy=CREATED"
    body = await _get(access, path, said="the list of posts")
    elements = list_of(body.get("elements"))
    posts = [post for element in elements if (post := _post(mapping_of(element))) is not None]
    is_over = any(post.published_at is not None and post.published_at < since for post in posts)
    more = _has_more(body, len(elements)) and not is_over
    wanted = [post for post in posts if post.published_at is None or post.published_at >= since]
    return PostsListed(posts=wanted, cursor=str(start + len(elements)) if more else None)


async def measure_posts(post_ids: Sequence[str], *, access: Access) -> Sequence[PostFigures]:
    """The figures of these posts; of what is neither a share nor a post of users LinkedIn has none."""
    lists = [
        f"&{name}=List({','.join(encoded(urn) for urn in some)})"
        for name, kind in (("shares", "urn:li:share:"), ("ugcPosts", "urn:li:ugcPost:"))
        if (some := [urn for urn in post_ids if urn.startswith(kind)])
    ]
    if not lists:
        return ()
    path = f"/rest/organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity={_page_of(access)}"
    body = await _get(access, path + "".join(lists), said="the figures of posts")
    elements = map(mapping_of, list_of(body.get("elements")))
    return [figures for element in elements if (figures := _figures(element)) is not None]


async def measure_account(*, access: Access) -> AccountFigures:
    """How many follow the page."""
    path = f"/rest/networkSizes/{_page_of(access)}?edgeType=COMPANY_FOLLOWED_BY_MEMBER"
    body = await _get(access, path, said="the number of followers")
    return AccountFigures(followers=_count(body, "firstDegreeSize"))


async def _get(access: Access, path: str, *, said: str) -> dict[str, Any]:
    return object_in(await call(access, "GET", path, said=said, is_read=True))


def _has_more(body: Mapping[str, Any], found: int) -> bool:
    links = list_of(mapping_of(body.get("paging")).get("links"))
    return found > 0 and (found >= _PAGE or any(mapping_of(link).get("rel") == "next" for link in links))


def _page_of(access: Access) -> str:
    return encoded(page_urn(access.account.external_id))


def _start(cursor: str | None) -> int:
    return int(cursor) if cursor and cursor.isascii() and cursor.isdigit() and len(cursor) < 10 else 0


def _post(raw: Mapping[str, Any]) -> Post | None:
    urn = text_of(raw.get("id"))
    if urn is None:
        return None
    published_at = from_milliseconds(raw.get("publishedAt")) or from_milliseconds(raw.get("createdAt"))
    return Post(id=urn, text=text_of(raw.get("commentary")), published_at=published_at)


def _figures(raw: Mapping[str, Any]) -> PostFigures | None:
    urn, counted = text_of(raw.get("share")) or text_of(raw.get("ugcPost")), mapping_of(raw.get("totalShareStatistics"))
    if urn is None:
        return None
    return PostFigures(
        post_id=urn,
        views=_count(counted, "impressionCount"),
        likes=_count(counted, "likeCount"),
        comments=_count(counted, "commentCount"),
        shares=_count(counted, "shareCount"),
        clicks=_count(counted, "clickCount"),
    )


def _count(raw: Mapping[str, Any], name: str) -> int | None:
    count = raw.get(name)
    return count if isinstance(count, int) and not isinstance(count, bool) else None
