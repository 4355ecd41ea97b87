"""Does the jobs that are due: claims them, runs their handlers outside any transaction, ends them within one.

A job is claimed for longer than its handler may take. So whoever comes across an expired lease knows that its worker is
gone or lost, and whoever has lost a lease cannot end the job any more. Several workers share one table safely.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Generic

import structlog

from huiying.clock import Clock
from huiying.db.engine import Database
from huiying.errors import Unavailable
from huiying.ids import new_id
from huiying.jobs import queue
from huiying.jobs.job import Handler, Job, Schedule, U
from huiying.jobs.runner import CONCLUDING, Runner
from huiying.observability.metrics import JOBS_DUE_AGE_SECONDS

log = structlog.get_logger(__name__)

KEPT_FOR = timedelta(days=30)
"""How long an ended job is remembered, and with it its dedupe key."""

_TIDY_EVERY = timedelta(hours=1)
_IDLE_SECONDS = 0.5


class JobWorker(Generic[U]):
    """Does the jobs of one service, for which it has handlers, until it is stopped."""

    def __init__(
        self,
        *,
        service: str,
        database: Database,
        open_unit: Callable[[], AbstractAsyncContextManager[U]],
        handlers: Mapping[str, Handler[U]],
        owner: str,
        clock: Clock,
        schedules: Sequence[Schedule] = (),
        stop_within: timedelta = timedelta(seconds=5),
    ) -> None:
        """`owner` names this process among its replicas. When stopped, handlers get `stop_within` to come to an end."""
        self._service = service
        self._database = database
        self._open_unit = open_unit
        self._handlers = handlers
        self._lease = f"{owner}/{new_id()}"
        self._clock = clock
        self._schedules = schedules
        self._stop_within = stop_within
        self._runner = Runner(service=service, open_unit=open_unit, clock=clock)
        self._running: dict[asyncio.Task[None], str] = {}
        self._claim_count = 0
        self._slots: dict[str, int] = {}
        self._tidied_at: datetime | None = None
        self._wake = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """There is something new: do not wait for the next look."""
        self._wake.set()

    def stop(self) -> None:
        """End `run`: claim nothing more, and let what runs come to its end."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Do what is due until stopped."""
        try:
            while not self._stopping:
                self._wake.clear()
                await self._look()
                await self._pause(_IDLE_SECONDS)
            await self._finish()
        finally:
            await self._abandon()

    async def run_due(self) -> int:
        """Do all that is due now, and what becomes due by it; how many attempts that were. For tests and tools."""
        attempts = 0
        while started := await self._start_due():
            attempts += started
            while self._running:
                await asyncio.wait(self._running)
        return attempts

    async def _look(self) -> None:
        try:
            await self._file_scheduled()
            await self._start_due()
            await self._tidy()
        except Unavailable as failure:
            log.warning("jobs_wait", service=self._service, reason=str(failure))

    async def _start_due(self) -> int:
        """Claim and start what is due, as far as there is room for its kind; how many."""
        now = self._clock.now()
        if not self._handlers:
            return 0
        async with self._database.reading() as session:
            due = await queue.oldest_due(session, kinds=list(self._handlers), now=now)
        age = max((now - since for since in due.values()), default=timedelta())
        JOBS_DUE_AGE_SECONDS.labels(service=self._service).set(age.total_seconds())
        busy = Counter(self._running.values())
        room = {kind: self._handlers[kind].concurrency - busy[kind] for kind in due}
        return sum([await self._start(kind, count, now) for kind, count in room.items() if count > 0])

    async def _start(self, kind: str, count: int, now: datetime) -> int:
        handler = self._handlers[kind]
        # Each claim is a lease of its own: the same worker that lost a job and claimed it anew is two different owners.
        self._claim_count += 1
        lease = f"{self._lease}/{self._claim_count}"
        lasting = handler.timeout + CONCLUDING
        async with self._database.writing() as session:
            jobs = await queue.claim(session, kind=kind, count=count, lease=lease, now=now, lasting=lasting)
        for job in jobs:
            self._spawn(job, handler)
        return len(jobs)

    def _spawn(self, job: Job, handler: Handler[U]) -> None:
        task = asyncio.create_task(self._runner.run(job, handler), name=f"job {job.kind} {job.number}")
        self._running[task] = job.kind
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("job_broke_off", exc_info=error)

    async def _file_scheduled(self) -> None:
        now = self._clock.now()
        for schedule in self._schedules:
            slot = int(now.timestamp() // schedule.every.total_seconds())
            if self._slots.get(schedule.kind) == slot:
                continue
            name = f"every:{schedule.kind}"
            async with self._open_unit() as unit:
                # If the one before has not ended yet, this one is left out.
                if not await queue.has_waiting(unit.session, queue=name):
                    await queue.add(unit, kind=schedule.kind, payload={}, queue=name, dedupe_key=f"{name}:{slot}")
            self._slots[schedule.kind] = slot

    async def _tidy(self) -> None:
        now = self._clock.now()
        if self._tidied_at is not None and now - self._tidied_at < _TIDY_EVERY:
            return
        async with self._database.writing() as session:
            await queue.forget_ended(session, before=now - KEPT_FOR)
        self._tidied_at = now

    async def _finish(self) -> None:
        if self._running:
            await asyncio.wait(self._running, timeout=self._stop_within.total_seconds())

    async def _abandon(self) -> None:
        """Break off what still runs. It is put back as interrupted, for the next worker to look into."""
        self._runner.hurry()
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
