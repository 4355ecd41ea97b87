"""One question about a text, answered by a table of hashed n-grams: a head.

A class's logit is its `scale` times the sum of its integers over the text's buckets, divided by the square root of
their number, plus its `bias`; the softmax of the logits over `temperature` gives the probabilities.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from huiying.events.envelope import Value
from scoring.domain.features import Features

Probabilities = npt.NDArray[np.float64]
"""One row per text, one column per label."""


class HeadFacts(Value, frozen=True, kw_only=True):
    """What gives the integers in `file` their meaning.

    `question` is what the head answers, the same in every language. From `confident_from` on its likeliest label is
    stood by; the model card says what that is worth.
    """

    question: str
    language: str
    labels: tuple[str, ...]
    file: str
    sha256: str
    bits: int
    scale: tuple[float, ...]
    bias: tuple[float, ...]
    temperature: float
    confident_from: float


@dataclass(frozen=True, kw_only=True)
class Head:
    """A table of shape (labels, 2 ** bits), ready for use."""

    facts: HeadFacts
    weights: npt.NDArray[np.int8]

    def probabilities(self, features: Features) -> Probabilities:
        """What this head makes of each text, whatever language it is in; a text without features gets the bias."""
        seen = features.narrowed(self.facts.bits)
        logits = np.zeros((seen.counts.size, len(self.facts.labels)))
        filled = np.flatnonzero(seen.counts)
        if filled.size:
            starts, length = seen.starts[filled], np.sqrt(seen.counts[filled])
            for index, (row, scale) in enumerate(zip(self.weights, self.facts.scale, strict=True)):
                # The integers stay bytes, so that a table fits the processor's cache; only what is summed is widened.
                sums = np.add.reduceat(np.take(row, seen.buckets).astype(np.float32), starts)
                logits[filled, index] = sums * (scale / length)
        return softmax((logits + np.array(self.facts.bias)) / self.facts.temperature)


def softmax(logits: Probabilities) -> Probabilities:
    """Probabilities, row by row."""
    exponents: Probabilities = np.exp(logits - logits.max(axis=1, keepdims=True))
    total: Probabilities = exponents.sum(axis=1, keepdims=True)
    return exponents / total
