"""How an interaction reads: its language and feeling."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from huiying.events.envelope import Event, Value
from huiying.events.interactions import Direction, Kind


class SentimentLabel(StrEnum):
    """How the writer feels towards what is written about."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class SentimentScores(Value, frozen=True, kw_only=True):
    """Probabilities, 0 to 1, which add up to 1."""

    negative: float
    neutral: float
    positive: float


class Sentiment(Value, frozen=True, kw_only=True):
    """The feeling, and whether the model would stand by it."""

    label: SentimentLabel
    scores: SentimentScores
    confident: bool


class Assessment(Value, frozen=True, kw_only=True):
    """What scoring says about one text. What is not computed is absent.

    `language` is `zh`, `en`, `mixed`, another ISO 639-1 code where the script tells, or `und`.
    """

    language: str
    sentiment: Sentiment | None = None
    model: str


class AssessmentMade(Event, frozen=True, kw_only=True):
    """An interaction was assessed, once per model."""

    type: ClassVar[str] = "assessment.made"

    interaction_id: str
    account_id: str
    brand: str
    platform: str
    kind: Kind
    direction: Direction
    counterpart_key: str
    occurred_at: datetime
    assessment: Assessment

    @property
    def key(self) -> str:
        return self.counterpart_key
