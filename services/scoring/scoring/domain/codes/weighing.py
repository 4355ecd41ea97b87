"""How sure each code is, given all that was found in a text together.

Words mislead one by one: who thanks for a broken kettle complains, and who threatens swears as well. So what lexicons
found is weighed up by one logistic table, together with what the n-grams of the text say: both are learnt at once from
labelled comments; see `scoring.training.weighing`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp
from pathlib import Path

import numpy as np
import numpy.typing as npt

from huiying.events.assessments import Entity, Sentiment
from scoring.domain.codes.masking import PERSONAL
from scoring.domain.codes.rules import rows
from scoring.domain.codes.signals import Signals

Shares = Mapping[str, float]
"""By code, of intents and of risks: the share of texts like this that are what the code says, 0 to 1."""

_FILE = Path(__file__).parent / "weighing.tsv"
_DECIMALS = 3
_UNDECIDED, _SURELY = 0.5, 1e-6
_SUPPOSED = 0.5
"""What remains of words that are said of what might be."""


@dataclass(frozen=True, slots=True)
class Table:
    """One weight per feature and code. The feature `always` is 1 for every text."""

    features: Mapping[str, int]
    codes: tuple[str, ...]
    weights: npt.NDArray[np.float64]

    def shares(self, features: Mapping[str, float], *, leanings: Mapping[str, float]) -> Shares:
        """The share of every code. A feature that the table does not know says nothing, nor does an unknown leaning."""
        known = [(self.features[name], value) for name, value in features.items() if name in self.features]
        places, values = zip(*known, strict=True)
        logits = (np.array(values) @ self.weights[list(places)]).tolist()
        # In plain numbers: for nineteen of them arrays cost more than they save.
        return {
            code: round(1 / (1 + exp(-logit) * _odds_against(leanings.get(code, _UNDECIDED))), _DECIMALS)
            for code, logit in zip(self.codes, logits, strict=True)
        }


def _odds_against(share: float) -> float:
    return (1 - share) / max(share, _SURELY)


@cache
def committed_table() -> Table:
    """The table that comes with this package, read once."""
    (_, *codes), *weights = rows(_FILE)
    return Table(
        features={name: place for place, (name, *_) in enumerate(weights)},
        codes=tuple(codes),
        weights=np.array([[float(weight) for weight in row] for _, *row in weights]),
    )


def weigh(
    signals: Signals,
    *,
    sentiment: Sentiment | None,
    entities: Sequence[Entity] = (),
    hints: Mapping[str, float] | None = None,
    leanings: Mapping[str, float] | None = None,
) -> Shares:
    """How sure each code is. `hints` are probabilities of trained heads by name; any may be missing.

    `leanings` is what the n-grams of the text say of each code, 0 to 1, where a half says nothing.
    """
    features = features_of(signals, sentiment=sentiment, entities=entities, hints=hints or {})
    return committed_table().shares(features, leanings=leanings or {})


def features_of(
    signals: Signals, *, sentiment: Sentiment | None, entities: Sequence[Entity], hints: Mapping[str, float]
) -> dict[str, float]:
    """What is weighed up, by name, 0 to 1: what signals say, what they deny, the feeling, numbers, and hints."""
    unsaid: dict[str, float] = {}
    for signal in signals.found:
        name = f"not {signal.code}" if signal.denied else signal.code
        weight = signal.weight * _SUPPOSED if signal.supposed else signal.weight
        unsaid[name] = unsaid.get(name, 1.0) * (1 - weight)
    features = {name: 1 - share for name, share in unsaid.items()}
    if sentiment is not None:
        features["negative"], features["positive"] = sentiment.scores.negative, sentiment.scores.positive
    features["personal number"] = float(any(each.kind in PERSONAL for each in entities))
    features |= {f"hint {name}": value for name, value in hints.items()}
    features["always"] = 1.0
    return features
