"""Assessments of texts that somebody sends, without keeping them."""

from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from huiying.auth.dependencies import require
from huiying.auth.principals import Permission, Principal
from huiying.errors import Forbidden, Unauthenticated
from huiying.events.assessments import Assessment, SentimentLabel
from huiying.http.problems import responses
from huiying.service.dependencies import viewed
from scoring.storage.unit import ScoringUnit
from scoring.usecases.assess_texts import assess_texts

router = APIRouter(tags=["assessments"])

User = Annotated[Principal, Depends(require(Permission.SCORING_USE))]
Viewing = Annotated[ScoringUnit, Depends(viewed, scope="function")]

_TEXT_CHARACTERS = 10_000
_ITEM_COUNT = 500


class TextIn(BaseModel):
    """A text to assess. `lang` is a hint, used only where the script leaves the language open."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=_TEXT_CHARACTERS)
    platform: str | None = Field(default=None, max_length=32)
    lang: str | None = Field(default=None, max_length=16)


class TextsIn(BaseModel):
    """Texts to assess, up to 500 at once."""

    model_config = ConfigDict(extra="forbid")

    items: list[TextIn] = Field(min_length=1, max_length=_ITEM_COUNT)


class ScoresOut(BaseModel):
    """Probabilities, which add up to 1."""

    negative: float
    neutral: float
    positive: float


class SentimentOut(BaseModel):
    """A feeling; `confident` says whether the model stands by it."""

    label: SentimentLabel
    scores: ScoresOut
    confident: bool


class AssessmentOut(BaseModel):
    """How a text reads. `sentiment` is absent where there are no words to judge by."""

    language: str
    sentiment: SentimentOut | None = None
    model: str


class AssessmentsOut(BaseModel):
    """One assessment for each text, in order."""

    items: list[AssessmentOut]


@router.post(
    "/assessments",
    operation_id="assessTexts",
    responses=responses(Unauthenticated, Forbidden),
    response_model_exclude_none=True,
)
async def assess(_principal: User, unit: Viewing, body: TextsIn) -> AssessmentsOut:
    """Assess texts. They are not kept."""
    model = unit.tools.model
    texts, hints = [item.text for item in body.items], [item.lang for item in body.items]
    # The longest request would hold up everybody else for half a second.
    found = await anyio.to_thread.run_sync(lambda: assess_texts(texts, model=model, hints=hints))
    return AssessmentsOut(items=[_shown(assessment) for assessment in found])


def _shown(assessment: Assessment) -> AssessmentOut:
    sentiment = assessment.sentiment
    if sentiment is None:
        return AssessmentOut(language=assessment.language, model=assessment.model)
    scores = ScoresOut(
        negative=sentiment.scores.negative, neutral=sentiment.scores.neutral, positive=sentiment.scores.positive
    )
    shown = SentimentOut(label=sentiment.label, scores=scores, confident=sentiment.confident)
    return AssessmentOut(language=assessment.language, sentiment=shown, model=assessment.model)
