"""The model card: what the model was made of, how well it does, and where it fails."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from huiying.auth.dependencies import require
from huiying.auth.principals import Permission, Principal
from huiying.errors import Forbidden, Unauthenticated
from huiying.http.problems import responses
from huiying.service.dependencies import viewed
from scoring.storage.unit import ScoringUnit

router = APIRouter(tags=["model"])

User = Annotated[Principal, Depends(require(Permission.SCORING_USE))]
Viewing = Annotated[ScoringUnit, Depends(viewed, scope="function")]


@router.get("/model", operation_id="getModel", responses=responses(Unauthenticated, Forbidden))
async def get_model(_principal: User, unit: Viewing) -> dict[str, Any]:
    """The model in use, with its sources, licences and measured quality."""
    return unit.tools.card
