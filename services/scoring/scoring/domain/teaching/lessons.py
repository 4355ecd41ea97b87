"""Learning an adaptation from labels, and what it would do, measured on labels that it has not seen."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from huiying.errors import Conflict
from huiying.events.assessments import SentimentLabel
from huiying.events.envelope import Value
from scoring.domain.model.evaluation import evaluate
from scoring.domain.model.features import Features
from scoring.domain.model.heads import Probabilities, logs_of, softmax
from scoring.domain.model.ngram_weights import fit_weights
from scoring.domain.model.sentiment import LABELS
from scoring.domain.model.weights import features_fingerprint
from scoring.domain.teaching.adaptation import Adaptation, features_of, selected
from scoring.domain.text.language import read_languages

FEWEST_LABELS = 100
FEWEST_LABELS_FOR_NGRAMS = 300
FEWEST_CONFIRMED = 1 / 3
"""The share of labels that must agree with the model. Who labels only its errors teaches it that it is always wrong."""

Classes = npt.NDArray[np.int64]

_FOLDS = 5
_STEPS = 25
_LONGEST_STEP = 0.5
# Worth about so many labels: what a brand's labels say is believed as far as they outweigh this.
_PRIOR = 5.0
_LEAST_SCALE = 0.2
_SHARPNESSES = np.geomspace(0.3, 3.0, 93)


class TooFewLabels(Conflict):
    """There is not enough to learn from; the message says what is missing."""

    code = "too_few_labels"


class Figures(Value, frozen=True, kw_only=True):
    """How well a brand's labels are met: shares from 0 to 1; `ece` is the expected calibration error."""

    accuracy: float
    macro_f1: float
    ece: float


class Effect(Value, frozen=True, kw_only=True):
    """What an adaptation does to labels that it was not learnt from, by cross-validation over `label_count` of them.

    `confirmed` is the share of labels that agree with the model as it is; `changed` counts the texts that would read
    otherwise.
    """

    label_count: int
    confirmed: float
    uses_ngrams: bool
    before: Figures
    after: Figures
    changed: int


@dataclass(frozen=True, kw_only=True)
class Lessons:
    """Labelled texts, as learning sees them: what the model says, the n-grams, the label, and the fold of each."""

    logs: Probabilities
    features: Features
    classes: Classes
    folds: npt.NDArray[np.int64]

    @classmethod
    def of(cls, texts: Sequence[str], labels: Sequence[SentimentLabel], *, rows: Probabilities) -> Self:
        """The lessons in texts, their labels, and the model's probabilities of them."""
        # By the text, so that what was said twice is never learnt and measured at once.
        folds = [zlib.crc32(text.encode("utf-8", "surrogatepass")) % _FOLDS for text in texts]
        return cls(
            logs=logs_of(rows),
            features=features_of(texts, readings=read_languages(texts)),
            classes=np.array([LABELS.index(label) for label in labels], dtype=np.int64),
            folds=np.array(folds, dtype=np.int64),
        )

    def part(self, rows: npt.NDArray[np.int64]) -> "Lessons":
        """Only these lessons."""
        return Lessons(
            logs=self.logs[rows],
            features=selected(self.features, rows),
            classes=self.classes[rows],
            folds=self.folds[rows],
        )

    @property
    def importance(self) -> npt.NDArray[np.float64]:
        """How much each counts, 1 on average: a quarter as frequent a label counts twice as much, not four times."""
        counts = np.bincount(self.classes, minlength=len(LABELS))
        weights = 1 / np.sqrt(counts[self.classes])
        mean: float = weights.mean()
        return weights / mean


@dataclass(frozen=True, kw_only=True)
class Learnt:
    """An adaptation with its effect, and the class that each text reads as, before and after."""

    adaptation: Adaptation
    effect: Effect
    before: Classes
    after: Classes


