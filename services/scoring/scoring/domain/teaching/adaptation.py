"""What a brand's own labels change about how its texts read, on top of a model that is not trained again.

The model's log-probabilities are stretched or flattened, shifted by a bias for each label, and shifted once more by
what single n-grams of the brand's texts have been found to say. `scoring.domain.teaching.lessons` learns all three.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from huiying.events.envelope import Value
from scoring.domain.model.features import EXTRACTORS, Features
from scoring.domain.model.heads import Probabilities, logs_of, softmax
from scoring.domain.model.ngram_weights import NgramWeights
from scoring.domain.model.weights import features_fingerprint
from scoring.domain.text.language import CHINESE, ENGLISH, MIXED, Reading

_BITS = 18


class Adaptation(Value, frozen=True, kw_only=True):
    """A brand's correction of one model. A `scale` above 1 makes the model surer of itself, below 1 less sure.

    It fits the model and the features that it was learnt with, and no other.
    """

    model: str
    features_sha256: str
    scale: float
    bias: tuple[float, float, float]
    ngrams: NgramWeights | None = None

    def fits(self, model: str) -> bool:
        """Whether it was learnt for this model, and with the features that this code computes."""
        return self.model == model and self.features_sha256 == features_fingerprint()

    def apply(self, rows: Probabilities, *, texts: Sequence[str], readings: Sequence[Reading]) -> Probabilities:
        """The model's probabilities of these texts, one row each, as the brand would have them."""
        features = None if self.ngrams is None else features_of(texts, readings=readings)
        return softmax(self.logits(logs_of(rows), features=features))

    def logits(self, logs: Probabilities, *, features: Features | None) -> Probabilities:
        """What these log-probabilities become; `features` are needed where n-grams have weights."""
        plain: Probabilities = logs * self.scale + np.array(self.bias)
        if self.ngrams is None or features is None:
            return plain
        return plain + self.ngrams.logits(features, labels=len(self.bias))

    def sharpened(self, factor: float) -> "Adaptation":
        """The same decisions, surer (above 1) or less sure of them."""
        negative, neutral, positive = self.bias
        return replace(
            self,
            scale=self.scale * factor,
            bias=(negative * factor, neutral * factor, positive * factor),
            ngrams=None if self.ngrams is None else self.ngrams.times(factor),
        )


def features_of(texts: Sequence[str], *, readings: Sequence[Reading]) -> Features:
    """The n-grams of each text in the language it is mostly in; the languages share no bucket."""
    english = np.array([_is_english(reading) for reading in readings], dtype=bool)
    found, order = [], []
    for number, (language, chosen) in enumerate(((CHINESE, ~english), (ENGLISH, english))):
        rows = np.flatnonzero(chosen)
        features = EXTRACTORS[language]([texts[row] for row in rows.tolist()], bits=_BITS)
        found.append(Features(bits=_BITS + 1, buckets=features.buckets + (number << _BITS), starts=features.starts))
        order.append(rows)
    return selected(_joined(found), np.argsort(np.concatenate(order)))


def selected(features: Features, rows: npt.NDArray[np.int64]) -> Features:
    """The features of these texts, in this order."""
    counts = features.counts[rows]
    starts = np.concatenate(([0], np.cumsum(counts)))
    places = np.repeat(features.starts[rows] - starts[:-1], counts) + np.arange(starts[-1])
    return Features(bits=features.bits, buckets=features.buckets[places], starts=starts)


def _joined(parts: Sequence[Features]) -> Features:
    counts = np.concatenate([part.counts for part in parts])
    return Features(
        bits=parts[0].bits,
        buckets=np.concatenate([part.buckets for part in parts]),
        starts=np.concatenate(([0], np.cumsum(counts))),
    )


def _is_english(reading: Reading) -> bool:
    return reading.language == ENGLISH or (reading.language == MIXED and reading.chinese_share < 0.5)
