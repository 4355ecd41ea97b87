"""What the clock starts in webhooks."""

from huiying.jobs import Handler, Schedule
from huiying.outbox.unit import OpenUnit
from huiying.service.definition import JobTable, Surroundings
from webhooks.settings import WebhooksSettings
from webhooks.storage.unit import WebhooksTools, WebhooksUnit
from webhooks.usecases.deliver import JOB_TIMEOUT, Deliver
from webhooks.usecases.forget_old import FORGET_EVERY, FORGET_OLD, forget_old
from webhooks.usecases.wake import DELIVER, WAKE_DUE, WAKE_EVERY, wake_due


def make_jobs(
    tools: WebhooksTools, open_unit: OpenUnit[WebhooksUnit], _surroundings: Surroundings[WebhooksSettings]
) -> JobTable[WebhooksUnit]:
    """Deliveries, the look-out for what has become due, and the keeping of retention."""
    return JobTable(
        handlers={
            DELIVER: Handler(run=Deliver(open_unit, tools), timeout=JOB_TIMEOUT, concurrency=32),
            WAKE_DUE: Handler(run=wake_due),
            FORGET_OLD: Handler(run=forget_old),
        },
        schedules=[Schedule(kind=WAKE_DUE, every=WAKE_EVERY), Schedule(kind=FORGET_OLD, every=FORGET_EVERY)],
    )
