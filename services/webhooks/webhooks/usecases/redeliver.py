"""Send again, and send on trial."""

from datetime import datetime

import msgspec
from sqlalchemy import insert, select, update
from sqlmodel import col

from huiying.auth.principals import Permission, Principal
from huiying.errors import Conflict, NotFound
from huiying.ids import new_id
from webhooks.domain.catalogue import TESTED
from webhooks.domain.notification import FAILED, QUEUED
from webhooks.domain.subscription import ACTIVE
from webhooks.storage.tables import MESSAGES, NOTIFICATIONS, Notification, Subscription
from webhooks.storage.unit import WebhooksUnit
from webhooks.usecases.note_facts import notification_row
from webhooks.usecases.subscribe import visible_subscription
from webhooks.usecases.wake import wake


class SubscriptionIsDisabled(Conflict):
    """Nothing is sent to a subscription that is disabled; it must be enabled first."""

    code = "subscription_disabled"


async def visible_notification(
    unit: WebhooksUnit, notification_id: str, *, principal: Principal, permission: Permission
) -> tuple[Notification, Subscription]:
    """The notification and its subscription. Raises NotFound, also for another brand's, and Forbidden."""
    query = select(Notification).where(col(Notification.id) == notification_id)
    found = (await unit.session.execute(query)).scalar_one_or_none()
    if found is None:
        raise NotFound(f"no notification {notification_id}")
    subscription = await visible_subscription(unit, found.subscription_id, principal=principal, permission=permission)
    return found, subscription


async def redeliver(unit: WebhooksUnit, notification: Notification, subscription: Subscription) -> None:
    """Send it again now, whatever became of it. Its message keeps its id, so a careful receiver takes it once."""
    _demand_active(subscription)
    notification.status, notification.attempt = QUEUED, 0
    notification.due_at, notification.ended_at = unit.clock.now(), None
    await unit.session.flush()
    await _try_now(unit, subscription)


async def redeliver_failed(unit: WebhooksUnit, subscription: Subscription, *, since: datetime) -> int:
    """Send everything again that failed since then; how much that is."""
    _demand_active(subscription)
    failed = (
        NOTIFICATIONS.c.subscription_id == subscription.id,
        NOTIFICATIONS.c.status == FAILED,
        NOTIFICATIONS.c.ended_at >= since,
    )
    values = {"status": QUEUED, "attempt": 0, "due_at": unit.clock.now(), "ended_at": None}
    again = await unit.session.execute(
        update(NOTIFICATIONS).where(*failed).values(values).returning(NOTIFICATIONS.c.id)
    )
    count = len(again.all())
    await _try_now(unit, subscription)
    return count


async def send_test(unit: WebhooksUnit, subscription: Subscription) -> str:
    """Send something on trial; the id of the notification that shows how that went."""
    _demand_active(subscription)
    now = unit.clock.now()
    body = {"type": TESTED, "timestamp": now, "data": {"subscription_id": subscription.id, "brand": subscription.brand}}
    message_id = new_id()
    message = {
        "id": message_id,
        "brand": subscription.brand,
        "type": TESTED,
        "body": msgspec.json.encode(body).decode(),
        "noted_at": now,
    }
    notification = notification_row(unit, subscription.id, message_id)
    await unit.session.execute(insert(MESSAGES), [message])
    await unit.session.execute(insert(NOTIFICATIONS), [notification])
    await _try_now(unit, subscription)
    return str(notification["id"])


async def _try_now(unit: WebhooksUnit, subscription: Subscription) -> None:
    """Somebody asked for it, so it is not held back."""
    subscription.held_until = None
    await unit.session.flush()
    await wake(unit, [subscription.id])


def _demand_active(subscription: Subscription) -> None:
    if subscription.status != ACTIVE:
        raise SubscriptionIsDisabled(f"subscription {subscription.id} is disabled: {subscription.disabled_reason}")
