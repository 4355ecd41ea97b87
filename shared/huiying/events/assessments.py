"""How an interaction reads: its language and feeling, what its writer wants, what is at risk, and how soon to look."""

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


class EmotionLabel(StrEnum):
    """What the writer feels most."""

    HAPPINESS = "happiness"
    ANGER = "anger"
    SADNESS = "sadness"
    FEAR = "fear"
    SURPRISE = "surprise"
    NEUTRAL = "neutral"


class Emotion(Value, frozen=True, kw_only=True):
    """The likeliest emotion, with its probability."""

    label: EmotionLabel
    score: float


class IntentCode(StrEnum):
    """What the writer wants, or does by writing."""

    QUESTION = "question"
    COMPLAINT = "complaint"
    PRAISE = "praise"
    PURCHASE = "purchase"
    AFTER_SALES = "after_sales"
    REFUND = "refund"
    SUGGESTION = "suggestion"
    NEED = "need"
    THANKS = "thanks"
    SPAM = "spam"
    ABUSE = "abuse"
    RUMOUR = "rumour"
    OTHER = "other"


class Intent(Value, frozen=True, kw_only=True):
    """One of the things a text is for; `score` from 0 to 1, `evidence` the words that say so, as they stand in it."""

    code: IntentCode
    score: float
    evidence: tuple[str, ...] = ()


class RiskCode(StrEnum):
    """What could harm somebody, or the brand."""

    ABUSE = "abuse"
    THREAT = "threat"
    SELF_HARM = "self_harm"
    SAFETY_INCIDENT = "safety_incident"
    LEGAL = "legal"
    MEDIA_ENQUIRY = "media_enquiry"
    RUMOUR = "rumour"
    SPAM = "spam"
    COORDINATED = "coordinated"
    PERSONAL_DATA = "personal_data"


class Risk(Value, frozen=True, kw_only=True):
    """One risk; `evidence` are the words that show it. Personal data is masked there."""

    code: RiskCode
    score: float
    evidence: tuple[str, ...] = ()


class Reason(Value, frozen=True, kw_only=True):
    """Part of why a figure is what it is: a stable code, how much it adds, and what it rests on."""

    code: str
    weight: float
    detail: str | None = None


class EntityKind(StrEnum):
    """What sort of thing a text names."""

    PRODUCT = "product"
    STORE = "store"
    COMPETITOR = "competitor"
    ORDER_NUMBER = "order_number"
    PHONE_NUMBER = "phone_number"
    EMAIL_ADDRESS = "email_address"
    IDENTITY_NUMBER = "identity_number"
    BANK_CARD = "bank_card"


class Entity(Value, frozen=True, kw_only=True):
    """Something named at `start` to `end`, counted in code points of the text as it was written.

    `name` is the one in the brand's dictionary, or the number itself. Of personal data it is a mask.
    """

    kind: EntityKind
    name: str
    start: int
    end: int


class Assessment(Value, frozen=True, kw_only=True):
    """What scoring says about one text. What is not computed is absent.

    `language` is `zh`, `en`, `mixed`, another ISO 639-1 code where the script tells, or `und`. `urgency` and `sarcasm`
    go from 0 to 1. `topics` are those of the brand's dictionary, `keywords` words of the text.
    """

    language: str
    sentiment: Sentiment | None = None
    emotion: Emotion | None = None
    sarcasm: float | None = None
    intents: tuple[Intent, ...] = ()
    risks: tuple[Risk, ...] = ()
    urgency: float | None = None
    urgency_reasons: tuple[Reason, ...] = ()
    topics: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    entities: tuple[Entity, ...] = ()
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
