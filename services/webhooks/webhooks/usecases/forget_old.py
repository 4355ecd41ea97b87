"""Delete what is past its time."""

from datetime import timedelta

from sqlalchemy import delete, exists

from huiying.jobs import Done, Job, Outcome
from webhooks.storage.tables import MESSAGES, NOTIFICATIONS
from webhooks.storage.unit import WebhooksUnit

FORGET_OLD = "forget_old"
FORGET_EVERY = timedelta(minutes=10)


async def forget_old(_job: Job) -> Outcome[WebhooksUnit]:
    """The job that keeps retention."""
    return Done(apply=_forget)


async def _forget(unit: WebhooksUnit) -> None:
    before = unit.clock.now() - unit.tools.retention
    old = exists().where(MESSAGES.c.id == NOTIFICATIONS.c.message_id, MESSAGES.c.noted_at < before)
    await unit.session.execute(delete(NOTIFICATIONS).where(old))
    await unit.session.execute(delete(MESSAGES).where(MESSAGES.c.noted_at < before))
