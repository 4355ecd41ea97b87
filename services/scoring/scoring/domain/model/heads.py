"""One question about a text, answered from its hashed n-grams: a head.

A head is a table of small integers with a row for each label and one for each hidden unit. What a row says of a text is
the sum of its integers over the text's buckets, divided by the square root of their number, times the row's `scale`.
A label's logit is what its own row says and what it makes of the hidden units, those below zero counting as zero. A few
such units are enough to let words weigh differently in different company.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from huiying.events.envelope import Value
from scoring.domain.model.features import Features

Floats = npt.NDArray[np.float64]
Probabilities = Floats
"""One row per text, one column per label."""


_SURELY = 1e-9


class HiddenUnit(Value, frozen=True, kw_only=True):
    """What is added to a hidden unit, and how much it weighs for each label when that is above zero."""

    bias: float
    weights: tuple[float, ...]


class HeadFacts(Value, frozen=True, kw_only=True):
    """What gives the integers in `file` their meaning: its rows are the labels', then the hidden units'.

    `question` is what the head answers, the same in every language. From `confident_from` on its likeliest label is
    stood by; the model card says what that is worth. Of `is_several`, the labels do not exclude one another.
    """

    question: str
    language: str
    labels: tuple[str, ...]
    file: str
    sha256: str
    bits: int
    scale: tuple[float, ...]
    bias: tuple[float, ...]
    hidden: tuple[HiddenUnit, ...] = ()
    temperature: float
    confident_from: float
    is_several: bool = False


@dataclass(frozen=True, kw_only=True)
class Head:
    """A table of shape (labels and hidden units, 2 ** bits), ready for use."""

    facts: HeadFacts
    weights: npt.NDArray[np.int8]

    def probabilities(self, features: Features) -> Probabilities:
        """What this head makes of each text, whatever language it is in; a text without features gets the bias."""
        said, labels = self._said(features), len(self.facts.labels)
        logits = said[:, :labels] + np.array(self.facts.bias)
        for column, unit in enumerate(self.facts.hidden, start=labels):
            logits += np.maximum(said[:, column] + unit.bias, 0.0)[:, None] * np.array(unit.weights)
        logits /= self.facts.temperature
        return 1 / (1 + np.exp(-logits)) if self.facts.is_several else softmax(logits)

    def _said(self, features: Features) -> Floats:
        """What each row of the table says of each text."""
        seen = features.narrowed(self.facts.bits)
        said = np.zeros((seen.counts.size, len(self.weights)))
        filled = np.flatnonzero(seen.counts)
        if filled.size:
            starts, length = seen.starts[filled], np.sqrt(seen.counts[filled])
            for index, (row, scale) in enumerate(zip(self.weights, self.facts.scale, strict=True)):
                # The integers stay bytes, so that a row fits the processor's cache; only what is summed is widened.
                sums = np.add.reduceat(np.take(row, seen.buckets).astype(np.float32), starts)
                said[filled, index] = sums * (scale / length)
        return said


def softmax(logits: Floats) -> Probabilities:
    """Probabilities, row by row."""
    exponents: Floats = np.exp(logits - logits.max(axis=1, keepdims=True))
    total: Floats = exponents.sum(axis=1, keepdims=True)
    return exponents / total


def logs_of(rows: Probabilities) -> Probabilities:
    """The logarithms of probabilities, none of them endless."""
    logs: Probabilities = np.log(np.maximum(rows, _SURELY))
    return logs
