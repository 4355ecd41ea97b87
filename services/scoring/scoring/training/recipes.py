"""Which heads are trained, on what, and how."""

from dataclasses import dataclass

from scoring.domain.model.sentiment import CONFIDENT_ACCURACY, LABELS, SENTIMENT
from scoring.training.sources import (
    CHINESE_ABUSE,
    CHINESE_EMOTION,
    CHINESE_SENTIMENT,
    ENGLISH_ABUSE,
    ENGLISH_COMPLAINT,
    ENGLISH_SENTIMENT,
    Source,
)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How one head is trained.

    `strength` is the inverse of the penalty on the regression's weights; `units`, how many hidden units the network
    beside it has. `class_importance` is how much a text of each label counts.
    `confident_from` becomes the lowest probability from which on `confident_accuracy` of the held-out texts called one
    of the `told` labels were rightly called so, but no less than `least_confident`.
    """

    question: str
    language: str
    labels: tuple[str, ...]
    told: tuple[str, ...]
    sources: tuple[Source, ...]
    bits: int
    strength: float
    units: int
    confident_accuracy: float
    least_confident: float = 0.0
    class_importance: tuple[float, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.language}_{self.question}"


_SENTIMENT_LABELS = tuple(label.value for label in LABELS)
_EMOTION_LABELS = ("happiness", "anger", "sadness", "fear", "surprise", "neutral")

RECIPES = (
    Recipe(
        question=SENTIMENT,
        language="zh",
        labels=_SENTIMENT_LABELS,
        told=_SENTIMENT_LABELS,
        sources=CHINESE_SENTIMENT,
        bits=19,
        strength=2.5,
        units=6,
        confident_accuracy=CONFIDENT_ACCURACY,
    ),
    Recipe(
        question=SENTIMENT,
        language="en",
        labels=_SENTIMENT_LABELS,
        told=_SENTIMENT_LABELS,
        sources=ENGLISH_SENTIMENT,
        bits=19,
        strength=2.0,
        units=6,
        confident_accuracy=CONFIDENT_ACCURACY,
        # One in six of the training tweets is negative; of what is written to a brand, more.
        class_importance=(1.6, 0.9, 1.0),
    ),
    Recipe(
        question="emotion",
        language="zh",
        labels=_EMOTION_LABELS,
        told=_EMOTION_LABELS,
        sources=CHINESE_EMOTION,
        bits=18,
        strength=5.0,
        units=6,
        confident_accuracy=0.8,
    ),
    Recipe(
        question="abuse",
        language="zh",
        labels=("none", "abuse"),
        told=("abuse",),
        sources=CHINESE_ABUSE,
        bits=18,
        strength=4.0,
        units=0,
        # Its training labels were made in part by machine, and its held-out figures flatter: ask for more than needed.
        confident_accuracy=0.95,
        least_confident=0.5,
    ),
    Recipe(
        question="abuse",
        language="en",
        labels=("none", "abuse"),
        told=("abuse",),
        sources=ENGLISH_ABUSE,
        bits=18,
        strength=1.5,
        units=0,
        confident_accuracy=0.8,
        least_confident=0.5,
    ),
    Recipe(
        question="complaint",
        language="en",
        labels=("none", "complaint"),
        told=("complaint",),
        sources=ENGLISH_COMPLAINT,
        bits=18,
        strength=4.0,
        units=0,
        confident_accuracy=0.8,
        least_confident=0.5,
    ),
)
