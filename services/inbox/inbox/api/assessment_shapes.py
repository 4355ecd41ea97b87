"""How messages read, as it is shown. What is not computed is absent."""

from pydantic import BaseModel

from huiying.events.assessments import EmotionLabel, EntityKind, IntentCode, RiskCode, SentimentLabel


class SentimentScoresView(BaseModel):
    """Probabilities that add up to 1."""

    negative: float
    neutral: float
    positive: float


class SentimentView(BaseModel):
    """The feeling, and whether the model would stand by it."""

    label: SentimentLabel
    scores: SentimentScoresView
    confident: bool


class EmotionView(BaseModel):
    """The likeliest emotion, with its probability."""

    label: EmotionLabel
    score: float


class IntentView(BaseModel):
    """What the writer wants; `evidence` are the words that say so."""

    code: IntentCode
    score: float
    evidence: list[str] | None = None


class RiskView(BaseModel):
    """What is at risk; `evidence` are the words that show it, personal data masked."""

    code: RiskCode
    score: float
    evidence: list[str] | None = None


class ReasonView(BaseModel):
    """Part of why something is urgent: a stable code, how much it adds, and what it rests on."""

    code: str
    weight: float
    detail: str | None = None


class EntityView(BaseModel):
    """Something named at `start` to `end`, in code points of the text; of personal data `name` is a mask."""

    kind: EntityKind
    name: str
    start: int
    end: int


class AssessmentView(BaseModel):
    """How the message reads, as far as that is computed."""

    language: str
    sentiment: SentimentView | None = None
    emotion: EmotionView | None = None
    sarcasm: float | None = None
    intents: list[IntentView] | None = None
    risks: list[RiskView] | None = None
    urgency: float | None = None
    urgency_reasons: list[ReasonView] | None = None
    topics: list[str] | None = None
    keywords: list[str] | None = None
    entities: list[EntityView] | None = None
    model: str


class CorrectionView(BaseModel):
    """What a member says of how the message reads. What is absent was not corrected."""

    id: str
    sentiment: SentimentLabel | None = None
    intents: list[IntentCode] | None = None
    risks: list[RiskCode] | None = None
