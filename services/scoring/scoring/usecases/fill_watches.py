"""Count for watches that are new what was said before there was such a watch, a piece at a time."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

import anyio.to_thread
import msgspec
import structlog

from huiying import jobs
from huiying.ids import new_id
from huiying.jobs import Done, Job, Outcome
from scoring.domain.alerts.counts import KEPT, additions
from scoring.domain.alerts.watch import Watch
from scoring.storage.counting import add_counts
from scoring.storage.filling import (
    Position,
    Remembered,
    anything_remembered,
    begin_filling,
    end_filling,
    filled_by,
    list_anew,
    remembered_after,
)
from scoring.storage.observations import listed
from scoring.storage.unit import ScoringUnit
from scoring.storage.watching import hold_watches, read_watches

log = structlog.get_logger(__name__)

FILL = "fill"

_PIECE = 2_000
"""So much that was said is looked at in one transaction: a fraction of a second."""

# Longer than any transaction lasts: who is counting knows only the watches that were there when they began.
_OTHERS_ARE_COUNTING = timedelta(minutes=1)


class FillJob(msgspec.Struct, frozen=True, kw_only=True):
    """Of which brand, for which series, watched since when, and up to where the past is counted."""

    brand: str
    fill_id: str
    watched_since: datetime
    after_at: datetime
    after_key: bytes = b""


async def fill_watches(unit: ScoringUnit, brand: str, watch_ids: Collection[str]) -> None:
    """Have all that is remembered of a brand counted for these watches, of which nothing is; then they are judged."""
    if not watch_ids:
        return
    now, fill_id = unit.clock.now(), new_id()
    await begin_filling(unit.session, brand, watch_ids, fill_id=fill_id)
    if not await anything_remembered(unit.session, brand):
        await end_filling(unit.session, brand, fill_id=fill_id, now=now)
        return
    job = FillJob(brand=brand, fill_id=fill_id, watched_since=now, after_at=now - KEPT)
    await _go_on(unit, job, due_at=now + _OTHERS_ARE_COUNTING)


async def fill_piece(job: Job) -> Outcome[ScoringUnit]:
    """The job that counts one piece of the past, and asks for the next."""
    return Done(apply=partial(_fill, job=job.read(FillJob)))


async def give_up(unit: ScoringUnit, job: Job, _reason: str) -> None:
    """A piece that cannot be counted keeps no watch from being judged by the rest."""
    fill = job.read(FillJob)
    await end_filling(unit.session, fill.brand, fill_id=fill.fill_id, now=unit.clock.now())


async def _fill(unit: ScoringUnit, *, job: FillJob) -> None:
    await hold_watches(unit.session, job.brand)
    waiting = await filled_by(unit.session, job.brand, fill_id=job.fill_id)
    watches = [watch for watch in (await read_watches(unit.session, {job.brand}))[job.brand] if watch.id in waiting]
    if not watches:
        # All of them look for something else again, or are gone.
        return
    piece = await remembered_after(unit.session, job.brand, after=Position(job.after_at, job.after_key), limit=_PIECE)
    found = await anyio.to_thread.run_sync(partial(_found, piece, watches, watched_since=job.watched_since))
    await list_anew(unit.session, _changes(found, {watch.id for watch in watches}))
    await add_counts(unit.session, additions(found))
    if len(piece) == _PIECE:
        await _go_on(unit, msgspec.structs.replace(job, after_at=piece[-1].occurred_at, after_key=piece[-1].key))
        return
    await end_filling(unit.session, job.brand, fill_id=job.fill_id, now=unit.clock.now())
    log.info("watches_filled", brand=job.brand, watch_count=len(watches))


def _found(
    piece: Sequence[Remembered], watches: Sequence[Watch], *, watched_since: datetime
) -> list[tuple[Remembered, list[Watch]]]:
    """What is to be counted, and for which of these watches; not what was counted for them as it came."""
    ours = {watch.id for watch in watches}
    return [
        (one, [watch for watch in watches if watch.matches(one)])
        for one in piece
        if one.noted_at < watched_since or not one.watches & ours
    ]


def _changes(
    found: Iterable[tuple[Remembered, Sequence[Watch]]], ours: Collection[str]
) -> Iterator[tuple[Remembered, str]]:
    for one, theirs in found:
        watches = one.watches.difference(ours).union(watch.id for watch in theirs)
        if watches != one.watches:
            yield one, listed(sorted(watches))


async def _go_on(unit: ScoringUnit, job: FillJob, *, due_at: datetime | None = None) -> None:
    await jobs.add(unit, kind=FILL, payload=job, queue=f"{FILL}:{job.brand}", due_at=due_at)
