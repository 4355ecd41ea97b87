"""Read what a platform lists: page by page, each published and its cursor kept in one transaction."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
import structlog
from sqlalchemy import select, update
from sqlmodel import col

from huiying.errors import NotFound
from huiying.events.deliveries import Proof
from huiying.events.interactions import Direction, Interaction
from huiying.jobs.job import Apply, Done, Job, Outcome
from huiying.outbox.unit import OpenUnit
from ingest.clients.connectors.abilities import Listed
from ingest.domain.pacing import backoff, next_turn
from ingest.storage.account_book import OpenAccount
from ingest.storage.feed_tables import FeedState
from ingest.storage.hours import Arrival, count_hours
from ingest.storage.unit import IngestTools, IngestUnit
from ingest.usecases.access import access_of
from ingest.usecases.ask_platform import Trouble, TroubleKind, ask
from ingest.usecases.find_gaps import close_check, count_page, open_check
from ingest.usecases.keep_feeds import RECONNECT, REFUSED, PollJob
from ingest.usecases.note_reconnect import is_changing, note_reconnect
from ingest.usecases.publish_interactions import Source, listing, publish
from ingest.usecases.tell_story import Severity, note

log = structlog.get_logger(__name__)

_PAGE_SECONDS = 16.0
_MOST_PAGES = 20
_CHANCE = random.SystemRandom()


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """Where the reading of a feed stands: what is asked for next."""

    feed_id: str
    account_id: str
    name: str
    since: datetime
    cursor: str | None
    began_at: datetime
    asked_at: datetime


class PollFeed:
    """The job that reads one feed, as far as there is something new and the platform lets us."""

    def __init__(self, open_unit: OpenUnit[IngestUnit]) -> None:
        self._open_unit = open_unit

    async def __call__(self, job: Job) -> Outcome[IngestUnit]:
        feed_id = job.read(PollJob).feed_id
        reading, tools = await self._begin(feed_id, is_resumed=job.was_interrupted)
        for _ in range(_MOST_PAGES):
            if reading is None:
                return Done()
            listed = await list_page(reading, tools=tools)
            async with self._open_unit() as unit:
                if isinstance(listed, Trouble):
                    await _meet_trouble(unit, reading, listed)
                    return Done()
                reading = await _take_in(unit, reading, listed)
        # The rest waits a little, so that one long list does not hold up the others.
        return Done(apply=_go_on_soon(feed_id))

    async def _begin(self, feed_id: str, *, is_resumed: bool) -> tuple[Reading | None, IngestTools]:
        """Claim the feed's turn: from now on it is not due, unless something wakes it meanwhile."""
        async with self._open_unit() as unit:
            feed, now = await unit.session.get(FeedState, feed_id, with_for_update=True), unit.clock.now()
            if feed is None or feed.pause_reason is not None or not (is_resumed or feed.due_at <= now):
                return None, unit.tools
            feed.due_at = next_turn(now, timedelta(seconds=feed.every_seconds), chance=_CHANCE.random())
            feed.last_polled_at = now
            if feed.began_at is None:
                feed.began_at = now
                if feed.is_pushed:
                    open_check(unit, feed, since=_since(unit, feed))
            unit.session.add(feed)
            return _reading(unit, feed), unit.tools


async def list_page(reading: Reading, *, tools: IngestTools) -> Listed | Trouble:
    """One page, marked as read and not pushed; or what came instead of it."""
    try:
        account = await tools.accounts.by_id(reading.account_id)
    except NotFound:
        return Trouble(kind=TroubleKind.REFUSED, detail="the account was removed")
    lists = listing(tools.connectors[account.platform]) if account.platform in tools.connectors else None
    if lists is None:
        return Trouble(kind=TroubleKind.REFUSED, detail=f"nothing here lists {account.platform}")
    question = lists.list_feed(
        reading.name,
        since=reading.since,
        cursor=reading.cursor,
        access=access_of(account, tools.client),
        now=reading.asked_at,
    )
    listed = await ask(question, timeout_seconds=_PAGE_SECONDS)
    return listed if isinstance(listed, Trouble) else _as_polled(listed, account)


def source_of(account_id: str, platform: str, interactions: Sequence[Interaction], *, tools: IngestTools) -> Source:
    """What a page holds, to be published."""
    return Source(account_id=account_id, connector=tools.connectors[platform], interactions=interactions)


def _as_polled(listed: Listed, account: OpenAccount) -> Listed:
    polled = [msgspec.structs.replace(one, verified=Proof.POLLED, account=account.ref) for one in listed.interactions]
    return msgspec.structs.replace(listed, interactions=polled)


def _since(unit: IngestUnit, feed: FeedState) -> datetime:
    """From when on the list is wanted: what was read before is read again a little, or a lot where pushes get lost."""
    settings = unit.tools.settings
    if feed.is_pushed:
        return max(feed.read_until - settings.gap_window, feed.created_at)
    return feed.read_until - settings.feed_overlap


def _reading(unit: IngestUnit, feed: FeedState) -> Reading:
    return Reading(
        feed_id=feed.id,
        account_id=feed.account_id,
        name=feed.name,
        since=_since(unit, feed),
        cursor=feed.cursor,
        began_at=feed.began_at or unit.clock.now(),
        asked_at=unit.clock.now(),
    )


