"""Delete what is past its time: raw bodies, echoes, old changes and answers."""

from datetime import timedelta

from sqlalchemy import delete
from sqlmodel import col

from huiying.http.idempotency import forget_expired
from huiying.jobs.job import Done, Job, Outcome
from huiying.outbox import changes
from huiying.outbox.unit import OpenUnit
from ingest.storage.tables import Delivery, Echo
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
    now = unit.clock.now()
    before = now - unit.tools.delivery_retention
    await unit.session.execute(delete(Delivery).where(col(Delivery.received_at) < before))
    await unit.session.execute(delete(Echo).where(col(Echo.occurred_at) < before))
    await changes.forget_old(unit.session, now=now)
    await forget_expired(unit.session, now=now)
