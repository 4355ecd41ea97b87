"""Who is told: subscribing, changing that, and ending it."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from sqlalchemy import delete, select
from sqlmodel import col

from huiying.auth.principals import Permission, Principal
from huiying.errors import Invalid, NotFound
from huiying.ids import new_id
from webhooks.domain.catalogue import EVENT_TYPES
from webhooks.domain.secrets import Signing, rotated
from webhooks.domain.subscription import ACTIVE
from webhooks.storage.keys import open_keys, seal_keys
from webhooks.storage.tables import Notification, Subscription
from webhooks.storage.unit import WebhooksUnit
from webhooks.usecases.make_key import make_key, shown
from webhooks.usecases.wake import wake


class NewSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for."""

    brand: str
    url: str
    description: str
    events: Sequence[str]
    signing: Signing


async def subscribe(unit: WebhooksUnit, new: NewSubscription, *, principal: Principal) -> tuple[Subscription, str]:
    """The subscription, and what its receiver needs to check signatures. Raises NotFound, Forbidden, Invalid."""
    principal.demand(Permission.WEBHOOKS_WRITE, new.brand, what=f"brand {new.brand}")
    _check_events(new.events)
    key, subscription_id = make_key(new.signing), new_id()
    subscription = Subscription(
        id=subscription_id,
        brand=new.brand,
        url=new.url,
        description=new.description,
        events=sorted(set(new.events)),
        signing=new.signing.value,
        keys=seal_keys(unit.tools.vault, subscription_id, [key]),
        status=ACTIVE,
        created_by=principal.subject,
        created_at=unit.clock.now(),
    )
    unit.session.add(subscription)
    await unit.session.flush()
    return subscription, shown(key, new.signing)


async def visible_subscription(
    unit: WebhooksUnit, subscription_id: str, *, principal: Principal, permission: Permission
) -> Subscription:
    """The subscription, locked for who may change it.

    Raises NotFound, also for another brand's, and Forbidden if the role does not permit this.
    """
    query = select(Subscription).where(col(Subscription.id) == subscription_id)
    if permission is Permission.WEBHOOKS_WRITE:
        query = query.with_for_update()
    found: Subscription | None = (await unit.session.execute(query)).scalar_one_or_none()
    if found is None:
        raise NotFound(f"no subscription {subscription_id}")
    principal.demand(permission, found.brand, what=f"subscription {subscription_id}")
    return found


async def change_subscription(
    unit: WebhooksUnit,
    subscription: Subscription,
    *,
    url: str | None,
    description: str | None,
    events: Sequence[str] | None,
) -> None:
    """Change what is given. Another address begins with a clean slate."""
    if events is not None:
        _check_events(events)
        subscription.events = sorted(set(events))
    if url is not None and url != subscription.url:
        subscription.url = url
        _clear(subscription)
        await wake(unit, [subscription.id])
    if description is not None:
        subscription.description = description
    subscription.version += 1
    await unit.session.flush()


async def enable_subscription(unit: WebhooksUnit, subscription: Subscription) -> None:
    """Send again: what has waited since it was disabled, too."""
    subscription.status = ACTIVE
    subscription.disabled_reason = None
    _clear(subscription)
    subscription.version += 1
    await unit.session.flush()
    await wake(unit, [subscription.id])


async def rotate_key(unit: WebhooksUnit, subscription: Subscription, *, overlap: timedelta) -> str:
    """What its receiver needs to check the new key's signatures; the old key signs beside it for a while."""
    now, signing, vault = unit.clock.now(), Signing(subscription.signing), unit.tools.vault
    new = make_key(signing)
    keys = rotated(open_keys(vault, subscription.id, subscription.keys), new, until=now + overlap, now=now)
    subscription.keys = seal_keys(vault, subscription.id, keys)
    subscription.version += 1
    await unit.session.flush()
    return shown(new, signing)


async def end_subscription(unit: WebhooksUnit, subscription: Subscription) -> None:
    """Nothing is sent there any more, and what was is forgotten."""
    await unit.session.execute(delete(Notification).where(col(Notification.subscription_id) == subscription.id))
    await unit.session.delete(subscription)
    await unit.session.flush()


def _clear(subscription: Subscription) -> None:
    subscription.failing_since = subscription.held_until = None
    subscription.failures = 0


def _check_events(events: Sequence[str]) -> None:
    for index, name in enumerate(events):
        if name not in EVENT_TYPES:
            raise Invalid(f"{name} is not one of {', '.join(EVENT_TYPES)}", pointer=f"/events/{index}")
