"""Subscriptions: who is told of what happens to a brand."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import select
from sqlmodel import col

from huiying.auth.principals import Permission, Principal
from huiying.errors import Forbidden, Invalid, NotFound, PreconditionFailed, Unauthenticated
from huiying.http.etag import IfMatch, check_match, etag
from huiying.http.pagination import BadCursor, Keyset, Page, PageOf, ascending, paginate
from huiying.http.problems import responses
from webhooks.api.shapes import Address, Asked, BrandSlug, Reader, SubscriptionIdOf, Viewing, Words, Writer, Writing
from webhooks.domain.catalogue import EVENT_TYPES
from webhooks.domain.secrets import Signing
from webhooks.storage.tables import Subscription
from webhooks.storage.unit import WebhooksUnit
from webhooks.usecases.redeliver import SubscriptionIsDisabled, redeliver_failed, send_test
from webhooks.usecases.subscribe import (
    NewSubscription,
    change_subscription,
    enable_subscription,
    end_subscription,
    rotate_key,
    subscribe,
    visible_subscription,
)

router = APIRouter(tags=["subscriptions"])

_BY_AGE = Keyset("subscriptions:created_at", ascending(Subscription.created_at), ascending(Subscription.id))
_ALWAYS = (Unauthenticated, Forbidden, NotFound)
_LONGEST_OVERLAP_SECONDS = 30 * 86_400

Events = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=100)]


class SubscriptionIn(Asked):
    """A subscription to be made. Without `events` everything in the catalogue is told."""

    brand: BrandSlug
    url: Address
    description: Words = ""
    events: Events = []
    signing: Signing = Signing.HMAC


class SubscriptionChange(Asked):
    """What is to be changed; what is left out stays."""

    url: Address | None = None
    description: Words | None = None
    events: Events | None = None


class RotationIn(Asked):
    """How long the old key goes on signing beside the new one."""

    overlap_seconds: int = Field(default=86_400, ge=0, le=_LONGEST_OVERLAP_SECONDS)


class RedeliveryIn(Asked):
    """From when on what failed is sent again."""

    since: AwareDatetime


class SubscriptionView(BaseModel):
    """A subscription, without its keys."""

    id: str
    brand: str
    url: str
    description: str
    events: list[str]
    signing: Signing
    status: str = Field(description="active or disabled")
    disabled_reason: str | None
    failing_since: datetime | None
    held_until: datetime | None = Field(description="Nothing is tried before then.")
    version: int
    created_by: str
    created_at: datetime


class SigningKeyView(BaseModel):
    """What a receiver checks signatures with. A secret is shown only here: nobody can look it up again."""

    signing_key: str = Field(description="`whsec_…` for hmac, the public `whpk_…` for ed25519.")


class NewSubscriptionView(SubscriptionView, SigningKeyView):
    """A subscription that was just made."""


class CatalogueView(BaseModel):
    """What may be subscribed to; `contracts/events` describes each."""

    events: list[str]


class TestView(BaseModel):
    """The notification that shows how the trial went."""

    notification_id: str


class RedeliveryView(BaseModel):
    """How many notifications are sent again."""

    count: int


@router.get("/event-types", operation_id="listEventTypes", responses=responses(Unauthenticated, Forbidden))
async def list_event_types(_principal: Reader) -> CatalogueView:
    """The public catalogue."""
    return CatalogueView(events=list(EVENT_TYPES))


@router.post(
    "/subscriptions",
    operation_id="createSubscription",
    status_code=201,
    responses=responses(*_ALWAYS, Invalid),
)
async def post_subscription(body: SubscriptionIn, principal: Writer, unit: Writing) -> NewSubscriptionView:
    """Subscribe. Without Idempotency-Key on purpose: what answers one is kept, and a secret must not be."""
    new = NewSubscription(**body.model_dump())
    subscription, signing_key = await subscribe(unit, new, principal=principal)
    return NewSubscriptionView(**_shown(subscription).model_dump(), signing_key=signing_key)


@router.get(
    "/subscriptions", operation_id="listSubscriptions", responses=responses(Unauthenticated, Forbidden, BadCursor)
)
async def list_subscriptions(
    principal: Reader, unit: Viewing, page: PageOf, brand: Annotated[BrandSlug | None, Query()] = None
) -> Page[SubscriptionView]:
    """The subscriptions of the caller's brands, the oldest first."""
    query, scope = select(Subscription), principal.scope(Permission.WEBHOOKS_READ)
    if scope is not None:
        query = query.where(col(Subscription.brand).in_(scope))
    if brand is not None:
        query = query.where(col(Subscription.brand) == brand)
    rows, following = await paginate(unit.session, query, keyset=_BY_AGE, cursors=unit.tools.cursors, page=page)
    return Page(items=[_shown(row[0]) for row in rows], next_cursor=following)


