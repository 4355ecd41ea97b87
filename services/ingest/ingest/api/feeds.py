"""Feeds: the lists of an account that are read, how far, and whether they are paused."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlmodel import col

from huiying.auth.dependencies import require
from huiying.auth.principals import Permission, Principal
from huiying.errors import Conflict, Forbidden, NotFound, Unauthenticated
from huiying.http.pagination import Keyset, Page, PageOf, ascending, paginate
from huiying.http.problems import responses
from huiying.service.dependencies import opened, viewed
from ingest.storage.feed_tables import FeedState
from ingest.storage.unit import IngestUnit
from ingest.usecases.keep_feeds import get_feed, pause_feed, poll_now, resume_feed

router = APIRouter(tags=["feeds"])

Reader = Annotated[Principal, Depends(require(Permission.ACCOUNTS_READ))]
Writer = Annotated[Principal, Depends(require(Permission.ACCOUNTS_WRITE))]
Writing = Annotated[IngestUnit, Depends(opened, scope="function")]
Viewing = Annotated[IngestUnit, Depends(viewed, scope="function")]
_ID = r"^[0-9a-f-]{36}$"
FeedId = Annotated[str, Path(pattern=_ID, description="The feed's id.")]

_PROBLEMS = responses(Unauthenticated, Forbidden)
_BY_ID = {**_PROBLEMS, **responses(NotFound)}
_OLDEST_FIRST = Keyset("feeds:id", ascending(FeedState.id))
_WRITE = Permission.ACCOUNTS_WRITE


class FeedOut(BaseModel):
    """A list that is read. With `is_pushed` it shows what got lost; otherwise it is the only source."""

    id: str
    account_id: str
    brand: str
    platform: str
    name: str
    is_pushed: bool
    every_seconds: int
    is_paused: bool
    pause_reason: str | None = Field(description="asked, refused or reconnect; the last two by the platform.")
    read_until: datetime = Field(description="Everything up to then is known.")
    due_at: datetime
    last_polled_at: datetime | None
    last_error: str | None
    failure_count: int


@router.get("/feeds", operation_id="listFeeds", responses=_PROBLEMS)
async def list_feeds(
    principal: Reader,
    unit: Viewing,
    page: PageOf,
    account: Annotated[str | None, Query(pattern=_ID)] = None,
    brand: Annotated[str | None, Query(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")] = None,
) -> Page[FeedOut]:
    """The feeds of all accounts that the caller may see."""
    query = select(FeedState)
    scope = principal.scope(Permission.ACCOUNTS_READ)
    if scope is not None:
        query = query.where(col(FeedState.brand).in_(scope))
    for column, wanted in ((FeedState.account_id, account), (FeedState.brand, brand)):
        if wanted is not None:
            query = query.where(col(column) == wanted)
    rows, following = await paginate(unit.session, query, keyset=_OLDEST_FIRST, cursors=unit.tools.cursors, page=page)
    return Page(items=[_shown(row[0]) for row in rows], next_cursor=following)


@router.post("/feeds/{feed_id}:pause", operation_id="pauseFeed", responses=_BY_ID)
async def pause(principal: Writer, unit: Writing, feed_id: FeedId) -> FeedOut:
    """Read it no more, until it is resumed. What it does not tell meanwhile, it tells then."""
    feed = await get_feed(unit, feed_id, principal=principal, permission=_WRITE, to_change=True)
    pause_feed(unit, feed)
    return _shown(feed)


@router.post("/feeds/{feed_id}:resume", operation_id="resumeFeed", responses=_BY_ID)
async def resume(principal: Writer, unit: Writing, feed_id: FeedId) -> FeedOut:
    """Read it again from where it stood: after a pause, or when the platform allows it now."""
    feed = await get_feed(unit, feed_id, principal=principal, permission=_WRITE, to_change=True)
    await resume_feed(unit, feed)
    return _shown(feed)


@router.post(
    "/feeds/{feed_id}:poll",
    operation_id="pollFeed",
    status_code=202,
    responses={**_BY_ID, **responses(Conflict)},
)
async def poll(principal: Writer, unit: Writing, feed_id: FeedId) -> FeedOut:
    """Read it now, without waiting for its turn."""
    feed = await get_feed(unit, feed_id, principal=principal, permission=_WRITE, to_change=True)
    await poll_now(unit, feed)
    return _shown(feed)


def _shown(feed: FeedState) -> FeedOut:
    return FeedOut(
        id=feed.id,
        account_id=feed.account_id,
        brand=feed.brand,
        platform=feed.platform,
        name=feed.name,
        is_pushed=feed.is_pushed,
        every_seconds=feed.every_seconds,
        is_paused=feed.pause_reason is not None,
        pause_reason=feed.pause_reason,
        read_until=feed.read_until,
        due_at=feed.due_at,
        last_polled_at=feed.last_polled_at,
        last_error=feed.last_error,
        failure_count=feed.failure_count,
    )
