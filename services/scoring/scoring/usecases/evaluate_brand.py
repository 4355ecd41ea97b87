"""Look whether a crisis starts, goes on or ends: a brand at a time, by one worker, however many replicas there are."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import anyio.to_thread
import msgspec
import structlog
from sqlalchemy import Row

from huiying import jobs
from huiying.clock import monotonic_seconds
from huiying.errors import Invalid, Unavailable
from huiying.jobs import Done, Job, Outcome
from huiying.jobs.queue import has_waiting
from huiying.outbox.unit import OpenUnit
from scoring.domain.alerts.alarm import Course, Standing, fold
from scoring.domain.alerts.coordination import WITHIN
from scoring.domain.alerts.counts import Counts, buckets, floored, folded
from scoring.domain.alerts.watch import WHOLE_BRAND, Watch
from scoring.domain.crises.buckets import BUCKET
from scoring.storage import alerts
from scoring.storage.counting import LATE, first_minute, forget_series, read_counts
from scoring.storage.unit import ScoringUnit
from scoring.storage.watching import campaigns_of, read_watches
from scoring.usecases.mark_coordinated import HOUR, mark_coordinated, naming_estimates
from scoring.usecases.tell_alarms import tell_alarms
from scoring.usecases.work_on_alerts import close_unwatched

log = structlog.get_logger(__name__)

EVALUATE = "evaluate"
FIND_DUE = "find_due"

_AT_ONCE = 1_000
_TURN_SECONDS = 10.0
_MARKING_SECONDS = 5.0
# Clocks of replicas differ a little, and no count may fall before a settled point without anybody noticing.
_SETTLES_AFTER = LATE + BUCKET
# A source may be late every minute, and what it has to do with must be judged all the same.
_LONGEST_WAIT = timedelta(minutes=15)

Minutes = Sequence[tuple[datetime, Counts]]


class EvaluateJob(msgspec.Struct, frozen=True):
    """Of which brand."""

    brand: str


async def find_due(_job: Job) -> Outcome[ScoringUnit]:
    """The job that looks for brands with something new."""
    return Done(apply=_find_due)


async def _find_due(unit: ScoringUnit) -> None:
    for brand in await alerts.due_brands(unit.session, now=unit.clock.now(), limit=_AT_ONCE):
        queue = f"{EVALUATE}:{brand}"
        if not await has_waiting(unit.session, queue=queue):
            await jobs.add(unit, kind=EVALUATE, payload=EvaluateJob(brand), queue=queue)


class EvaluateBrand:
    """The job for one brand. Each of its watches is a transaction, so that none holds up the counting for long."""

    def __init__(self, open_unit: OpenUnit[ScoringUnit], *, retention: timedelta) -> None:
        """`retention` is how long what was said is kept: only as far back can it be seen who repeats whom."""
        self._open_unit = open_unit
        self._retention = retention

    async def __call__(self, job: Job) -> Outcome[ScoringUnit]:
        brand = job.read(EvaluateJob).brand
        async with self._open_unit() as unit:
            now = unit.clock.now()
            due = await alerts.due_series(unit.session, brand, now=now)
            watches = (await read_watches(unit.session, {brand}))[brand]
            if gone := due - {watch.id for watch in watches}:
                # Who counted while a watch was taken away has brought its series back, which would be due for ever.
                await forget_series(unit.session, brand, gone)
            since = await _unsettled_since(unit, brand, due - gone)
        if due and since is not None:
            await self._mark_coordinated(brand, [watch.id for watch in watches], since=since, now=now)
        until = monotonic_seconds() + _TURN_SECONDS
        bugs: list[Exception] = []
        for watch in watches:
            # Judging weeks anew takes a second for each watch; what is left is still due, and found again.
            if watch.id in due and monotonic_seconds() < until:
                bugs += await self._evaluate(watch)
        if bugs:
            raise bugs[0]
        return Done()

    async def _evaluate(self, watch: Watch) -> list[Exception]:
        """What went wrong: what one series meets must not keep the others' alarms from coming."""
        try:
            async with self._open_unit() as unit:
                await evaluate(unit, watch)
        except Unavailable:
            raise
        except Exception as bug:  # noqa: BLE001 - raised once the other series have been judged
            return [bug]
        return []

    async def _mark_coordinated(self, brand: str, watch_ids: Sequence[str], *, since: datetime, now: datetime) -> None:
        """Before any of the series is judged, the last hours first: no length of a past may keep alarms from coming."""
        # Of an hour of which words are erased by now, what was seen while they were there stays.
        first = max(floored(now - self._retention + WITHIN + HOUR, HOUR), floored(since, HOUR))
        hour, until = floored(now, HOUR), monotonic_seconds() + _MARKING_SECONDS
        while hour >= first:
            if monotonic_seconds() > until:
                log.warning("coordination_seen_in_part", brand=brand, from_hour=hour + HOUR, wanted_from=first)
                return
            async with self._open_unit() as unit:
                await mark_coordinated(unit, brand, watch_ids=watch_ids, hour=hour)
            hour -= HOUR