@router.get("/subscriptions/{subscription_id}", operation_id="getSubscription", responses=responses(*_ALWAYS))
async def get_subscription(
    subscription_id: SubscriptionIdOf, principal: Reader, unit: Viewing, response: Response
) -> SubscriptionView:
    """One subscription. Its ETag goes into If-Match of a change."""
    found = await visible_subscription(unit, subscription_id, principal=principal, permission=Permission.WEBHOOKS_READ)
    response.headers["etag"] = etag(found.version)
    return _shown(found)


@router.patch(
    "/subscriptions/{subscription_id}",
    operation_id="changeSubscription",
    responses=responses(*_ALWAYS, Invalid, PreconditionFailed),
)
async def patch_subscription(
    subscription_id: SubscriptionIdOf,
    body: SubscriptionChange,
    principal: Writer,
    unit: Writing,
    response: Response,
    if_match: IfMatch = None,
) -> SubscriptionView:
    """Change the address, the description, or what is told."""
    found = await _to_change(unit, subscription_id, principal)
    if if_match is not None:
        check_match(if_match, version=found.version)
    await change_subscription(unit, found, url=body.url, description=body.description, events=body.events)
    response.headers["etag"] = etag(found.version)
    return _shown(found)


@router.delete(
    "/subscriptions/{subscription_id}",
    operation_id="deleteSubscription",
    status_code=204,
    responses=responses(*_ALWAYS),
)
async def delete_subscription(subscription_id: SubscriptionIdOf, principal: Writer, unit: Writing) -> None:
    """Tell nothing there any more."""
    await end_subscription(unit, await _to_change(unit, subscription_id, principal))


@router.post(
    "/subscriptions/{subscription_id}:enable", operation_id="enableSubscription", responses=responses(*_ALWAYS)
)
async def enable(subscription_id: SubscriptionIdOf, principal: Writer, unit: Writing) -> SubscriptionView:
    """Tell there again, also what has waited since it was disabled."""
    found = await _to_change(unit, subscription_id, principal)
    await enable_subscription(unit, found)
    return _shown(found)


@router.post(
    "/subscriptions/{subscription_id}:rotate-key",
    operation_id="rotateSubscriptionKey",
    responses=responses(*_ALWAYS, Invalid),
)
async def rotate(
    subscription_id: SubscriptionIdOf, principal: Writer, unit: Writing, body: RotationIn | None = None
) -> SigningKeyView:
    """A new key; the old one signs beside it until receivers have changed over."""
    found = await _to_change(unit, subscription_id, principal)
    overlap = timedelta(seconds=(body or RotationIn()).overlap_seconds)
    return SigningKeyView(signing_key=await rotate_key(unit, found, overlap=overlap))


@router.post(
    "/subscriptions/{subscription_id}:test",
    operation_id="testSubscription",
    status_code=202,
    responses=responses(*_ALWAYS, SubscriptionIsDisabled),
)
async def test(subscription_id: SubscriptionIdOf, principal: Writer, unit: Writing) -> TestView:
    """Send a `webhook.tested` there."""
    found = await _to_change(unit, subscription_id, principal)
    return TestView(notification_id=await send_test(unit, found))


@router.post(
    "/subscriptions/{subscription_id}:redeliver",
    operation_id="redeliverSubscription",
    status_code=202,
    responses=responses(*_ALWAYS, Invalid, SubscriptionIsDisabled),
)
async def redeliver(
    subscription_id: SubscriptionIdOf, body: RedeliveryIn, principal: Writer, unit: Writing
) -> RedeliveryView:
    """Send everything again that failed since then."""
    found = await _to_change(unit, subscription_id, principal)
    return RedeliveryView(count=await redeliver_failed(unit, found, since=body.since))


async def _to_change(unit: WebhooksUnit, subscription_id: str, principal: Principal) -> Subscription:
    return await visible_subscription(unit, subscription_id, principal=principal, permission=Permission.WEBHOOKS_WRITE)


def _shown(subscription: Subscription) -> SubscriptionView:
    return SubscriptionView(
        id=subscription.id,
        brand=subscription.brand,
        url=subscription.url,
        description=subscription.description,
        events=subscription.events,
        signing=Signing(subscription.signing),
        status=subscription.status,
        disabled_reason=subscription.disabled_reason,
        failing_since=subscription.failing_since,
        held_until=subscription.held_until,
        version=subscription.version,
        created_by=subscription.created_by,
        created_at=subscription.created_at,
    )
