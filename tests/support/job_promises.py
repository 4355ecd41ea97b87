"""What the jobs table promises on every database; test modules import these for the `database` they provide."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from huiying.db.engine import Database
from huiying.jobs import Done, Handler, Job, JobWorker, Outcome, add
from huiying.jobs.tables import JOBS
from tests.support.clock import FrozenClock
from tests.support.eventually import eventually
from tests.support.work import Work, opener

Run = Callable[[Job], Awaitable[Outcome[Work]]]


def a_worker(
    database: Database, clock: FrozenClock, handlers: dict[str, Handler[Work]], **more: Any
) -> JobWorker[Work]:
    """A worker that knows these handlers."""
    options = {"owner": "one", "stop_within": timedelta(seconds=2), **more}
    open_unit = opener(database, clock)
    return JobWorker[Work](
        service="t", database=database, open_unit=open_unit, handlers=handlers, clock=clock, **options
    )


async def file(database: Database, clock: FrozenClock, kind: str = "send", **more: Any) -> bool:
    """Add one job in a transaction of its own."""
    async with opener(database, clock)() as unit:
        return await add(unit, kind=kind, **{"payload": {}, **more})


async def states(database: Database) -> list[str]:
    """The states of all jobs, in the order in which they were added."""
    async with database.reading() as session:
        return list((await session.execute(select(JOBS.c.state).order_by(JOBS.c.number))).scalars())


async def test_two_workers_do_each_job_once(database: Database) -> None:
    clock, done = FrozenClock(), Counter[int]()
    for number in range(60):
        await file(database, clock, payload={"n": number})

    async def run(job: Job) -> Outcome[Work]:
        done[job.payload["n"]] += 1
        await asyncio.wait({asyncio.ensure_future(database.ping())})
        return Done()

    handlers = {"send": Handler[Work](run=run, concurrency=4)}
    workers = [a_worker(database, clock, handlers, owner=name) for name in ("one", "two")]
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    await eventually(lambda: sum(done.values()) >= 60)
    for worker in workers:
        worker.stop()
    await asyncio.gather(*tasks)

    assert done == Counter(range(60))
    assert await states(database) == ["done"] * 60


async def test_two_workers_keep_the_order_of_each_queue(database: Database) -> None:
    clock, done = FrozenClock(), list[tuple[str, int]]()
    for number in range(30):
        queue = f"thread-{number % 3}"
        await file(database, clock, payload={"queue": queue, "n": number}, queue=queue)

    async def run(job: Job) -> Outcome[Work]:
        done.append((job.payload["queue"], job.payload["n"]))
        await asyncio.wait({asyncio.ensure_future(database.ping())})
        return Done()

    handlers = {"send": Handler[Work](run=run)}
    workers = [a_worker(database, clock, handlers, owner=name) for name in ("one", "two")]
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    await eventually(lambda: len(done) >= 30)
    for worker in workers:
        worker.stop()
    await asyncio.gather(*tasks)

    for queue in ("thread-0", "thread-1", "thread-2"):
        numbers = [number for name, number in done if name == queue]
        assert numbers == sorted(numbers)
    assert len(done) == 30


async def test_a_known_dedupe_key_adds_nothing_even_when_two_add_at_once(database: Database) -> None:
    clock = FrozenClock()

    added = await asyncio.gather(*(file(database, clock, dedupe_key="reply-1") for _ in range(5)))

    assert sorted(added) == [False] * 4 + [True]
    assert await states(database) == ["waiting"]


async def test_a_job_whose_lease_ran_out_is_offered_again_as_interrupted(database: Database) -> None:
    clock, seen = FrozenClock(), list[Job]()
    await file(database, clock)
    reached, never = asyncio.Event(), asyncio.Event()

    async def hang(_job: Job) -> Outcome[Work]:
        reached.set()
        await never.wait()
        return Done()

    async def look(job: Job) -> Outcome[Work]:
        seen.append(job)
        return Done()

    lost = a_worker(database, clock, {"send": Handler[Work](run=hang)})
    lost_task = asyncio.create_task(lost.run())
    await asyncio.wait_for(reached.wait(), 5)
    other = a_worker(database, clock, {"send": Handler[Work](run=look)}, owner="two")
    before = await other.run_due()
    clock.advance(timedelta(minutes=5))
    after = await other.run_due()

    assert (before, after) == (0, 1)
    assert (seen[0].attempt, seen[0].was_interrupted) == (2, True)
    never.set()
    lost.stop()
    await lost_task
    assert await states(database) == ["done"]
