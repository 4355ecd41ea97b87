"""Read an account's lists back to a day of somebody's choice, and publish what was missed. Safe to repeat."""

from datetime import datetime, timedelta

import msgspec

from huiying import jobs
from huiying.auth.principals import Permission, Principal
from huiying.errors import Conflict, Invalid, NotFound
from huiying.ids import new_id
from huiying.jobs.job import Done, Job, Outcome, Retry
from huiying.outbox.unit import OpenUnit
from ingest.clients.connectors.abilities import Listed
from ingest.storage.feed_tables import Backfill
from ingest.storage.tables import Account
from ingest.storage.unit import IngestUnit
from ingest.usecases.ask_platform import Trouble, TroubleKind
from ingest.usecases.keep_feeds import names_of_feeds
from ingest.usecases.poll_feed import Reading, list_page, source_of
from ingest.usecases.publish_interactions import publish
from ingest.usecases.tell_story import Severity, note

BACKFILL_ACCOUNT = "backfill_account"
QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"

_MOST_PAGES = 20
_FARTHEST = timedelta(days=3_660)


class NothingToList(Conflict):
    """The platform has no list that could be read back."""

    code = "nothing_to_list"


class BackfillJob(msgspec.Struct, frozen=True):
    """Which backfill goes on."""

    backfill_id: str


async def backfill_account(unit: IngestUnit, account: Account, *, since: datetime) -> Backfill:
    """A backfill that is about to begin.

    Raises Invalid for a day that is not in the past, NothingToList where there is no list.
    """
    now = unit.clock.now()
    if not now - _FARTHEST <= since < now:
        raise Invalid("since must lie in the past, within ten years", pointer="/since")
    feeds = await names_of_feeds(unit, account)
    if not feeds:
        raise NothingToList(f"{account.platform} has no list that could be read back")
    backfill = Backfill(
        id=new_id(),
        account_id=account.id,
        brand=account.brand,
        since=since,
        status=QUEUED,
        feeds=feeds,
        created_at=now,
    )
    unit.session.add(backfill)
    payload = BackfillJob(backfill_id=backfill.id)
    # Of an account, one backfill at a time.
    await jobs.add(unit, kind=BACKFILL_ACCOUNT, payload=payload, queue=f"backfill:{account.id}")
    return backfill


async def get_backfill(unit: IngestUnit, backfill_id: str, *, principal: Principal) -> Backfill:
    """A backfill that this principal may see.

    Raises NotFound, Forbidden.
    """
    backfill = await unit.session.get(Backfill, backfill_id)
    if backfill is None:
        raise NotFound(f"no backfill {backfill_id}")
    principal.demand(Permission.ACCOUNTS_READ, backfill.brand, what=f"backfill {backfill_id}")
    return backfill


class BackfillAccount:
    """The job that reads a backfill's next pages, each published and counted in one transaction."""

    def __init__(self, open_unit: OpenUnit[IngestUnit]) -> None:
        self._open_unit = open_unit

    async def __call__(self, job: Job) -> Outcome[IngestUnit]:
        backfill_id = job.read(BackfillJob).backfill_id
        for _ in range(_MOST_PAGES):
            async with self._open_unit() as unit:
                reading, tools = await _next(unit, backfill_id), unit.tools
            if reading is None:
                return Done()
            listed = await list_page(reading, tools=tools)
            if isinstance(listed, Trouble) and listed.kind in {TroubleKind.LIMITED, TroubleKind.AWAY}:
                after = timedelta(seconds=listed.retry_after_seconds) if listed.retry_after_seconds else None
                is_counted = listed.kind is TroubleKind.AWAY
                return Retry(reason=listed.detail, after=after, is_counted=is_counted)
            async with self._open_unit() as unit:
                await _take_in(unit, backfill_id, reading, listed)
        return Retry(reason="there is more to read", after=timedelta(), is_counted=False)


async def give_up_backfill(unit: IngestUnit, job: Job, reason: str) -> None:
    """The platform did not answer however often it was asked."""
    backfill = await unit.session.get(Backfill, job.read(BackfillJob).backfill_id)
    if backfill is not None:
        backfill.error = reason[:500]
        await _end(unit, backfill)


async def _next(unit: IngestUnit, backfill_id: str) -> Reading | None:
    backfill = await unit.session.get(Backfill, backfill_id)
    if backfill is None or backfill.status in {DONE, FAILED}:
        return None
    backfill.status = RUNNING
    unit.session.add(backfill)
    return Reading(
        feed_id=backfill.id,
        account_id=backfill.account_id,
        name=backfill.feeds[0],
        since=backfill.since,
        cursor=backfill.cursor,
        began_at=backfill.created_at,
        asked_at=unit.clock.now(),
    )


async def _take_in(unit: IngestUnit, backfill_id: str, reading: Reading, listed: Listed | Trouble) -> None:
    """Publish a page, and go on to the next page or the next list."""
    backfill = await unit.session.get(Backfill, backfill_id, with_for_update=True)
    if backfill is None or not backfill.feeds or (backfill.feeds[0], backfill.cursor) != (reading.name, reading.cursor):
        return
    backfill.page_count += 1
    if isinstance(listed, Trouble):
        # One list that is not ours to read does not keep us from the others.
        backfill.error = f"{reading.name}: {listed.detail}"[:500]
    else:
        await _publish(unit, backfill, listed)
    following = None if isinstance(listed, Trouble) or not listed.has_more else listed.cursor
    if following is not None and following != backfill.cursor:
        backfill.cursor = following
    else:
        backfill.cursor, backfill.feeds = None, backfill.feeds[1:]
    unit.session.add(backfill)
    if not backfill.feeds:
        await _end(unit, backfill)


async def _publish(unit: IngestUnit, backfill: Backfill, listed: Listed) -> None:
    account = await unit.session.get(Account, backfill.account_id)
    if account is None:
        return
    wanted = [one for one in listed.interactions if one.occurred_at >= backfill.since]
    published = await publish(unit, [source_of(account.id, account.platform, wanted, tools=unit.tools)])
    backfill.found += len({one.id for one in wanted})
    backfill.missing += len(published.new)


async def _end(unit: IngestUnit, backfill: Backfill) -> None:
    backfill.status, backfill.ended_at = FAILED if backfill.error else DONE, unit.clock.now()
    unit.session.add(backfill)
    counts = f"{backfill.missing} of {backfill.found} listed since {backfill.since:%Y-%m-%d %H:%M} were missing"
    await note(
        unit,
        account_id=backfill.account_id,
        brand=backfill.brand,
        code="backfilled",
        detail=f"{counts}; {backfill.error}" if backfill.error else counts,
        severity=Severity.WARNING if backfill.error else Severity.INFO,
    )
