"""The statements on the jobs table: adding, claiming, ending. Each is part of its caller's transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, delete, exists, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.db.statements import upsert
from huiying.db.types import UTCDateTime
from huiying.jobs.job import Job, Work
from huiying.jobs.tables import DONE, FAILED, JOBS, WAITING

_REASON_LENGTH = 500
_NOW = bindparam("now", type_=UTCDateTime())


async def add(
    unit: Work,
    *,
    kind: str,
    payload: Mapping[str, Any] | msgspec.Struct,
    due_at: datetime | None = None,
    queue: str | None = None,
    dedupe_key: str | None = None,
) -> bool:
    """File a job, due now unless `due_at` says later; whether it is new.

    Of one `queue`, a job is due only when all that were added before it have ended. A `dedupe_key` that is known, also
    that of an ended job, adds nothing. The payload holds ids, never what a person wrote.
    """
    now = unit.clock.now()
    row = {
        "kind": kind,
        "queue": queue,
        "dedupe_key": dedupe_key,
        "payload": msgspec.to_builtins(payload),
        "state": WAITING,
        "due_at": due_at or now,
        "attempt": 0,
        "was_interrupted": False,
        "created_at": now,
    }
    statement = upsert(unit.session, JOBS).values(row).on_conflict_do_nothing().returning(JOBS.c.number)
    is_new = (await unit.session.execute(statement)).scalar_one_or_none() is not None
    unit.has_added_jobs = unit.has_added_jobs or is_new
    return is_new


async def cancel(unit: Work, *, dedupe_key: str) -> bool:
    """Take back a job that nobody has begun; whether there was one. Its key may be used again."""
    statement = delete(JOBS).where(JOBS.c.dedupe_key == dedupe_key, JOBS.c.state == WAITING, JOBS.c.lease.is_(None))
    return (await unit.session.execute(statement.returning(JOBS.c.number))).scalar_one_or_none() is not None


async def oldest_due(session: AsyncSession, *, kinds: Sequence[str], now: datetime) -> dict[str, datetime]:
    """The kinds of which something is due, and since when."""
    row = (await session.execute(_oldest_of(tuple(kinds)), {_NOW.key: now})).one()
    return {kind: due_at for kind, due_at in zip(kinds, row, strict=True) if due_at is not None}


async def claim(
    session: AsyncSession, *, kind: str, count: int, lease: str, now: datetime, lasting: timedelta
) -> list[Job]:
    """Take up to `count` due jobs of this kind, the longest due first, for as long as `lasting`."""
    due = (
        select(JOBS.c.number)
        .where(JOBS.c.kind == kind, _is_due(now))
        .order_by(JOBS.c.due_at, JOBS.c.number)
        .limit(count)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    statement = (
        update(JOBS)
        .where(JOBS.c.number.in_(select(due.c.number)))
        .values(
            attempt=JOBS.c.attempt + 1,
            # A lease that nobody gave back belonged to a worker that did not come to its end.
            was_interrupted=or_(JOBS.c.was_interrupted, JOBS.c.lease.is_not(None)),
            lease=lease,
            leased_until=now + lasting,
        )
        .returning(JOBS.c.number, JOBS.c.queue, JOBS.c.payload, JOBS.c.attempt, JOBS.c.was_interrupted)
    )
    rows = sorted((await session.execute(statement)).all())
    return [
        Job(
            number=row.number,
            kind=kind,
            queue=row.queue,
            payload=row.payload,
            attempt=row.attempt,
            was_interrupted=row.was_interrupted,
            lease=lease,
        )
        for row in rows
    ]


async def end(session: AsyncSession, job: Job, *, now: datetime, failed_for: str | None = None) -> bool:
    """The job is over, done or failed; whether it was still this worker's to end."""
    state = DONE if failed_for is None else FAILED
    return await _release(session, job, state=state, ended_at=now, last_reason=_short(failed_for))


async def put_back(
    session: AsyncSession, job: Job, *, due_at: datetime, reason: str, outcome_unknown: bool, is_counted: bool
) -> bool:
    """The job is to be tried again; whether it was still this worker's to put back."""
    return await _release(
        session,
        job,
        due_at=due_at,
        attempt=job.attempt if is_counted else job.attempt - 1,
        was_interrupted=job.was_interrupted or outcome_unknown,
        last_reason=_short(reason),
    )


async def has_waiting(session: AsyncSession, *, queue: str) -> bool:
    """Whether any job of this queue has not ended."""
    statement = select(exists().where(JOBS.c.queue == queue, JOBS.c.state == WAITING))
    return bool((await session.execute(statement)).scalar_one())


async def forget_ended(session: AsyncSession, *, before: datetime, kinds: Sequence[str] = ()) -> None:
    """Remove the jobs, of all `kinds` or of these, that ended before then, and the memory of their dedupe keys."""
    old = [JOBS.c.ended_at < before, *([JOBS.c.kind.in_(kinds)] if kinds else [])]
    await session.execute(delete(JOBS).where(*old))


@cache
def _oldest_of(kinds: tuple[str, ...]) -> Select[Any]:
    # One look at the index for each kind, all in one statement: this is asked all the time, and built once.
    asked = (
        select(JOBS.c.due_at).where(JOBS.c.kind == kind, _is_due(_NOW)).order_by(JOBS.c.due_at).limit(1)
        for kind in kinds
    )
    return select(*(one.scalar_subquery() for one in asked))


def _is_due(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    older = JOBS.alias("older")
    is_behind = exists().where(older.c.queue == JOBS.c.queue, older.c.state == WAITING, older.c.number < JOBS.c.number)
    return and_(
        JOBS.c.state == WAITING,
        JOBS.c.due_at <= now,
        or_(JOBS.c.leased_until.is_(None), JOBS.c.leased_until <= now),
        or_(JOBS.c.queue.is_(None), ~is_behind),
    )


async def _release(session: AsyncSession, job: Job, **values: object) -> bool:
    mine = and_(JOBS.c.number == job.number, JOBS.c.lease == job.lease, JOBS.c.state == WAITING)
    statement = update(JOBS).where(mine).values(lease=None, leased_until=None, **values).returning(JOBS.c.number)
    return (await session.execute(statement)).scalar_one_or_none() is not None


def _short(reason: str | None) -> str | None:
    return reason if reason is None else reason[:_REASON_LENGTH]
