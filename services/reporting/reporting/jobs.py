"""What reporting does by the clock: it forgets the keys of what can no longer be told twice."""

from datetime import timedelta

from huiying.jobs import Done, Handler, Job, Outcome, Schedule
from huiying.outbox.unit import OpenUnit
from huiying.service.definition import JobTable, Surroundings
from reporting.settings import ReportingSettings
from reporting.storage.unit import ReportingUnit
from reporting.usecases.forget_known import forget_known

FORGET_KNOWN = "forget_known"


def make_jobs(
    _tools: None, _open_unit: OpenUnit[ReportingUnit], _surroundings: Surroundings[ReportingSettings]
) -> JobTable[ReportingUnit]:
    """Reporting's jobs."""
    return JobTable(
        handlers={FORGET_KNOWN: Handler(run=_forget, concurrency=1)},
        schedules=(Schedule(kind=FORGET_KNOWN, every=timedelta(hours=1)),),
    )


async def _forget(_job: Job) -> Outcome[ReportingUnit]:
    return Done(apply=forget_known)
