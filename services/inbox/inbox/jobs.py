"""What the clock starts in the inbox."""

import msgspec

from huiying.jobs.job import Done, Handler, Job, Outcome
from huiying.outbox.unit import OpenUnit
from huiying.service.definition import JobTable, Surroundings
from inbox.settings import InboxSettings
from inbox.storage.unit import InboxTools, InboxUnit
from inbox.usecases.resolve_thread import WAKE_THREAD, wake_thread


class WakeThread(msgspec.Struct, frozen=True):
    """The thread whose time may have come."""

    thread_id: str


def job_table(
    _tools: InboxTools, _open_unit: OpenUnit[InboxUnit], _surroundings: Surroundings[InboxSettings]
) -> JobTable[InboxUnit]:
    """The inbox's jobs."""
    return JobTable(handlers={WAKE_THREAD: Handler(run=_wake)})


async def _wake(job: Job) -> Outcome[InboxUnit]:
    thread_id = job.read(WakeThread).thread_id

    async def apply(unit: InboxUnit) -> None:
        await wake_thread(unit, thread_id)

    return Done(apply=apply)
