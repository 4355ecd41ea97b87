"""Assessments of texts that somebody sends, without keeping them."""

from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from huiying.auth.dependencies import require
from huiying.auth.principals import Permission, Principal
from huiying.errors import Forbidden, NotFound, Unauthenticated
from huiying.events.assessments import EmotionLabel, EntityKind, IntentCode, RiskCode, SentimentLabel
from huiying.http.problems import responses
from huiying.service.dependencies import viewed
from scoring.api.shapes import BrandSlug
from scoring.domain.assessing import Utterance
from scoring.domain.teaching.knowledge import NO_KNOWLEDGE
from scoring.storage.knowledge import knowledge_of
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
    followers: int | None = Field(default=None, ge=0, le=10**12, description="How many follow who wrote it.")


class TextsIn(BaseModel):
    """Texts to assess, up to 500 at once; with a `brand`, as that brand's dictionary and adaptation would have them."""

    model_config = ConfigDict(extra="forbid")

    items: list[TextIn] = Field(min_length=1, max_length=_ITEM_COUNT)
    brand: BrandSlug | None = None


class _Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ScoresOut(_Shown):
    """Probabilities, which add up to 1."""

    negative: float
    neutral: float
    positive: float


class SentimentOut(_Shown):
    """A feeling; `confident` says whether the model stands by it."""

    label: SentimentLabel
    scores: ScoresOut
    confident: bool


class EmotionOut(_Shown):
    """The likeliest emotion and its probability."""

    label: EmotionLabel
    score: float


class IntentOut(_Shown):
    """One of the things a text is for, and the words that say so."""

    code: IntentCode
    score: float
    evidence: list[str]


class RiskOut(_Shown):
    """What could harm somebody or the brand, and the words that show it; personal data is masked."""

    code: RiskCode
    score: float
    evidence: list[str]


class ReasonOut(_Shown):
    """What adds to the urgency, and how much."""

    code: str
    weight: float
    detail: str | None = None


class EntityOut(_Shown):
    """Something named from `start` to `end`, counted in code points; `name` is a mask where it is personal."""

    kind: EntityKind
    name: str
    start: int
    end: int


class AssessmentOut(_Shown):
    """How a text reads. `sentiment` is absent where there are no words to judge by."""

    language: str
    sentiment: SentimentOut | None = None
    emotion: EmotionOut | None = None
    sarcasm: float | None = None
    intents: list[IntentOut]
    risks: list[RiskOut]
    urgency: float | None = None
    urgency_reasons: list[ReasonOut]
    topics: list[str]
    keywords: list[str]
    entities: list[EntityOut]
    model: str


class AssessmentsOut(BaseModel):
    """One assessment for each text, in order."""

    items: list[AssessmentOut]


@router.post(
    "/assessments",
    operation_id="assessTexts",
    responses=responses(Unauthenticated, Forbidden, NotFound),
    response_model_exclude_none=True,
)
async def assess(principal: User, unit: Viewing, body: TextsIn) -> AssessmentsOut:
    """Assess texts. They are not kept."""
    tools, knowledge = unit.tools, NO_KNOWLEDGE
    if body.brand is not None:
        principal.demand(Permission.SCORING_USE, body.brand, what=f"brand {body.brand}")
        knowledge = (await knowledge_of(unit, {body.brand}))[body.brand]
    utterances = [
        Utterance(text=item.text, language_hint=item.lang, followers=item.followers, knowledge=knowledge)
        for item in body.items
    ]
    # The longest request would hold up everybody else for half a second.
    found = await anyio.to_thread.run_sync(lambda: assess_texts(utterances, tools=tools))
    return AssessmentsOut(items=[AssessmentOut.model_validate(assessment) for assessment in found])