async def _take_in(unit: IngestUnit, reading: Reading, listed: Listed) -> Reading | None:
    """Publish a page and move on; None if there is nothing to go on with, or somebody else has gone on."""
    feed = await unit.session.get(FeedState, reading.feed_id, with_for_update=True)
    if feed is None or (feed.cursor, feed.began_at) != (reading.cursor, reading.began_at):
        return None
    wanted = _wanted(unit, feed, reading, listed)
    published = await publish(unit, [source_of(feed.account_id, feed.platform, wanted, tools=unit.tools)])
    if feed.check_id is not None:
        settled = [one for one in wanted if one.occurred_at <= _settled_until(unit, feed)]
        await count_page(unit, feed.check_id, settled, published)
    else:
        arrival = Arrival(account_id=feed.account_id, at=unit.clock.now(), interactions=len(published.new))
        await count_hours(unit.session, [arrival])
    feed.failure_count, feed.last_error = 0, None
    goes_on = listed.has_more and listed.cursor is not None and listed.cursor != feed.cursor
    if goes_on or feed.keeps_cursor:
        feed.cursor = listed.cursor if listed.cursor is not None else feed.cursor
    if not goes_on:
        await _end(unit, feed)
    unit.session.add(feed)
    return _reading(unit, feed) if goes_on and feed.pause_reason is None else None


def _wanted(unit: IngestUnit, feed: FeedState, reading: Reading, listed: Listed) -> Sequence[Interaction]:
    if not feed.is_pushed:
        return listed.interactions
    newest = _settled_until(unit, feed)
    return [
        one
        for one in listed.interactions
        # For what we said ourselves somebody may be waiting who does not know whether it arrived.
        if one.occurred_at >= reading.since and (one.occurred_at <= newest or one.direction is Direction.OUTBOUND)
    ]


def _settled_until(unit: IngestUnit, feed: FeedState) -> datetime:
    """What happened later may still be on its way to the hook; the next look sees it again, if it can look back."""
    return unit.clock.now() - (timedelta() if feed.keeps_cursor else unit.tools.settings.gap_grace)


async def _end(unit: IngestUnit, feed: FeedState) -> None:
    """The list is read to its end."""
    feed.read_until = max(feed.read_until, feed.began_at or feed.read_until)
    feed.began_at = None
    if not feed.keeps_cursor:
        feed.cursor = None
    if feed.check_id is not None:
        await close_check(unit, feed)


def _go_on_soon(feed_id: str) -> Apply[IngestUnit]:
    async def apply(unit: IngestUnit) -> None:
        due = update(FeedState).where(col(FeedState.id) == feed_id).values(due_at=unit.clock.now())
        await unit.session.execute(due)

    return apply


async def _meet_trouble(unit: IngestUnit, reading: Reading, trouble: Trouble) -> None:
    """Wait as long as the platform asks, ever longer while it fails, and for a person where it refuses."""
    if trouble.kind is TroubleKind.LIMITED:
        await _lock_all(unit, reading.account_id)
    feed = await unit.session.get(FeedState, reading.feed_id, with_for_update=True)
    if feed is None:
        return
    feed.last_error = trouble.detail
    match trouble.kind:
        case TroubleKind.LIMITED:
            await _hold_back(unit, feed, seconds=trouble.retry_after_seconds)
        case TroubleKind.REFUSED if reading.cursor is not None and not feed.keeps_cursor:
            # The list may have forgotten the way to that page, so it is read from its beginning.
            feed.cursor = None
            _fail(unit, feed, trouble)
        case TroubleKind.REFUSED:
            await _pause(unit, feed, trouble, reason=REFUSED)
        case TroubleKind.RECONNECT if await is_changing(unit, feed.account_id):
            _fail(unit, feed, trouble)
        case TroubleKind.RECONNECT:
            await _pause(unit, feed, trouble, reason=RECONNECT)
            await note_reconnect(unit, account_id=feed.account_id, detail=trouble.detail)
        case TroubleKind.AWAY:
            _fail(unit, feed, trouble)
    unit.session.add(feed)


def _fail(unit: IngestUnit, feed: FeedState, trouble: Trouble) -> None:
    feed.failure_count += 1
    every = timedelta(seconds=feed.every_seconds)
    pause = backoff(feed.failure_count, every, chance=_CHANCE.random())
    feed.due_at = unit.clock.now() + max(pause, timedelta(seconds=trouble.retry_after_seconds))


async def _lock_all(unit: IngestUnit, account_id: str) -> None:
    """Take the account's feeds in one order: several of them meet the same limit at the same time."""
    mine = select(col(FeedState.id)).where(col(FeedState.account_id) == account_id)
    await unit.session.execute(mine.order_by(col(FeedState.id)).with_for_update())


async def _hold_back(unit: IngestUnit, feed: FeedState, *, seconds: int) -> None:
    """The account has asked too often, so none of its feeds asks before the platform allows it."""
    until = unit.clock.now() + timedelta(seconds=seconds * _CHANCE.uniform(1.0, 1.1))
    feed.due_at = max(feed.due_at, until)
    earlier = (col(FeedState.account_id) == feed.account_id, col(FeedState.due_at) < until)
    await unit.session.execute(update(FeedState).where(*earlier).values(due_at=until))


async def _pause(unit: IngestUnit, feed: FeedState, trouble: Trouble, *, reason: str) -> None:
    feed.pause_reason = reason
    feed.failure_count += 1
    log.warning("feed_paused", feed_id=feed.id, account_id=feed.account_id, reason=reason)
    detail = f"{feed.name} is not read any more, because the platform refuses: {trouble.detail}"
    await note(
        unit,
        account_id=feed.account_id,
        brand=feed.brand,
        code="feed_paused",
        detail=detail,
        severity=Severity.ERROR,
    )
