"""What people say of assessments that were wrong."""

from datetime import datetime
from typing import ClassVar

from huiying.events.assessments import Assessment, IntentCode, RiskCode, SentimentLabel
from huiying.events.envelope import Event


class CorrectionMade(Event, frozen=True, kw_only=True):
    """A member said how a text reads. What is absent was not corrected; an empty list says that there is none.

    `text` is what was read, for the brand's own model to learn from. `assessed` is what scoring had said, where it had.
    """

    type: ClassVar[str] = "correction.made"

    correction_id: str
    brand: str
    text: str
    interaction_id: str | None = None
    sentiment: SentimentLabel | None = None
    intents: tuple[IntentCode, ...] | None = None
    risks: tuple[RiskCode, ...] | None = None
    assessed: Assessment | None = None
    member_id: str | None = None
    corrected_at: datetime

    @property
    def key(self) -> str:
        return self.brand


class CorrectionRevoked(Event, frozen=True, kw_only=True):
    """A correction was taken back: nothing is learnt from it any more."""

    type: ClassVar[str] = "correction.revoked"

    correction_id: str
    brand: str
    interaction_id: str | None = None
    revoked_at: datetime

    @property
    def key(self) -> str:
        return self.brand
