"""What a trained head is worth on texts that it never saw."""

import numpy as np

from huiying.events.envelope import Value
from scoring.domain.model.evaluation import evaluate
from scoring.training.corpora import Corpus
from scoring.training.fitting import Trained, probabilities_of
from scoring.training.recipes import Recipe


class Measure(Value, frozen=True, kw_only=True):
    """Figures of one head on one corpus, shares from 0 to 1, deciding among the labels that the corpus has.

    `left_out`: its whole family was left out of training, so the figures say what to expect elsewhere. The others are
    for the decision among all labels of the question: `called_other`, how many texts get a label that the corpus lacks;
    `told`, how many get one with confidence; `right`, how many of these are right; `found`, of all texts with a label
    that the head tells, how many are told with confidence and rightly.
    """

    head: str
    corpus: str
    texts: int
    left_out: bool
    accuracy: float
    macro_f1: float
    macro_recall: float
    ece: float
    called_other: float
    told: float
    right: float
    found: float


def measure(trained: Trained, corpus: Corpus, *, recipe: Recipe, left_out: bool) -> Measure:
    """The figures of a head on all texts of `corpus`."""
    rows = probabilities_of(trained.head, corpus.texts)
    figures = evaluate(corpus.classes, rows, labels=recipe.labels, among=corpus.open_classes.tolist())
    decided = rows.argmax(axis=1)
    tellable = [recipe.labels.index(label) for label in recipe.told]
    told = np.isin(decided, tellable) & (rows.max(axis=1) >= trained.head.facts.confident_from)
    right = told & (decided == corpus.classes)
    return Measure(
        head=recipe.name,
        corpus=corpus.source.name,
        texts=len(corpus.texts),
        left_out=left_out,
        accuracy=_short(figures.accuracy),
        macro_f1=_short(figures.macro_f1),
        macro_recall=_short(figures.macro_recall),
        ece=_short(figures.ece),
        called_other=_short(float((~np.isin(decided, corpus.open_classes)).mean())),
        told=_short(float(told.mean())),
        right=_short(right.sum() / max(told.sum(), 1)),
        found=_short(right.sum() / max(np.isin(corpus.classes, tellable).sum(), 1)),
    )


def line_of(measure: Measure) -> str:
    """One row of a Markdown table, in per cent."""
    figures = (
        measure.accuracy,
        measure.macro_f1,
        measure.macro_recall,
        measure.ece,
        measure.called_other,
        measure.told,
        measure.right,
        measure.found,
    )
    cells = [f"| {measure.head}", measure.corpus, str(measure.texts), *(f"{100 * one:.1f}" for one in figures)]
    return " | ".join(cells) + " |"


HEADING = """\
| head | corpus | texts | accuracy | macro-F1 | macro recall | ECE | called other | told | right | found |
|---|---|---|---|---|---|---|---|---|---|---|"""


def _short(figure: float) -> float:
    return float(np.round(figure, 4))
