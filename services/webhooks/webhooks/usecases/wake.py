"""See to it that somebody delivers what is due."""

from collections.abc import Collection
from datetime import timedelta

import msgspec
from sqlalchemy import or_, select

from huiying import jobs
from huiying.jobs import Done, Job, Outcome
from huiying.jobs.queue import has_waiting
from webhooks.domain.notification import QUEUED
from webhooks.domain.subscription import ACTIVE
from webhooks.storage.tables import NOTIFICATIONS, SUBSCRIPTIONS
from webhooks.storage.unit import WebhooksUnit

DELIVER = "deliver"
WAKE_DUE = "wake_due"
WAKE_EVERY = timedelta(seconds=5)

_AT_ONCE = 1_000


class DeliverJob(msgspec.Struct, frozen=True):
    """For which subscription."""

    subscription_id: str


async def wake(unit: WebhooksUnit, subscription_ids: Collection[str]) -> None:
    """File a job for each of these, unless one is waiting: of one subscription, one at a time delivers.

    A job that is just ending may overlook what comes at this moment; `wake_due` finds it a few seconds later.
    """
    for subscription_id in sorted(subscription_ids):
        if not await has_waiting(unit.session, queue=queue_of(subscription_id)):
            await wake_again(unit, subscription_id)


async def wake_again(unit: WebhooksUnit, subscription_id: str) -> None:
    """File a job behind the one that is about to end."""
    await jobs.add(unit, kind=DELIVER, payload=DeliverJob(subscription_id), queue=queue_of(subscription_id))


async def wake_due(_job: Job) -> Outcome[WebhooksUnit]:
    """The job that looks for what has become due."""
    return Done(apply=_wake_due)


async def _wake_due(unit: WebhooksUnit) -> None:
    now = unit.clock.now()
    query = (
        select(SUBSCRIPTIONS.c.id)
        .where(
            SUBSCRIPTIONS.c.status == ACTIVE,
            or_(SUBSCRIPTIONS.c.held_until.is_(None), SUBSCRIPTIONS.c.held_until <= now),
            SUBSCRIPTIONS.c.id.in_(
                select(NOTIFICATIONS.c.subscription_id).where(
                    NOTIFICATIONS.c.status == QUEUED, NOTIFICATIONS.c.due_at <= now
                )
            ),
        )
        .limit(_AT_ONCE)
    )
    await wake(unit, (await unit.session.execute(query)).scalars().all())


def queue_of(subscription_id: str) -> str:
    """The queue of the jobs for one subscription."""
    return f"deliver:{subscription_id}"