def learn(lessons: Lessons, *, model: str) -> Learnt:
    """The adaptation of `model` that these lessons teach: with n-grams where there are labels enough and it pays.

    Raises TooFewLabels. Takes a few seconds for a thousand labels.
    """
    before = lessons.logs.argmax(axis=1)
    _check_enough(lessons, before)
    logits, uses_ngrams = _unseen(lessons, uses_ngrams=False), False
    if lessons.classes.size >= FEWEST_LABELS_FOR_NGRAMS:
        finer = _unseen(lessons, uses_ngrams=True)
        if _surprise(finer, lessons.classes) < _surprise(logits, lessons.classes):
            logits, uses_ngrams = finer, True
    sharpness = min(_SHARPNESSES.tolist(), key=lambda one: _surprise(logits * one, lessons.classes))
    after = logits.argmax(axis=1)
    effect = Effect(
        label_count=lessons.classes.size,
        confirmed=float((before == lessons.classes).mean()),
        uses_ngrams=uses_ngrams,
        before=_figures(lessons.classes, np.exp(lessons.logs)),
        after=_figures(lessons.classes, softmax(logits * sharpness)),
        changed=int((before != after).sum()),
    )
    adaptation = _fitted(lessons, model=model, uses_ngrams=uses_ngrams).sharpened(sharpness)
    return Learnt(adaptation=adaptation, effect=effect, before=before, after=after)


def _check_enough(lessons: Lessons, before: Classes) -> None:
    count = lessons.classes.size
    if count < FEWEST_LABELS:
        raise TooFewLabels(f"{count} labelled texts, at least {FEWEST_LABELS} are needed")
    # Equal texts share a fold, and what is measured on them must be learnt from others.
    if np.bincount(lessons.folds).max() > count / 2:
        raise TooFewLabels("more than half of the labelled texts are the same")
    confirmed = float((before == lessons.classes).mean())
    if confirmed < FEWEST_CONFIRMED:
        raise TooFewLabels(
            f"{confirmed:.0%} of the labels agree with the model, at least {FEWEST_CONFIRMED:.0%} are needed: "
            "label what it reads rightly, too"
        )


def _unseen(lessons: Lessons, *, uses_ngrams: bool) -> Probabilities:
    """The logits of each text by what the other folds teach."""
    logits = np.zeros_like(lessons.logs)
    for fold in range(_FOLDS):
        apart = lessons.folds == fold
        fitted = _fitted(lessons.part(np.flatnonzero(~apart)), uses_ngrams=uses_ngrams)
        rest = lessons.part(np.flatnonzero(apart))
        logits[apart] = fitted.logits(rest.logs, features=rest.features)
    return logits


def _fitted(lessons: Lessons, *, model: str = "", uses_ngrams: bool) -> Adaptation:
    scale, *bias = _scale_and_bias(lessons).tolist()
    negative, neutral, positive = bias
    plain = Adaptation(
        model=model,
        features_sha256=features_fingerprint(),
        scale=max(scale, _LEAST_SCALE),
        bias=(negative, neutral, positive),
    )
    if not uses_ngrams:
        return plain
    weights = fit_weights(
        lessons.features,
        offset=plain.logits(lessons.logs, features=None),
        targets=_targets(lessons),
        importance=lessons.importance,
    )
    return replace(plain, ngrams=weights)


def _scale_and_bias(lessons: Lessons) -> npt.NDArray[np.float64]:
    """The scale and the three biases that make the labels likeliest, by Newton's method."""
    targets, importance = _targets(lessons), lessons.importance
    usual = np.array([1.0, 0.0, 0.0, 0.0])
    identity = np.broadcast_to(np.eye(len(LABELS)), (lessons.classes.size, len(LABELS), len(LABELS)))
    # The logits are linear in what is sought: text, label, parameter.
    design = np.concatenate([lessons.logs[:, :, None], identity], axis=2)
    found = usual
    for _ in range(_STEPS):
        rows = softmax(design @ found)
        slope = np.einsum("n,nk,nkp->p", importance, rows - targets, design) + _PRIOR * (found - usual)
        spread = design - np.einsum("nk,nkp->np", rows, design)[:, None, :]
        weighed = spread * (importance[:, None] * rows)[:, :, None]
        curvature = np.einsum("nkp,nkq->pq", weighed, spread) + _PRIOR * np.eye(usual.size)
        step = np.linalg.solve(curvature, slope)
        # A whole step from afar can land where the curvature is gone, and never come back.
        found = found - np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
    return found


def _targets(lessons: Lessons) -> Probabilities:
    targets: Probabilities = np.eye(len(LABELS))[lessons.classes]
    return targets


def _surprise(logits: Probabilities, classes: Classes) -> float:
    """How unlikely the labels are, on average: the mean negative log-likelihood."""
    likely = softmax(logits)[np.arange(classes.size), classes]
    return -float(logs_of(likely).mean())


def _figures(classes: Classes, rows: Probabilities) -> Figures:
    found = evaluate(classes, rows)
    return Figures(accuracy=found.accuracy, macro_f1=found.macro_f1, ece=found.ece)
