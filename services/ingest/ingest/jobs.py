"""What the clock starts in ingest."""

from datetime import timedelta

from huiying.jobs.job import Handler, Schedule
from huiying.outbox.unit import OpenUnit
from huiying.service.definition import JobTable, Surroundings
from ingest.settings import IngestSettings
from ingest.storage.unit import IngestTools, IngestUnit
from ingest.usecases.forget_old import EVERY, FORGET_OLD, ForgetOld
from ingest.usecases.moderate import MODERATE, Moderate, give_up_moderating
from ingest.usecases.send_reply import SEND_REPLY, SendReply, give_up


def make_jobs(
    _tools: IngestTools, open_unit: OpenUnit[IngestUnit], _surroundings: Surroundings[IngestSettings]
) -> JobTable[IngestUnit]:
    """Sends, and the keeping of retention."""
    return JobTable(
        handlers={
            SEND_REPLY: Handler(run=SendReply(open_unit), on_failed=give_up, timeout=timedelta(seconds=20)),
            MODERATE: Handler(run=Moderate(open_unit), on_failed=give_up_moderating),
            FORGET_OLD: Handler(run=ForgetOld(open_unit)),
        },
        schedules=[Schedule(kind=FORGET_OLD, every=EVERY)],
    )
