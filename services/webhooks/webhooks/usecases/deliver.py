"""Deliver what is due to one subscriber. What was sent before a crash is sent again, under the same id."""

import asyncio
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, select, update

from huiying.clock import monotonic_seconds
from huiying.events.subscriptions import SubscriptionDisabled
from huiying.jobs import Done, Job, Outcome
from huiying.outbox.unit import OpenUnit
from webhooks.clients.receiver import GONE, TIMEOUT_SECONDS, Attempt, Letter, tell
from webhooks.domain.notification import DELIVERED, FAILED, QUEUED
from webhooks.domain.retrying import pause_after
from webhooks.domain.secrets import live
from webhooks.domain.subscription import ACTIVE, DISABLED, Standing, after_failure, after_success
from webhooks.storage.keys import open_keys
from webhooks.storage.tables import MESSAGES, NOTIFICATIONS, SUBSCRIPTIONS
from webhooks.storage.unit import WebhooksTools, WebhooksUnit
from webhooks.usecases.wake import DeliverJob, wake_again

# A subscriber is told of so many things at once, and a job goes on for so long before it lets others have a turn.
_AT_ONCE = 16
_TURN_SECONDS = 20.0
JOB_TIMEOUT = timedelta(seconds=_TURN_SECONDS + 2 * TIMEOUT_SECONDS)

_KEPT_ATTEMPTS = 30


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent at once."""

    subscription: Row[Any]
    notifications: Sequence[Row[Any]]
    letters: Sequence[Letter]


class Deliver:
    """The job. Calls are outside any transaction."""

    def __init__(self, open_unit: OpenUnit[WebhooksUnit], tools: WebhooksTools) -> None:
        self._open_unit = open_unit
        self._tools = tools
        self._chance = random.Random()  # noqa: S311 - only spreads retries out; who guesses it gains nothing

    async def __call__(self, job: Job) -> Outcome[WebhooksUnit]:
        subscription_id = job.read(DeliverJob).subscription_id
        until = monotonic_seconds() + _TURN_SECONDS
        while monotonic_seconds() < until:
            async with self._open_unit() as unit:
                due, now = await _next_round(unit, subscription_id), unit.clock.now()
            if due is None:
                return Done()
            attempts = await asyncio.gather(*(tell(self._tools.client, one, now=now) for one in due.letters))
            async with self._open_unit() as unit:
                await self._note(unit, due, attempts)
            if not any(attempt.is_taken for attempt in attempts):
                return Done()

        async def go_on(unit: WebhooksUnit) -> None:
            await wake_again(unit, subscription_id)

        return Done(apply=go_on)

    async def _note(self, unit: WebhooksUnit, due: Round, attempts: Sequence[Attempt]) -> None:
        now = unit.clock.now()
        rows = [
            _after(row, attempt, now=now, chance=self._chance.random())
            for row, attempt in zip(due.notifications, attempts, strict=True)
        ]
        # Through the connection: the session would take this for a change of objects that it keeps.
        connection = await unit.session.connection()
        names = ("status", "attempt", "due_at", "attempts", "ended_at")
        statement = update(NOTIFICATIONS).where(NOTIFICATIONS.c.id == bindparam("row_id"))
        await connection.execute(statement.values({name: bindparam(name) for name in names}), rows)
        await _stand(unit, due.subscription, attempts)


async def _next_round(unit: WebhooksUnit, subscription_id: str) -> Round | None:
    """What is to be sent now; None if nothing is, or not now."""
    now, vault = unit.clock.now(), unit.tools.vault
    query = select(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.id == subscription_id, SUBSCRIPTIONS.c.status == ACTIVE)
    subscription = (await unit.session.execute(query)).one_or_none()
    if subscription is None or (subscription.held_until is not None and subscription.held_until > now):
        return None
    due = (
        select(*NOTIFICATIONS.c, MESSAGES.c.body)
        .join(MESSAGES, MESSAGES.c.id == NOTIFICATIONS.c.message_id)
        .where(
            NOTIFICATIONS.c.subscription_id == subscription_id,
            NOTIFICATIONS.c.status == QUEUED,
            NOTIFICATIONS.c.due_at <= now,
        )
        .order_by(NOTIFICATIONS.c.due_at, NOTIFICATIONS.c.id)
        # Whoever did not take the last one is tried with one only.
        .limit(1 if subscription.failures else _AT_ONCE)
    )
    rows = (await unit.session.execute(due)).all()
    if not rows:
        return None
    keys = tuple(live(open_keys(vault, subscription_id, subscription.keys), now=now))
    letters = [
        Letter(notification_id=row.id, message_id=row.message_id, url=subscription.url, body=row.body, keys=keys)
        for row in rows
    ]
    return Round(subscription=subscription, notifications=rows, letters=letters)


def _after(row: Row[Any], attempt: Attempt, *, now: datetime, chance: float) -> dict[str, Any]:
    """The notification's row after this attempt."""
    count = row.attempt + 1
    pause = None if attempt.status == GONE else pause_after(count, chance=chance)
    status = DELIVERED if attempt.is_taken else FAILED if pause is None else QUEUED
    logged = {name: value for name, value in msgspec.to_builtins(attempt).items() if name != "wished_pause"}
    return {
        "row_id": row.id,
        "status": status,
        "attempt": count,
        "due_at": now + pause if status == QUEUED and pause is not None else row.due_at,
        "attempts": [*row.attempts, logged][-_KEPT_ATTEMPTS:],
        "ended_at": None if status == QUEUED else now,
    }


async def _stand(unit: WebhooksUnit, subscription: Row[Any], attempts: Sequence[Attempt]) -> None:
    """Note how the receiver does, and disable it when there is no hope."""
    before = Standing(
        failing_since=subscription.failing_since, failures=subscription.failures, held_until=subscription.held_until
    )
    now, after = unit.clock.now(), after_success()
    if not any(attempt.is_taken for attempt in attempts):
        wished = max((one.wished_pause for one in attempts if one.wished_pause is not None), default=None)
        after = after_failure(
            before,
            now=now,
            disable_after=unit.tools.disable_after,
            wished=wished,
            is_gone=any(attempt.status == GONE for attempt in attempts),
        )
    if after == before:
        return
    values = msgspec.structs.asdict(after) | {"status": DISABLED if after.disabled_reason else ACTIVE}
    same = (SUBSCRIPTIONS.c.id == subscription.id, SUBSCRIPTIONS.c.version == subscription.version)
    changed = update(SUBSCRIPTIONS).where(*same).values(**values).returning(SUBSCRIPTIONS.c.id)
    # If somebody changed the subscription meanwhile, what its old address answered says nothing about the new one.
    is_ours = (await unit.session.execute(changed)).scalar_one_or_none() is not None
    if is_ours and after.disabled_reason:
        unit.tell(
            SubscriptionDisabled(
                subscription_id=subscription.id,
                brand=subscription.brand,
                url=subscription.url,
                reason=after.disabled_reason,
                disabled_at=now,
            )
        )
