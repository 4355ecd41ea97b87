"""One claimed job, from its handler to its end in the database."""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any, Generic

import structlog

from huiying.clock import Clock, monotonic_seconds
from huiying.errors import Failure, Rejected, Unavailable
from huiying.jobs import queue
from huiying.jobs.job import Done, Failed, Handler, Job, Outcome, Retry, U
from huiying.observability.metrics import JOBS_DONE

log = structlog.get_logger(__name__)

CONCLUDING = timedelta(seconds=15)
"""How much longer than its handler's timeout a lease lasts: the time there is for writing the end of a job."""

_PATIENCE_SECONDS = 10.0
_PAUSE_SECONDS = 0.5
_STOPPED = Retry[Any](reason="stopped", after=timedelta(), outcome_unknown=True, is_counted=False)
_JITTER = secrets.SystemRandom()


class Runner(Generic[U]):
    """Runs handlers, and writes what came of it together with what the handler wants written."""

    def __init__(self, *, service: str, open_unit: Callable[[], AbstractAsyncContextManager[U]], clock: Clock) -> None:
        self._service = service
        self._open_unit = open_unit
        self._clock = clock
        self._hurry = asyncio.Event()

    def hurry(self) -> None:
        """The process is about to stop: wait for nothing."""
        self._hurry.set()

    async def run(self, job: Job, handler: Handler[U]) -> None:
        """Do the job and end it, or put it back. If cancelled, it is put back as interrupted."""
        with structlog.contextvars.bound_contextvars(job=job.number, kind=job.kind, attempt=job.attempt):
            try:
                outcome = await self._attempt(job, handler)
            except asyncio.CancelledError:
                await self._conclude(job, handler, _STOPPED)
                raise
            await self._conclude(job, handler, outcome)

    async def _attempt(self, job: Job, handler: Handler[U]) -> Outcome[U]:
        if job.attempt > handler.max_attempts:
            return Failed(reason="no attempt came to its end")
        try:
            async with asyncio.timeout(handler.timeout.total_seconds()):
                return await handler.run(job)
        except TimeoutError:
            return Retry(reason=f"not done within {handler.timeout}", outcome_unknown=True)
        except Failure as failure:
            return _outcome_of(failure, job, handler)
        except Exception as bug:
            log.exception("job_met_a_bug")
            return Retry(reason=f"bug: {type(bug).__name__}", outcome_unknown=True)

    async def _conclude(self, job: Job, handler: Handler[U], outcome: Outcome[U]) -> None:
        """Write the end of the job, while the lease lasts."""
        settled = _settled(job, handler, outcome)
        until = monotonic_seconds() + _PATIENCE_SECONDS
        while True:
            try:
                is_mine = await self._write(job, handler, settled)
                break
            except Unavailable as failure:
                if monotonic_seconds() > until or self._hurry.is_set():
                    # The lease runs out, and the next worker is told that this attempt was interrupted.
                    log.warning("job_end_not_written", reason=str(failure))
                    return
                await self._pause()
            except Exception:
                log.exception("job_end_met_a_bug")
                unwritten: Retry[U] = Retry(reason="bug: its end could not be written", outcome_unknown=True)
                if isinstance(settled, Failed):
                    # Not even the failure can be told: end it without, or it would come back for ever.
                    settled = Failed(reason=settled.reason, apply=_nothing)
                else:
                    settled = _settled(job, handler, unwritten)
        self._tell(job, settled, is_mine=is_mine)

    async def _write(self, job: Job, handler: Handler[U], outcome: Outcome[U]) -> bool:
        async with self._open_unit() as unit:
            if isinstance(outcome, Retry):
                due_at = self._clock.now() + (_backoff(job, handler) if outcome.after is None else outcome.after)
                is_mine = await queue.put_back(
                    unit.session,
                    job,
                    due_at=due_at,
                    reason=outcome.reason,
                    outcome_unknown=outcome.outcome_unknown,
                    is_counted=outcome.is_counted,
                )
            else:
                failed_for = outcome.reason if isinstance(outcome, Failed) else None
                is_mine = await queue.end(unit.session, job, now=self._clock.now(), failed_for=failed_for)
            if is_mine:
                await _apply(unit, job, handler, outcome)
            return is_mine

    def _tell(self, job: Job, outcome: Outcome[U], *, is_mine: bool) -> None:
        name = type(outcome).__name__.lower() if is_mine else "lost"
        JOBS_DONE.labels(service=self._service, kind=job.kind, outcome=name).inc()
        if not is_mine:
            log.warning("job_lease_lost")
        elif not isinstance(outcome, Done):
            log.info("job_not_done", outcome=name, reason=outcome.reason)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(_PAUSE_SECONDS):
                await self._hurry.wait()
        except TimeoutError:
            return


def _outcome_of(failure: Failure, job: Job, handler: Handler[U]) -> Outcome[U]:
    """What a handler means by raising this."""
    reason = f"{failure.code}: {failure}"
    if isinstance(failure, Rejected):
        return Failed(reason=reason)
    if isinstance(failure, Unavailable):
        after = max(_backoff(job, handler), timedelta(seconds=failure.retry_after_seconds))
        return Retry(reason=reason, after=after)
    return Retry(reason=reason, outcome_unknown=True)


def _settled(job: Job, handler: Handler[U], outcome: Outcome[U]) -> Outcome[U]:
    """The outcome, once it is known whether there is another attempt."""
    if isinstance(outcome, Retry) and outcome.is_counted and job.attempt >= handler.max_attempts:
        return Failed(reason=f"out of attempts; the last: {outcome.reason}")
    return outcome


async def _apply(unit: U, job: Job, handler: Handler[U], outcome: Outcome[U]) -> None:
    if outcome.apply is not None:
        await outcome.apply(unit)
    elif isinstance(outcome, Failed) and handler.on_failed is not None:
        await handler.on_failed(unit, job, outcome.reason)


async def _nothing(_unit: object) -> None:
    return


def _backoff(job: Job, handler: Handler[U]) -> timedelta:
    """Twice as long each time, up to the handler's limit, and half of it left to chance."""
    doubled: timedelta = handler.first_backoff * 2.0 ** min(job.attempt - 1, 30)
    return min(doubled, handler.longest_backoff) * _JITTER.uniform(0.5, 1.0)
