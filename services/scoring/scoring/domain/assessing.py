"""One text, read whole: what every reader made of it, put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from huiying.events.assessments import Assessment, Emotion, EmotionLabel, Sentiment
from scoring.domain.codes.intents import intents_of
from scoring.domain.codes.risks import risks_of
from scoring.domain.codes.signals import Signals
from scoring.domain.codes.urgency import urgency_of
from scoring.domain.codes.weighing import weigh
from scoring.domain.teaching.knowledge import NO_KNOWLEDGE, BrandKnowledge
from scoring.domain.text.language import Reading, with_hint

EMOTION = "emotion"
SARCASM = "sarcasm"
CODES = "codes"
_DECIMALS = 3


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """A text, and what is known of it besides.

    `language_hint` is the language that a platform gave, `followers` how many follow who wrote it, `repeated` how often
    they wrote to the brand lately, this time included.
    """

    text: str
    language_hint: str | None = None
    followers: int | None = None
    repeated: int = 1
    knowledge: BrandKnowledge = NO_KNOWLEDGE


class ReadText(NamedTuple):
    """What was made of a text, and the signature by which texts like it are told."""

    assessment: Assessment
    signature: bytes | None


@dataclass(frozen=True, kw_only=True)
class Heads:
    """What the trained heads make of one text: by question its labels, and their probabilities if they can read it."""

    labels: Mapping[str, Sequence[str]]
    rows: Mapping[str, npt.NDArray[np.float64]]

    def emotion(self) -> Emotion | None:
        """The likeliest emotion."""
        row = self._row(EMOTION)
        if row is None:
            return None
        best = int(row.argmax())
        return Emotion(label=EmotionLabel(self.labels[EMOTION][best]), score=round(float(row[best]), _DECIMALS))

    def share(self, question: str) -> float | None:
        """Of a question with two labels, how sure the second one is: the one that says yes."""
        row = self._row(question)
        return None if row is None else round(float(row[1]), _DECIMALS)

    def hints(self) -> dict[str, float]:
        """Every share, by the question."""
        shares = {question: self.share(question) for question, labels in self.labels.items() if len(labels) == 2}
        return {question: share for question, share in shares.items() if share is not None}

    def leanings(self) -> dict[str, float]:
        """What the n-grams say of every code."""
        row = self._row(CODES)
        return {} if row is None else dict(zip(self.labels[CODES], row.tolist(), strict=True))

    def _row(self, question: str) -> npt.NDArray[np.float64] | None:
        row = self.rows.get(question)
        return None if row is None or np.isnan(row).any() else row


def assess(
    utterance: Utterance,
    *,
    reading: Reading,
    sentiment: Sentiment | None,
    heads: Heads,
    signals: Signals,
    keywords: tuple[str, ...],
    model: str,
) -> Assessment:
    """The assessment of one text. Where it has no sentiment, it has no emotion either."""
    recogniser = utterance.knowledge.recogniser
    entities = recogniser.entities(signals.text)
    # Numbers and addresses may stand between the words that say something.
    signals = signals.hiding(entities)
    shares = weigh(signals, sentiment=sentiment, entities=entities, hints=heads.hints(), leanings=heads.leanings())
    intents = intents_of(signals, shares=shares)
    risks = risks_of(signals, shares=shares, entities=entities)
    urgency, reasons = urgency_of(
        intents=intents,
        risks=risks,
        sentiment=sentiment,
        signals=signals,
        reach=utterance.followers,
        repeated=utterance.repeated,
    )
    return Assessment(
        language=with_hint(reading, hint=utterance.language_hint),
        sentiment=sentiment,
        emotion=heads.emotion() if sentiment is not None else None,
        sarcasm=heads.share(SARCASM) if sentiment is not None else None,
        intents=intents,
        risks=risks,
        urgency=urgency,
        urgency_reasons=reasons,
        topics=recogniser.topics(signals.text),
        keywords=keywords,
        entities=entities,
        model=model,
    )
