"""Adaptations: what a brand's corrections teach, shown before it is applied, and undone as easily."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Row, select

from huiying.auth.principals import Permission
from huiying.errors import Forbidden, NotFound, Unauthenticated
from huiying.events.assessments import SentimentLabel
from huiying.http.pagination import BadCursor, Keyset, Page, PageOf, descending, paginate
from huiying.http.problems import responses
from scoring.api.shapes import Asked, BrandSlug, Viewing, Writing
from scoring.api.teaching import AdaptationIdOf, Opening, Reader, Tuner
from scoring.domain.teaching.lessons import TooFewLabels
from scoring.storage.adaptations import AdaptationStatus
from scoring.storage.corrections import texts_of
from scoring.storage.learning_tables import ADAPTATIONS, AdaptationRow
from scoring.usecases.apply_adaptation import (
    NotApplicable,
    NotApplied,
    apply_adaptation,
    undo_adaptation,
    visible_adaptation,
)
from scoring.usecases.learn_adaptation import learn_adaptation

router = APIRouter(tags=["adaptations"])

_NEWEST_FIRST = Keyset("adaptations:-created_at", descending(ADAPTATIONS.c.created_at), descending(ADAPTATIONS.c.id))
# What was learnt takes up to half a megabyte, and is nobody's concern in a list.
_LISTED = [column for column in ADAPTATIONS.c if column is not ADAPTATIONS.c.content]
_ALWAYS = (Unauthenticated, Forbidden, NotFound)


class AdaptationIn(Asked):
    """For whom to learn."""

    brand: BrandSlug


class FiguresOut(BaseModel):
    """How well the brand's labels are met: shares from 0 to 1; `ece` is the expected calibration error."""

    accuracy: float
    macro_f1: float
    ece: float


class EffectOut(BaseModel):
    """What it does to labels that it was not learnt from, measured by cross-validation."""

    label_count: int
    confirmed: float = Field(description="The share of labels that agree with the model as it is.")
    uses_ngrams: bool = Field(description="Whether single words count: from 300 labels on, and only if it pays.")
    before: FiguresOut
    after: FiguresOut
    changed: int = Field(description="How many of the labelled texts would read otherwise.")


class AdaptationOut(BaseModel):
    """An adaptation and the effect it was shown to have."""

    id: str
    brand: str
    model: str = Field(description="The model that it was learnt with; it is passed over for any other.")
    status: AdaptationStatus
    effect: EffectOut
    created_by: str
    created_at: datetime
    applied_at: datetime | None


class ChangeOut(BaseModel):
    """A corrected text that reads otherwise. `text` is null where the correction is gone."""

    correction_id: str
    text: str | None
    label: SentimentLabel
    before: SentimentLabel
    after: SentimentLabel


class AdaptationWithChanges(AdaptationOut):
    """The same with up to 50 of the texts that read otherwise."""

    changes: list[ChangeOut]


@router.post(
    "/adaptations",
    operation_id="createAdaptation",
    status_code=201,
    responses=responses(*_ALWAYS, TooFewLabels),
)
async def post_adaptation(body: AdaptationIn, principal: Tuner, opener: Opening) -> AdaptationOut:
    """Learn a draft from the brand's newest corrections, up to 2,000, in the place of the last draft.

    Without Idempotency-Key: asked twice, it learns the same.
    """
    return _shown(await learn_adaptation(opener, body.brand, principal=principal))


@router.get("/adaptations", operation_id="listAdaptations", responses=responses(Unauthenticated, Forbidden, BadCursor))
async def list_adaptations(
    principal: Reader, unit: Viewing, page: PageOf, brand: Annotated[BrandSlug | None, Query()] = None
) -> Page[AdaptationOut]:
    """The adaptations of the caller's brands, the newest first."""
    query, scope = select(*_LISTED), principal.scope(Permission.SCORING_USE)
    if scope is not None:
        query = query.where(ADAPTATIONS.c.brand.in_(scope))
    if brand is not None:
        query = query.where(ADAPTATIONS.c.brand == brand)
    rows, following = await paginate(unit.session, query, keyset=_NEWEST_FIRST, cursors=unit.tools.cursors, page=page)
    return Page(items=[_shown(row) for row in rows], next_cursor=following)


@router.get("/adaptations/{adaptation_id}", operation_id="getAdaptation", responses=responses(*_ALWAYS))
async def get_adaptation(adaptation_id: AdaptationIdOf, principal: Reader, unit: Viewing) -> AdaptationWithChanges:
    """One adaptation, with texts that it changes."""
    found = await visible_adaptation(unit, adaptation_id, principal=principal, permission=Permission.SCORING_USE)
    texts = await texts_of(unit.session, [change["correction_id"] for change in found.changes])
    changes = [ChangeOut(text=texts.get(change["correction_id"]), **change) for change in found.changes]
    return AdaptationWithChanges(**_shown(found).model_dump(), changes=changes)


@router.post(
    "/adaptations/{adaptation_id}:apply",
    operation_id="applyAdaptation",
    responses=responses(*_ALWAYS, NotApplicable),
)
async def apply(adaptation_id: AdaptationIdOf, principal: Tuner, unit: Writing) -> AdaptationOut:
    """Read the brand's texts by it from now on."""
    return _shown(await apply_adaptation(unit, adaptation_id, principal=principal))


@router.post(
    "/adaptations/{adaptation_id}:undo", operation_id="undoAdaptation", responses=responses(*_ALWAYS, NotApplied)
)
async def undo(adaptation_id: AdaptationIdOf, principal: Tuner, unit: Writing) -> AdaptationOut:
    """Go back to the adaptation before it, or to none."""
    return _shown(await undo_adaptation(unit, adaptation_id, principal=principal))


def _shown(adaptation: AdaptationRow | Row[Any]) -> AdaptationOut:
    return AdaptationOut.model_validate(adaptation, from_attributes=True)
