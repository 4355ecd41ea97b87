"""Delete what is past its time."""

from datetime import timedelta

from sqlalchemy import delete, exists

from huiying.jobs import Done, Job, Outcome
from huiying.jobs.queue import forget_ended
from webhooks.storage.tables import MESSAGES, NOTIFICATIONS
from webhooks.storage.unit import WebhooksUnit
from webhooks.usecases.wake import DELIVER, WAKE_DUE

FORGET_OLD = "forget_old"
FORGET_EVERY = timedelta(minutes=10)

# These come every few seconds, and what came of them is in the log of notifications.
_FREQUENT = (DELIVER, WAKE_DUE)
_ENDED_KEPT = timedelta(hours=1)


async def forget_old(_job: Job) -> Outcome[WebhooksUnit]:
    """The job that keeps retention."""
    return Done(apply=_forget)


async def _forget(unit: WebhooksUnit) -> None:
    now = unit.clock.now()
    await forget_ended(unit.session, before=now - _ENDED_KEPT, kinds=_FREQUENT)
    before = now - unit.tools.retention
    old = exists().where(MESSAGES.c.id == NOTIFICATIONS.c.message_id, MESSAGES.c.noted_at < before)
    await unit.session.execute(delete(NOTIFICATIONS).where(old))
    await unit.session.execute(delete(MESSAGES).where(MESSAGES.c.noted_at < before))
