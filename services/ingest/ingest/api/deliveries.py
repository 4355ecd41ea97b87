"""Deliveries: what came from platforms, what became of it, and taking it again."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel
from sqlalchemy import select
from sqlmodel import col

from huiying.auth.dependencies import require
from huiying.auth.principals import Permission, Principal
from huiying.errors import Forbidden, NotFound, Unauthenticated
from huiying.http.pagination import Keyset, Page, PageOf, descending, paginate
from huiying.http.problems import responses
from huiying.service.dependencies import opened, viewed
from ingest.storage.tables import Delivery
from ingest.storage.unit import IngestUnit
from ingest.usecases.replay_delivery import get_delivery, replay_delivery

router = APIRouter(tags=["deliveries"])

Reader = Annotated[Principal, Depends(require(Permission.DELIVERIES_READ))]
Replayer = Annotated[Principal, Depends(require(Permission.DELIVERIES_REPLAY))]
Writing = Annotated[IngestUnit, Depends(opened, scope="function")]
Viewing = Annotated[IngestUnit, Depends(viewed, scope="function")]
_ID = r"^[0-9a-f-]{36}$"
DeliveryId = Annotated[str, Path(pattern=_ID, description="The delivery's id.")]

_PROBLEMS = responses(Unauthenticated, Forbidden)
_NEWEST_FIRST = Keyset("deliveries:-id", descending(Delivery.id))


class DeliveryOut(BaseModel):
    """A delivery without its body. `new_count` interactions were not known before."""

    id: str
    account_id: str
    brand: str
    platform: str
    status: str
    interaction_count: int
    new_count: int
    error: str | None
    proof: str
    size_bytes: int
    received_at: datetime


class ReplayOut(BaseModel):
    """A replay that was asked for; it happens at once, but later than the answer."""

    id: str
    status: str = "queued"


@router.get("/deliveries", operation_id="listDeliveries", responses=_PROBLEMS)
async def list_deliveries(
    principal: Reader,
    unit: Viewing,
    page: PageOf,
    account: Annotated[str | None, Query(pattern=_ID)] = None,
    brand: Annotated[str | None, Query(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")] = None,
    status: Annotated[str | None, Query(pattern="^(normalised|refused)$")] = None,
) -> Page[DeliveryOut]:
    """What came, the newest first."""
    query = select(Delivery)
    scope = principal.scope(Permission.DELIVERIES_READ)
    if scope is not None:
        query = query.where(col(Delivery.brand).in_(scope))
    for column, wanted in ((Delivery.account_id, account), (Delivery.brand, brand), (Delivery.status, status)):
        if wanted is not None:
            query = query.where(col(column) == wanted)
    rows, following = await paginate(unit.session, query, keyset=_NEWEST_FIRST, cursors=unit.tools.cursors, page=page)
    return Page(items=[_shown(row[0]) for row in rows], next_cursor=following)


@router.get("/deliveries/{delivery_id}", operation_id="getDelivery", responses={**_PROBLEMS, **responses(NotFound)})
async def get(principal: Reader, unit: Viewing, delivery_id: DeliveryId) -> DeliveryOut:
    """One delivery."""
    permission = Permission.DELIVERIES_READ
    return _shown(await get_delivery(unit, delivery_id, principal=principal, permission=permission))


@router.post(
    "/deliveries/{delivery_id}:replay",
    operation_id="replayDelivery",
    status_code=202,
    responses={**_PROBLEMS, **responses(NotFound)},
)
async def replay(principal: Replayer, unit: Writing, delivery_id: DeliveryId) -> ReplayOut:
    """Take a delivery once more. What is known already is not doubled."""
    permission = Permission.DELIVERIES_REPLAY
    delivery = await get_delivery(unit, delivery_id, principal=principal, permission=permission)
    await replay_delivery(unit, delivery)
    return ReplayOut(id=delivery.id)


def _shown(delivery: Delivery) -> DeliveryOut:
    return DeliveryOut(
        id=delivery.id,
        account_id=delivery.account_id,
        brand=delivery.brand,
        platform=delivery.platform,
        status=delivery.status,
        interaction_count=delivery.interaction_count,
        new_count=delivery.new_count,
        error=delivery.error,
        proof=delivery.proof,
        size_bytes=delivery.size_bytes,
        received_at=delivery.received_at,
    )
