"""Corrections: what members say of how texts read."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlmodel import col
from starlette.responses import Response

from huiying.auth.principals import Permission
from huiying.errors import Forbidden, Invalid, NotFound, Unauthenticated
from huiying.events.assessments import Assessment, IntentCode, RiskCode, SentimentLabel
from huiying.http.idempotency import IdempotencyKeyReused, IdempotencyOf, StillInFlight, once
from huiying.http.pagination import BadCursor, Keyset, Page, PageOf, descending, paginate
from huiying.http.problems import responses
from scoring.api.shapes import Asked, BrandSlug, Viewing, Writing
from scoring.api.teaching import CorrectionIdOf, Corrector, Reader
from scoring.storage.learning_tables import CorrectionRow
from scoring.usecases.correct_assessment import InteractionDeleted, NewCorrection, correct_assessment
from scoring.usecases.revoke_correction import revoke_correction

router = APIRouter(tags=["corrections"])

_NEWEST_FIRST = Keyset(
    "corrections:-corrected_at", descending(CorrectionRow.corrected_at), descending(CorrectionRow.id)
)

Text = Annotated[str, Field(min_length=1, max_length=10_000, pattern=r"^[^\x00]*$")]


class CorrectionIn(Asked):
    """How a text reads. What is left out is not corrected; an empty list says that there is none.

    To say that an assessment is right is worth as much: name the same again. `text` is what it is said of, also where
    the interaction was edited meanwhile.
    """

    brand: BrandSlug
    text: Text
    interaction_id: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")] | None = None
    sentiment: SentimentLabel | None = None
    intents: Annotated[list[IntentCode], Field(max_length=len(IntentCode))] | None = None
    risks: Annotated[list[RiskCode], Field(max_length=len(RiskCode))] | None = None
    assessed: dict[str, Any] | None = Field(
        default=None, description="The assessment that is corrected, as it was told."
    )


class CorrectionOut(BaseModel):
    """A correction that holds."""

    id: str
    brand: str
    text: str
    interaction_id: str | None
    sentiment: SentimentLabel | None
    intents: list[IntentCode] | None
    risks: list[RiskCode] | None
    member_id: str | None
    corrected_at: datetime


@router.post(
    "/corrections",
    operation_id="createCorrection",
    status_code=201,
    response_model=CorrectionOut,
    responses=responses(
        Unauthenticated, Forbidden, NotFound, InteractionDeleted, Invalid, IdempotencyKeyReused, StillInFlight
    ),
)
async def post_correction(body: CorrectionIn, principal: Corrector, unit: Writing, request: IdempotencyOf) -> Response:
    """Say how a text reads: it holds at once for its interaction, and for other texts once it is learnt from."""

    async def effect() -> CorrectionOut:
        new = NewCorrection(**{**body.model_dump(), "assessed": _assessment(body.assessed)})
        return _shown(await correct_assessment(unit, new, principal=principal))

    now = unit.clock.now()
    return await once(unit.session, request, principal=principal.subject, now=now, status=201, effect=effect)


@router.get("/corrections", operation_id="listCorrections", responses=responses(Unauthenticated, Forbidden, BadCursor))
async def list_corrections(
    principal: Reader, unit: Viewing, page: PageOf, brand: Annotated[BrandSlug | None, Query()] = None
) -> Page[CorrectionOut]:
    """The corrections of the caller's brands, the newest first."""
    query, scope = select(CorrectionRow), principal.scope(Permission.SCORING_USE)
    if scope is not None:
        query = query.where(col(CorrectionRow.brand).in_(scope))
    if brand is not None:
        query = query.where(col(CorrectionRow.brand) == brand)
    rows, following = await paginate(unit.session, query, keyset=_NEWEST_FIRST, cursors=unit.tools.cursors, page=page)
    return Page(items=[_shown(row[0]) for row in rows], next_cursor=following)


@router.delete(
    "/corrections/{correction_id}",
    operation_id="deleteCorrection",
    status_code=204,
    responses=responses(Unauthenticated, Forbidden, NotFound),
)
async def delete_correction(correction_id: CorrectionIdOf, principal: Corrector, unit: Writing) -> None:
    """Take a correction back; what was learnt from it before stays learnt until something else is."""
    await revoke_correction(unit, correction_id, principal=principal)


def _assessment(told: dict[str, Any] | None) -> Assessment | None:
    try:
        # By way of JSON, as it will be told: half a surrogate pair and endless numbers cannot be.
        return None if told is None else msgspec.json.decode(msgspec.json.encode(told), type=Assessment)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        raise Invalid(f"not an assessment: {error}", pointer="/assessed") from error


def _shown(correction: CorrectionRow) -> CorrectionOut:
    return CorrectionOut.model_validate(correction, from_attributes=True)
