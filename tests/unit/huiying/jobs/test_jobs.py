"""Due work: when it is done, how it comes out, and what is written with it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, select

from huiying.db.engine import Database
from huiying.errors import Conflict, Failure, Invalid, Unavailable
from huiying.jobs import Done, Failed, Handler, Job, Outcome, Retry, Schedule, add, cancel
from huiying.jobs.queue import forget_ended
from huiying.jobs.tables import JOBS
from tests.support.clock import FrozenClock
from tests.support.databases import sqlite
from tests.support.eventually import eventually
from tests.support.job_promises import *  # noqa: F403 - the promises that hold on every database
from tests.support.job_promises import Run, a_worker, file, states
from tests.support.work import Work, opener

METADATA = MetaData()
RESULTS = Table("results", METADATA, Column("id", Integer, primary_key=True), Column("what", String, nullable=False))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with sqlite(tmp_path, METADATA) as database:
        yield database


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


class Sending:
    """A handler that does as it was told, one step an attempt, and remembers the jobs it was given."""

    def __init__(self, *steps: Outcome[Work] | Exception) -> None:
        self.steps = list(steps)
        self.jobs: list[Job] = []

    async def __call__(self, job: Job) -> Outcome[Work]:
        self.jobs.append(job)
        step = self.steps.pop(0) if self.steps else Done[Work]()
        if isinstance(step, Exception):
            raise step
        return step


def writing(what: str) -> Callable[[Work], Awaitable[None]]:
    async def write(unit: Work) -> None:
        await unit.session.execute(RESULTS.insert().values(what=what))

    return write


async def failed(unit: Work, job: Job, reason: str) -> None:
    await unit.session.execute(RESULTS.insert().values(what=f"{job.kind} failed: {reason}"))


def sending(run: Run, **more: object) -> dict[str, Handler[Work]]:
    return {"send": Handler[Work](run=run, on_failed=failed, **more)}  # type: ignore[arg-type] # options of the case


async def results(database: Database) -> list[str]:
    async with database.reading() as session:
        return list((await session.execute(select(RESULTS.c.what))).scalars())


async def test_a_job_is_done_once_it_is_due(database: Database, clock: FrozenClock) -> None:
    worker = a_worker(database, clock, sending(Sending()))
    await file(database, clock, due_at=clock.now() + timedelta(minutes=1))

    early = await worker.run_due()
    clock.advance(timedelta(minutes=1))
    later = await worker.run_due()

    assert (early, later) == (0, 1)


async def test_a_job_is_added_with_its_transaction_or_not_at_all(database: Database, clock: FrozenClock) -> None:
    async def refused() -> None:
        async with opener(database, clock)() as unit:
            await add(unit, kind="send", payload={})
            assert unit.has_added_jobs
            raise Conflict("no")

    with pytest.raises(Conflict):
        await refused()

    assert await states(database) == []


async def test_what_a_handler_wants_written_is_written_with_the_end_of_the_job(
    database: Database, clock: FrozenClock
) -> None:
    await file(database, clock)

    await a_worker(database, clock, sending(Sending(Done(apply=writing("sent"))))).run_due()

    assert (await states(database), await results(database)) == (["done"], ["sent"])


async def test_if_that_cannot_be_written_the_job_is_not_done_either(database: Database, clock: FrozenClock) -> None:
    async def breaks(unit: Work) -> None:
        await unit.session.execute(RESULTS.insert().values(what="half"))
        raise RuntimeError("a bug")

    handler = Sending(Done(apply=breaks))
    await file(database, clock)
    worker = a_worker(database, clock, sending(handler))

    await worker.run_due()
    broken = (await states(database), await results(database))
    clock.advance(timedelta(minutes=1))
    await worker.run_due()

    assert broken == (["waiting"], [])
    assert handler.jobs[1].was_interrupted
    assert await states(database) == ["done"]


async def test_only_the_head_of_a_queue_is_due(database: Database, clock: FrozenClock) -> None:
    handler = Sending(Retry(reason="busy", after=timedelta(minutes=1)))
    worker = a_worker(database, clock, sending(handler))
    for number in range(3):
        await file(database, clock, queue="thread", payload={"n": number})
    await file(database, clock, queue="another", payload={"n": 9})

    await worker.run_due()
    meanwhile = [job.payload["n"] for job in handler.jobs]
    clock.advance(timedelta(minutes=1))
    await worker.run_due()

    assert meanwhile == [0, 9]
    assert [job.payload["n"] for job in handler.jobs[2:]] == [0, 1, 2]


async def test_a_failed_job_lets_the_next_of_its_queue_pass(database: Database, clock: FrozenClock) -> None:
    await file(database, clock, queue="thread")
    await file(database, clock, queue="thread")

    await a_worker(database, clock, sending(Sending(Failed(reason="no")))).run_due()

    assert await states(database) == ["failed", "done"]


@pytest.mark.parametrize(
    ("step", "state", "is_interrupted"),
    [
        (Conflict("the thread is closed"), "failed", None),
        (Unavailable("the platform is away"), "waiting", False),
        (Failure("no answer"), "waiting", True),
        (RuntimeError("a bug"), "waiting", True),
        (TimeoutError(), "waiting", True),
        (Retry(reason="busy"), "waiting", False),
        (Retry(reason="no answer", outcome_unknown=True), "waiting", True),
    ],
)
async def test_what_a_handler_raises_is_an_outcome_too(
    database: Database, clock: FrozenClock, step: Outcome[Work] | Exception, state: str, is_interrupted: bool | None
) -> None:
    handler = Sending(step)
    await file(database, clock)
    worker = a_worker(database, clock, sending(handler))

    await worker.run_due()
    found = await states(database)
    clock.advance(timedelta(hours=1))
    await worker.run_due()

    assert found == [state]
    assert [job.was_interrupted for job in handler.jobs[1:]] == ([] if is_interrupted is None else [is_interrupted])


async def test_a_job_that_was_interrupted_once_stays_so(database: Database, clock: FrozenClock) -> None:
    handler = Sending(Failure("no answer"), Unavailable("away"), Unavailable("away"))
    await file(database, clock)
    worker = a_worker(database, clock, sending(handler))

    for _ in range(4):
        await worker.run_due()
        clock.advance(timedelta(hours=1))

    assert [(job.attempt, job.was_interrupted) for job in handler.jobs] == [(1, False), (2, True), (3, True), (4, True)]


async def test_a_handler_that_takes_too_long_is_broken_off(database: Database, clock: FrozenClock) -> None:
    async def hang(_job: Job) -> Outcome[Work]:
        await asyncio.Event().wait()
        return Done()

    await file(database, clock)

    await a_worker(database, clock, sending(hang, timeout=timedelta(milliseconds=20), max_attempts=1)).run_due()

    assert await states(database) == ["failed"]


async def test_out_of_attempts_a_job_fails_and_says_so(database: Database, clock: FrozenClock) -> None:
    handler = Sending(*[Unavailable("away")] * 5)
    await file(database, clock)
    worker = a_worker(database, clock, sending(handler, max_attempts=3))

    for _ in range(5):
        await worker.run_due()
        clock.advance(timedelta(hours=1))

    assert len(handler.jobs) == 3
    assert await states(database) == ["failed"]
    assert await results(database) == ["send failed: out of attempts; the last: unavailable: away"]


async def test_waiting_for_a_rate_limit_uses_up_no_attempt(database: Database, clock: FrozenClock) -> None:
    handler = Sending(*[Retry[Work](reason="rate", after=timedelta(seconds=1), is_counted=False)] * 5)
    await file(database, clock)
    worker = a_worker(database, clock, sending(handler, max_attempts=2))

    for _ in range(6):
        await worker.run_due()
        clock.advance(timedelta(seconds=1))

    assert await states(database) == ["done"]
    assert {job.attempt for job in handler.jobs} == {1}


async def test_a_job_that_kills_its_worker_each_time_is_given_up(database: Database, clock: FrozenClock) -> None:
    handler = Sending()
    await file(database, clock)
    async with database.writing() as session:
        await session.execute(JOBS.update().values(attempt=3, lease="gone", leased_until=clock.now()))

    await a_worker(database, clock, sending(handler, max_attempts=3)).run_due()

    assert handler.jobs == []
    assert await results(database) == ["send failed: no attempt came to its end"]


async def test_retries_wait_longer_each_time_up_to_a_limit(database: Database, clock: FrozenClock) -> None:
    handler = Sending(*[Unavailable("away")] * 8)
    await file(database, clock)
    worker = a_worker(
        database, clock, sending(handler, first_backoff=timedelta(seconds=10), longest_backoff=timedelta(minutes=1))
    )
    waits = []

    for _ in range(8):
        await worker.run_due()
        async with database.reading() as session:
            due_at = (await session.execute(select(JOBS.c.due_at))).scalar_one()
        waits.append((due_at - clock.now()).total_seconds())
        clock.advance(timedelta(hours=1))

    assert all(low <= wait <= 2 * low for wait, low in zip(waits, [5, 10, 20, 30, 30, 30, 30, 30], strict=True))


async def test_a_worker_that_lost_its_lease_writes_nothing(database: Database, clock: FrozenClock) -> None:
    await file(database, clock)

    async def loses(job: Job) -> Outcome[Work]:
        async with database.writing() as session:
            await session.execute(JOBS.update().values(lease="another"))
        return Done(apply=writing("sent"))

    await a_worker(database, clock, sending(loses)).run_due()

    assert (await states(database), await results(database)) == (["waiting"], [])


async def test_a_stopped_worker_puts_back_what_it_broke_off(database: Database, clock: FrozenClock) -> None:
    reached = asyncio.Event()

    async def hang(_job: Job) -> Outcome[Work]:
        reached.set()
        await asyncio.Event().wait()
        return Done()

    await file(database, clock)
    worker = a_worker(database, clock, sending(hang), stop_within=timedelta(milliseconds=50))
    task = asyncio.create_task(worker.run())
    await asyncio.wait_for(reached.wait(), 5)

    worker.stop()
    await asyncio.wait_for(task, 5)

    handler = Sending()
    assert await a_worker(database, clock, sending(handler), owner="two").run_due() == 1
    assert (handler.jobs[0].attempt, handler.jobs[0].was_interrupted) == (1, True)


async def test_one_slow_kind_does_not_hold_up_another(database: Database, clock: FrozenClock) -> None:
    running, most, never = 0, 0, asyncio.Event()

    async def hang(_job: Job) -> Outcome[Work]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await never.wait()
        return Done()

    quick = Sending()
    handlers = {"slow": Handler[Work](run=hang, concurrency=2), "quick": Handler[Work](run=quick, concurrency=1)}
    for _ in range(5):
        await file(database, clock, "slow")
    for _ in range(5):
        await file(database, clock, "quick")
    worker = a_worker(database, clock, handlers)
    task = asyncio.create_task(worker.run())

    await eventually(lambda: len(quick.jobs) == 5)

    assert most == 2
    never.set()
    await eventually(lambda: running == 5)
    worker.stop()
    await task


async def test_waking_a_worker_makes_it_look_at_once(database: Database, clock: FrozenClock) -> None:
    handler = Sending()
    worker = a_worker(database, clock, sending(handler))
    task = asyncio.create_task(worker.run())
    await file(database, clock)

    worker.wake()

    await eventually(lambda: len(handler.jobs) == 1)
    worker.stop()
    await task


async def test_a_schedule_files_one_job_a_slot_however_many_replicas(database: Database, clock: FrozenClock) -> None:
    handler = Sending()
    schedule = Schedule(kind="send", every=timedelta(minutes=5))
    workers = [a_worker(database, clock, sending(handler), owner=name, schedules=[schedule]) for name in ("one", "two")]
    tasks = [asyncio.create_task(worker.run()) for worker in workers]

    await eventually(lambda: len(handler.jobs) == 1)
    clock.advance(timedelta(minutes=17))
    await eventually(lambda: len(handler.jobs) == 2)
    for worker in workers:
        worker.stop()
    await asyncio.gather(*tasks)

    assert await states(database) == ["done", "done"]


async def test_a_job_that_nobody_has_begun_can_be_taken_back(database: Database, clock: FrozenClock) -> None:
    await file(database, clock, dedupe_key="timer-1", due_at=clock.now() + timedelta(hours=1))

    async with opener(database, clock)() as unit:
        taken_back = await cancel(unit, dedupe_key="timer-1")
        again = await cancel(unit, dedupe_key="timer-1")

    assert (taken_back, again) == (True, False)
    assert await file(database, clock, dedupe_key="timer-1")


async def test_ended_jobs_are_forgotten_after_their_time(database: Database, clock: FrozenClock) -> None:
    await file(database, clock)
    await a_worker(database, clock, sending(Sending())).run_due()
    await file(database, clock)

    async with database.writing() as session:
        await forget_ended(session, before=clock.now() + timedelta(seconds=1))

    assert await states(database) == ["waiting"]


class Payload(msgspec.Struct):
    reply_id: str


async def test_a_payload_comes_back_as_the_struct_it_was(database: Database, clock: FrozenClock) -> None:
    handler = Sending()
    await file(database, clock, payload=Payload("r1"))

    await a_worker(database, clock, sending(handler)).run_due()

    assert handler.jobs[0].read(Payload) == Payload("r1")
    with pytest.raises(Invalid):
        msgspec.structs.replace(handler.jobs[0], payload={}).read(Payload)
