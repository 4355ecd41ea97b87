"""What a trained table is worth on texts that it never saw."""

import numpy as np

from huiying.events.envelope import Value
from scoring.domain.evaluation import evaluate
from scoring.domain.sentiment import Table
from scoring.training.corpora import Corpus


class Measure(Value, frozen=True, kw_only=True):
    """Figures of one corpus, shares from 0 to 1; a binary corpus is decided between negative and positive.

    `left_out`: its whole family was left out of training, so the figures say what to expect elsewhere.
    `called_neutral`, `confident_share` and `confident_accuracy` are for the decision among all three; where nobody
    could label a text neutral, calling it so counts as wrong.
    """

    corpus: str
    texts: int
    left_out: bool
    accuracy: float
    macro_f1: float
    macro_recall: float
    ece: float
    called_neutral: float
    confident_share: float
    confident_accuracy: float


def measure(table: Table, corpus: Corpus, *, left_out: bool) -> Measure:
    """The figures of `table` on all texts of `corpus`."""
    rows = table.probabilities(corpus.texts)
    found = evaluate(corpus.classes, rows)
    decided = rows.argmax(axis=1)
    confident = rows.max(axis=1) >= table.facts.confident_from
    right = (decided == corpus.classes)[confident]
    return Measure(
        corpus=corpus.source.name,
        texts=len(corpus.texts),
        left_out=left_out,
        accuracy=_short(found.accuracy),
        macro_f1=_short(found.macro_f1),
        macro_recall=_short(found.macro_recall),
        ece=_short(found.ece),
        called_neutral=_short(float((decided == 1).mean())),
        confident_share=_short(float(confident.mean())),
        confident_accuracy=_short(float(right.mean()) if right.size else 0.0),
    )


def line_of(measure: Measure) -> str:
    """One row of a Markdown table, in per cent."""
    figures = (
        measure.accuracy,
        measure.macro_f1,
        measure.macro_recall,
        measure.ece,
        measure.called_neutral,
        measure.confident_share,
        measure.confident_accuracy,
    )
    return " | ".join([f"| {measure.corpus}", str(measure.texts), *(f"{100 * one:.1f}" for one in figures)]) + " |"


HEADING = """\
| corpus | texts | accuracy | macro-F1 | macro recall | ECE | called neutral | confident | right of these |
|---|---|---|---|---|---|---|---|---|"""


def _short(figure: float) -> float:
    return float(np.round(figure, 4))
