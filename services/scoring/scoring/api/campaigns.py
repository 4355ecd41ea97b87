"""Promotions and lotteries that a brand has declared: volume is expected, displeasure is not."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from huiying.auth.principals import Permission
from huiying.errors import Invalid
from huiying.http.pagination import BadCursor, Keyset, Page, PageOf, descending, paginate
from huiying.http.problems import responses
from scoring.api.shapes import ALWAYS, Asked, BrandOf, BrandSlug, Instant, Reader, Viewing, Watcher, Words, Writing
from scoring.storage.tables import CAMPAIGNS
from scoring.usecases.keep_campaigns import declare_campaign, end_campaign

router = APIRouter(tags=["campaigns"])

_LATEST_FIRST = Keyset(
    "campaigns:-begins_at",
    descending(CAMPAIGNS.c.begins_at),
    descending(CAMPAIGNS.c.brand),
    descending(CAMPAIGNS.c.name),
)


class CampaignIn(Asked):
    """A campaign to declare, or one to change: its brand and its name say which."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    brand: BrandSlug
    name: Words
    begins_at: Instant = Field(alias="from")
    ends_at: Instant = Field(alias="to", description="The first instant after.")


class CampaignView(BaseModel):
    """A campaign."""

    model_config = ConfigDict(populate_by_name=True)

    brand: str
    name: str
    begins_at: datetime = Field(alias="from")
    ends_at: datetime = Field(alias="to")


@router.get("/campaigns", operation_id="listCampaigns", responses=responses(*ALWAYS[:2], BadCursor))
async def list_campaigns(
    principal: Reader, unit: Viewing, page: PageOf, brand: Annotated[BrandSlug | None, Query()] = None
) -> Page[CampaignView]:
    """The campaigns of the caller's brands, the latest first."""
    query, scope = select(CAMPAIGNS), principal.scope(Permission.ALERTS_READ)
    if scope is not None:
        query = query.where(CAMPAIGNS.c.brand.in_(sorted(scope)))
    if brand is not None:
        query = query.where(CAMPAIGNS.c.brand == brand)
    rows, following = await paginate(unit.session, query, keyset=_LATEST_FIRST, cursors=unit.tools.cursors, page=page)
    return Page(items=[CampaignView.model_validate(row._asdict()) for row in rows], next_cursor=following)


@router.put("/campaigns", operation_id="declareCampaign", responses=responses(*ALWAYS, Invalid))
async def put_campaign(body: CampaignIn, principal: Watcher, unit: Writing) -> CampaignView:
    """Declare a campaign, also one that is going on or is over."""
    principal.demand(Permission.WATCHES_WRITE, body.brand, what=f"brand {body.brand}")
    await declare_campaign(unit, **body.model_dump())
    return CampaignView(**body.model_dump())


@router.delete("/campaigns", operation_id="endCampaign", status_code=204, responses=responses(*ALWAYS))
async def delete_campaign(
    brand: BrandOf, name: Annotated[Words, Query(description="The campaign's name.")], principal: Watcher, unit: Writing
) -> None:
    """Take a campaign back."""
    principal.demand(Permission.WATCHES_WRITE, brand, what=f"brand {brand}")
    await end_campaign(unit, brand=brand, name=name)
