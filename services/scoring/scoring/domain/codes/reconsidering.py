"""How texts read, thought over: what the tables say of the feeling, and what the words say of what a text is for.

The tables learnt from posts and reviews, where few people ask or order anything, so they hear a complaint in a question
about a refund. A question, a thank-you and a threat each say something of the mood by themselves; how much, is learnt.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from scoring.domain.codes.rules import rows
from scoring.domain.codes.signals import Signals
from scoring.domain.codes.weighing import features_of
from scoring.domain.model.heads import Floats, Probabilities, logs_of, softmax

FILE = Path(__file__).parent / "reconsidering.tsv"
SCALE = "scale"
"""The row of the table that says, in each column the same, how much of the tables' own logits remains."""


def reconsidered(probabilities: Probabilities, signals: Sequence[Signals]) -> Probabilities:
    """The probabilities of these texts, one row each, in the light of what was found in them."""
    weights = _table()
    added = np.zeros(probabilities.shape)
    for row, each in enumerate(signals):
        for name, value in cues_of(each).items():
            if name in weights:
                added[row] += value * weights[name]
    return softmax(weights[SCALE] * logs_of(probabilities) + added)


def cues_of(signals: Signals) -> dict[str, float]:
    """What is found in a text, by name, 0 to 1."""
    cues = features_of(signals, sentiment=None, entities=(), hints={})
    # What holds for every text would say nothing but how moods are spread where the table was learnt.
    del cues["always"], cues["personal number"]
    return cues


@cache
def _table() -> dict[str, Floats]:
    """What each cue adds to the logits of negative, neutral and positive."""
    _, *weights = rows(FILE)
    return {name: np.array([float(weight) for weight in row]) for name, *row in weights}
