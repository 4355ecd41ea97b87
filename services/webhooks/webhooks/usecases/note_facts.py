"""Note what somebody subscribed to, so that it is told; nothing is sent from here."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, select

from huiying.clock import from_milliseconds
from huiying.db.statements import insert_all
from huiying.events.envelope import Event, Told
from huiying.events.interactions import InteractionReceived
from huiying.events.subscriptions import SubscriptionDisabled
from huiying.ids import new_id
from webhooks.domain.catalogue import brand_of
from webhooks.domain.notification import QUEUED
from webhooks.domain.subscription import ACTIVE
from webhooks.storage.tables import MESSAGES, NOTIFICATIONS, SUBSCRIPTIONS
from webhooks.storage.unit import WebhooksUnit
from webhooks.usecases.wake import wake


async def note_facts(unit: WebhooksUnit, facts: Sequence[Told[Event]]) -> None:
    """File each fact once, and a notification of it for everyone who wants it."""
    listening = await _listening(unit, {brand_of(told.event) for told in facts})
    if not listening:
        return
    wanted = [(told, ids) for told in facts if (ids := list(_wanting(told.event, listening)))]
    messages = [_message(unit, told) for told, _ in wanted]
    notifications = [
        notification_row(unit, subscription_id, message["id"])
        for message, (_, ids) in zip(messages, wanted, strict=True)
        for subscription_id in ids
    ]
    await insert_all(unit.session, MESSAGES, messages)
    await insert_all(unit.session, NOTIFICATIONS, notifications)
    await wake(unit, {row["subscription_id"] for row in notifications})


def notification_row(unit: WebhooksUnit, subscription_id: str, message_id: str) -> dict[str, Any]:
    """A notification that is due now."""
    return {
        "id": new_id(),
        "subscription_id": subscription_id,
        "message_id": message_id,
        "status": QUEUED,
        "attempt": 0,
        "due_at": unit.clock.now(),
        "attempts": [],
    }


async def _listening(unit: WebhooksUnit, brands: Collection[str]) -> dict[str, list[Row[Any]]]:
    query = select(SUBSCRIPTIONS.c.id, SUBSCRIPTIONS.c.brand, SUBSCRIPTIONS.c.events).where(
        SUBSCRIPTIONS.c.brand.in_(brands), SUBSCRIPTIONS.c.status == ACTIVE
    )
    found: dict[str, list[Row[Any]]] = {}
    for row in await unit.session.execute(query):
        found.setdefault(row.brand, []).append(row)
    return found


def _wanting(event: Event, listening: dict[str, list[Row[Any]]]) -> Iterator[str]:
    for subscription in listening.get(brand_of(event), ()):
        # Who was disabled for not listening is not told so; the others are.
        is_about_it = isinstance(event, SubscriptionDisabled) and event.subscription_id == subscription.id
        if not is_about_it and (not subscription.events or event.type in subscription.events):
            yield subscription.id


def _public(event: Event) -> Event:
    """The fact without what only a connector may have: whoever holds a handle's tokens can answer as the account."""
    if not isinstance(event, InteractionReceived):
        return event
    reply = msgspec.structs.replace(event.interaction.reply, handle={})
    return msgspec.structs.replace(event, interaction=msgspec.structs.replace(event.interaction, reply=reply))


def _message(unit: WebhooksUnit, told: Told[Event]) -> dict[str, Any]:
    event = told.event
    body = {"type": event.type, "timestamp": from_milliseconds(told.timestamp_ms), "data": _public(event)}
    return {
        "id": new_id(),
        "brand": brand_of(event),
        "type": event.type,
        "body": msgspec.json.encode(body).decode(),
        "noted_at": unit.clock.now(),
    }
