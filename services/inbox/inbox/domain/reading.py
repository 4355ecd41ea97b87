"""How messages read, and how those of a thread read together.

A reading is added in whatever order, and however often, to the same effect. Nothing is ever taken out: when words are
edited, deleted, corrected or partly answered, what a thread keeps is made again of the readings that are left.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from msgspec.structs import replace

from huiying.events.assessments import IntentCode, Reason, RiskCode, SentimentLabel
from huiying.events.envelope import Value

Code = TypeVar("Code", IntentCode, RiskCode)


class Reading(Value, frozen=True, kw_only=True):
    """How a message of a person reads: as it was assessed, and where a member corrected that, as the member says.

    Said at `said_at` under `interaction_id`. `urgency` goes from 0 to 1; what was not assessed is not urgent.
    """

    said_at: datetime
    interaction_id: str
    sentiment: SentimentLabel | None = None
    intents: tuple[IntentCode, ...] = ()
    risks: tuple[RiskCode, ...] = ()
    urgency: float = 0.0
    urgency_reasons: tuple[Reason, ...] = ()


class Readings(Value, frozen=True, kw_only=True):
    """How the messages of a thread read together.

    `newest` is the last one that has a sentiment, or else the last one: a photograph after angry words does not calm
    them. `waiting` is all that waits for an answer: every intent and risk, and the urgency of the most urgent.
    """

    newest: Reading | None = None
    waiting: Reading | None = None

    @property
    def sentiment(self) -> SentimentLabel | None:
        """How the newest message feels."""
        return None if self.newest is None else self.newest.sentiment

    @property
    def intents(self) -> tuple[IntentCode, ...]:
        """What is wanted by the newest message and by all that wait."""
        return _union(*(one.intents for one in (self.newest, self.waiting) if one is not None))

    @property
    def risks(self) -> tuple[RiskCode, ...]:
        """What is at risk by the newest message and by all that wait."""
        return _union(*(one.risks for one in (self.newest, self.waiting) if one is not None))

    @property
    def urgency(self) -> float:
        """How soon to look, 0 to 1; nothing is urgent when nothing waits."""
        return 0.0 if self.waiting is None else self.waiting.urgency

    @property
    def urgency_reasons(self) -> tuple[Reason, ...]:
        """Why the most urgent of what waits is that urgent."""
        return () if self.waiting is None else self.waiting.urgency_reasons

    def including(self, reading: Reading, *, waits: bool) -> "Readings":
        """The readings with one more, which `waits` for an answer or not."""
        newest = reading if self.newest is None else max(self.newest, reading, key=_recency)
        if not waits:
            return replace(self, newest=newest)
        return Readings(newest=newest, waiting=reading if self.waiting is None else _together(self.waiting, reading))

    def also_waiting(self, *, intents: Iterable[IntentCode], risks: Iterable[RiskCode]) -> "Readings":
        """The readings with these codes among those that wait, where anything does."""
        if self.waiting is None:
            return self
        theirs = {
            "intents": _union(self.waiting.intents, tuple(intents)),
            "risks": _union(self.waiting.risks, tuple(risks)),
        }
        return replace(self, waiting=replace(self.waiting, **theirs))

    def answered(self) -> "Readings":
        """The readings once nothing waits any more."""
        return replace(self, waiting=None)


def _recency(reading: Reading) -> tuple[bool, datetime, str]:
    # Platforms tell times by the second, so the id decides, as it would in any other order.
    return reading.sentiment is not None, reading.said_at, reading.interaction_id


def _together(one: Reading, other: Reading) -> Reading:
    """Both as one: what either says, under the name of the more urgent; of equals, of who has waited longer."""
    first, second = sorted(
        (one, other), key=lambda reading: (-reading.urgency, reading.said_at, reading.interaction_id)
    )
    return replace(first, intents=_union(first.intents, second.intents), risks=_union(first.risks, second.risks))


def _union(*codes: tuple[Code, ...]) -> tuple[Code, ...]:
    return tuple(sorted({code for some in codes for code in some}))
