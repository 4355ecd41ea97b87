"""Demand ahead: questions and needs that rise, with the interactions that show it."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from huiying.auth.principals import Permission
from huiying.errors import Invalid
from huiying.http.problems import responses
from scoring.api.shapes import ALWAYS, BrandOf, Instant, Reader, Viewing
from scoring.usecases.find_demand import find_demand

router = APIRouter(tags=["demand"])


class DemandView(BaseModel):
    """Something that more people ask for than before; the interactions are ids."""

    intent: str = Field(description="question, need, purchase or suggestion")
    about: str
    observed: int
    expected: float
    score: float = Field(description="How many decades lie between this and chance.")
    interactions: list[str]


class DemandsView(BaseModel):
    """What rises, the surest first, and how many interactions were looked at: of the period, and of the time before."""

    items: list[DemandView]
    interaction_count: int
    baseline_count: int


@router.get("/demand", operation_id="getDemand", responses=responses(*ALWAYS, Invalid))
async def get_demand(
    brand: BrandOf,
    principal: Reader,
    unit: Viewing,
    begin: Annotated[Instant, Query(alias="from", description="The first instant; RFC 3339 with its offset.")],
    end: Annotated[Instant, Query(alias="to", description="The first instant after.")],
) -> DemandsView:
    """What a brand was asked for in a period more than in the seven as long before it."""
    principal.demand(Permission.ALERTS_READ, brand, what=f"brand {brand}")
    found = await find_demand(unit, brand, begin=begin, end=end)
    return DemandsView(
        items=[DemandView.model_validate(one, from_attributes=True) for one in found.items],
        interaction_count=found.interaction_count,
        baseline_count=found.baseline_count,
    )
