"""Notifications: the log of what was sent, or could not be, and sending it again."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Row, select

from huiying.auth.principals import Permission
from huiying.errors import Forbidden, NotFound, Unauthenticated
from huiying.http.pagination import BadCursor, Keyset, Page, PageOf, descending, paginate
from huiying.http.problems import responses
from webhooks.api.shapes import NotificationIdOf, Reader, SubscriptionIdIn, Viewing, Writer, Writing
from webhooks.storage.tables import MESSAGES, NOTIFICATIONS, SUBSCRIPTIONS
from webhooks.usecases.redeliver import SubscriptionIsDisabled, redeliver, visible_notification

router = APIRouter(tags=["notifications"])

_NEWEST_FIRST = Keyset("notifications:-id", descending(NOTIFICATIONS.c.id))


class AttemptView(BaseModel):
    """One try. Without a status nobody answered, and `error` says why."""

    at: datetime
    took_seconds: float
    status: int | None = None
    error: str | None = None


class NotificationView(BaseModel):
    """One thing that was, or is to be, told to one subscriber."""

    id: str
    subscription_id: str
    message_id: str = Field(description="The webhook-id under which it is sent, the same each time.")
    type: str
    status: str = Field(description="queued, delivered or failed")
    due_at: datetime | None = Field(description="When it is tried next.")
    attempts: list[AttemptView]
    noted_at: datetime
    ended_at: datetime | None


class WholeNotificationView(NotificationView):
    """The same with what is sent."""

    body: str


class RedeliveredView(BaseModel):
    """A notification that is sent again."""

    id: str
    status: str = "queued"


@router.get(
    "/notifications", operation_id="listNotifications", responses=responses(Unauthenticated, Forbidden, BadCursor)
)
async def list_notifications(
    principal: Reader,
    unit: Viewing,
    page: PageOf,
    subscription: Annotated[SubscriptionIdIn | None, Query()] = None,
    status: Annotated[Literal["queued", "delivered", "failed"] | None, Query()] = None,
) -> Page[NotificationView]:
    """What was sent to the caller's brands' subscribers, the newest first."""
    query = _notifications()
    scope = principal.scope(Permission.WEBHOOKS_READ)
    if scope is not None:
        query = query.where(SUBSCRIPTIONS.c.brand.in_(scope))
    if subscription is not None:
        query = query.where(NOTIFICATIONS.c.subscription_id == subscription)
    if status is not None:
        query = query.where(NOTIFICATIONS.c.status == status)
    rows, following = await paginate(unit.session, query, keyset=_NEWEST_FIRST, cursors=unit.tools.cursors, page=page)
    return Page(items=[NotificationView(**_fields(row)) for row in rows], next_cursor=following)


@router.get(
    "/notifications/{notification_id}",
    operation_id="getNotification",
    responses=responses(Unauthenticated, Forbidden, NotFound),
)
async def get_notification(
    notification_id: NotificationIdOf, principal: Reader, unit: Viewing
) -> WholeNotificationView:
    """One of them, with its body."""
    await visible_notification(unit, notification_id, principal=principal, permission=Permission.WEBHOOKS_READ)
    row = (await unit.session.execute(_notifications().where(NOTIFICATIONS.c.id == notification_id))).one()
    return WholeNotificationView(**_fields(row), body=row.body)


@router.post(
    "/notifications/{notification_id}:redeliver",
    operation_id="redeliverNotification",
    status_code=202,
    responses=responses(Unauthenticated, Forbidden, NotFound, SubscriptionIsDisabled),
)
async def redeliver_one(notification_id: NotificationIdOf, principal: Writer, unit: Writing) -> RedeliveredView:
    """Send it again now, under the id that it had."""
    permission = Permission.WEBHOOKS_WRITE
    found, subscription = await visible_notification(unit, notification_id, principal=principal, permission=permission)
    await redeliver(unit, found, subscription)
    return RedeliveredView(id=found.id)


def _notifications() -> Any:
    return (
        select(*NOTIFICATIONS.c, MESSAGES.c.type, MESSAGES.c.body, MESSAGES.c.noted_at)
        .join(MESSAGES, MESSAGES.c.id == NOTIFICATIONS.c.message_id)
        .join(SUBSCRIPTIONS, SUBSCRIPTIONS.c.id == NOTIFICATIONS.c.subscription_id)
    )


def _fields(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "subscription_id": row.subscription_id,
        "message_id": row.message_id,
        "type": row.type,
        "status": row.status,
        "due_at": row.due_at if row.status == "queued" else None,
        "attempts": row.attempts,
        "noted_at": row.noted_at,
        "ended_at": row.ended_at,
    }
