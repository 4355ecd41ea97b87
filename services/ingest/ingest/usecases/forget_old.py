"""Delete what is past its time: raw bodies, echoes, and the words of replies."""

from datetime import timedelta

from sqlalchemy import delete, update
from sqlmodel import col

from huiying.jobs.job import Done, Job, Outcome
from huiying.outbox.unit import OpenUnit
from ingest.storage.tables import Allowance, Delivery, Echo, Send
from ingest.storage.unit import IngestUnit

FORGET_OLD = "forget_old"
EVERY = timedelta(minutes=10)


class ForgetOld:
    """The job that keeps retention."""

    def __init__(self, open_unit: OpenUnit[IngestUnit]) -> None:
        self._open_unit = open_unit

    async def __call__(self, _job: Job) -> Outcome[IngestUnit]:
        return Done(apply=_forget)


async def _forget(unit: IngestUnit) -> None:
    before = unit.clock.now() - unit.tools.delivery_retention
    await unit.session.execute(delete(Delivery).where(col(Delivery.received_at) < before))
    await unit.session.execute(delete(Echo).where(col(Echo.occurred_at) < before))
    await unit.session.execute(delete(Allowance).where(col(Allowance.whole_at) < before))
    # That a reply was sent stays known for good, or asked for again it would be sent again.
    await unit.session.execute(
        update(Send).where(col(Send.ended_at) < before, col(Send.request) != "").values(request="")
    )