async def evaluate(unit: ScoringUnit, watch: Watch) -> None:
    """Judge a watch's counts up to now, and tell what that means for its alarms."""
    series = await alerts.lock_series(unit.session, brand=watch.brand, watch_id=watch.id)
    if series is None or series.fill_id is not None:
        return
    waits_until, standing = _waits_until(series, unit), _kept(series)
    if standing is None and waits_until is not None:
        await _change(unit, watch, due_at=waits_until)
        return
    is_afresh = standing is None or _is_outdated(series, unit)
    since = await _first_bucket(unit, watch) if is_afresh else series.settled_at
    grace = unit.tools.settings.scoring_evaluation_grace
    until = floored(unit.clock.now() - grace, BUCKET)
    if since is None:
        # Nothing is kept that could still be an alarm, as where a watch looks for something else now.
        await close_unwatched(unit, watch.brand, {watch.id})
    if since is None or since >= until:
        await _change(unit, watch, due_at=None if since is None else since + BUCKET + grace)
        return
    settle = min(max(floored(unit.clock.now() - _SETTLES_AFTER, BUCKET), since), until)
    before = Standing() if is_afresh or standing is None else standing
    found = await _gone_through(unit, watch, before, since=since, settle=settle, until=until)
    await tell_alarms(unit, watch, found.course, since=since, until=until, muted_until=series.muted_until)
    await _change(
        unit,
        watch,
        due_at=waits_until or (until + BUCKET + grace if found.goes_on else None),
        **({"stale_at": None, "stale_since": None} if is_afresh else {}),
        # Only what is older than anything that may still come in time is settled.
        settled_at=settle if settle > since or not is_afresh else None,
        state=found.settled.to_bytes(),
    )


class _Found(NamedTuple):
    """Where a series stood when it was settled, where it has got to, and whether there is more to judge later."""

    settled: Standing
    course: Course
    goes_on: bool


async def _gone_through(
    unit: ScoringUnit, watch: Watch, before: Standing, *, since: datetime, settle: datetime, until: datetime
) -> _Found:
    minutes = await read_counts(unit.session, brand=watch.brand, watch_id=watch.id, since=since)
    settled = await _judged(unit, watch, before, minutes, since=since, until=settle)
    live = await _judged(unit, watch, settled.standing, minutes, since=settle, until=until)
    entries = await naming_estimates(unit, watch.brand, (*settled.entries, *live.entries))
    goes_on = live.standing.episode is not None or bool(minutes and minutes[-1][0] >= until)
    return _Found(settled.standing, Course(live.standing, entries, live.latest), goes_on)


async def _unsettled_since(unit: ScoringUnit, brand: str, watch_ids: Collection[str]) -> datetime | None:
    """From when on these series are to be judged; None where nothing was counted."""
    series = await alerts.series_of(unit.session, brand, watch_ids)
    if any(one.settled_at is None or _is_outdated(one, unit) for one in series):
        return await first_minute(unit.session, brand=brand, watch_id=WHOLE_BRAND)
    return min((one.settled_at for one in series), default=None)


def _is_outdated(series: Row[Any], unit: ScoringUnit) -> bool:
    """Whether what was judged is to be judged again, and nothing more of it has to be waited for."""
    return series.stale_at is not None and _waits_until(series, unit) is None


def _kept(series: Row[Any]) -> Standing | None:
    """Where the series was settled; None where it was not, or by a version that remembered something else."""
    if series.settled_at is None or series.state is None:
        return None
    try:
        return Standing.from_bytes(series.state)
    except Invalid:
        log.warning("series_judged_afresh", brand=series.brand, watch_id=series.watch_id)
        return None


def _waits_until(series: Row[Any], unit: ScoringUnit) -> datetime | None:
    """Until when old things may still be coming, as in a backfill or a replay; None where they are not.

    A series is judged from its beginning once they have stopped for a while: half of a past would make false alarms. If
    they do not stop, it is judged with what has come, and again when more has.
    """
    if series.stale_at is None:
        return None
    quiet: timedelta = unit.tools.settings.scoring_evaluation_every
    until: datetime = min(series.stale_at + quiet, series.stale_since + _LONGEST_WAIT)
    return until if until > unit.clock.now() else None


async def _first_bucket(unit: ScoringUnit, watch: Watch) -> datetime | None:
    found = await first_minute(unit.session, brand=watch.brand, watch_id=watch.id)
    return None if found is None else floored(found, BUCKET)


async def _judged(
    unit: ScoringUnit, watch: Watch, standing: Standing, minutes: Minutes, *, since: datetime, until: datetime
) -> Course:
    sums = folded(minutes, since=since, until=until)
    campaigns = await campaigns_of(unit.session, watch.brand, since=since)
    read = buckets(sums, since=since, campaigns=campaigns)
    # Weeks at once would hold up everybody else for a second.
    return await anyio.to_thread.run_sync(partial(fold, standing, read, sums, sensitivity=watch.sensitivity))


async def _change(unit: ScoringUnit, watch: Watch, **values: Any) -> None:
    await alerts.change_series(unit.session, brand=watch.brand, watch_id=watch.id, **values)
