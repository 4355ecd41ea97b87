"""How texts read: negative, neutral or positive.

`confident` says that the highest probability reaches the threshold from which on at least `CONFIDENT_ACCURACY` of the
held-out texts were labelled right; see the model card for how many texts that is, and for what it is worth elsewhere.
"""

import re
from collections.abc import Sequence
from typing import Protocol

from huiying.events.assessments import Sentiment, SentimentLabel, SentimentScores
from scoring.domain.model.heads import Probabilities
from scoring.domain.text.language import CHINESE, ENGLISH, MIXED, Reading
from scoring.domain.text.normalisation import LAUGHTER, PRAISE, normalised

SENTIMENT = "sentiment"
CONFIDENT_ACCURACY = 0.85
LABELS = (SentimentLabel.NEGATIVE, SentimentLabel.NEUTRAL, SentimentLabel.POSITIVE)

_SIGN = re.compile(f"[{PRAISE}{LAUGHTER}\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
_DECIMALS = 4


class Sentiments(Protocol):
    """Whatever can tell how texts read: the tables that come with this package, or a network of the operator's own."""

    @property
    def name(self) -> str:
        """Which model it is, as an assessment names it; two trainings never share a name."""
        ...

    def probabilities(self, texts: Sequence[str], *, readings: Sequence[Reading]) -> Probabilities:
        """One row per text, in order: negative, neutral, positive, adding up to 1; also for what it cannot read."""
        ...


def is_readable(text: str, reading: Reading) -> bool:
    """Whether a text has a sentiment at all: it has signs, or letters in Chinese or English."""
    if reading.has_letters:
        return reading.language in {CHINESE, ENGLISH, MIXED}
    return any(_SIGN.search(line) for line in normalised([text]))


def sentiment_of(row: Sequence[float], *, confident_from: float) -> Sentiment:
    """The sentiment that a row of probabilities stands for."""
    negative, positive = round(row[0], _DECIMALS), round(row[2], _DECIMALS)
    # The neutral score takes up the rounding, so that the three add up to 1.
    scores = (negative, max(0.0, round(1 - negative - positive, _DECIMALS)), positive)
    best = max(range(len(LABELS)), key=scores.__getitem__)
    return Sentiment(
        label=LABELS[best],
        scores=SentimentScores(negative=scores[0], neutral=scores[1], positive=scores[2]),
        confident=scores[best] >= confident_from,
    )
