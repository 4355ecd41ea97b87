"""What a trained head is worth on texts that it never saw."""

import numpy as np
import numpy.typing as npt

from huiying.events.envelope import Value
from scoring.domain.model.evaluation import calibration_error, evaluate
from scoring.training.corpora import Corpus
from scoring.training.fitting import Trained, among_open, probabilities_of
from scoring.training.recipes import Recipe

_DRAWS = 1_000
_SEED = 2020
_RARELY = 0.05


class Measure(Value, frozen=True, kw_only=True):
    """Figures of one head on one corpus, shares from 0 to 1, deciding among the labels that the corpus has.

    `left_out`: its whole family was left out of training, so the figures say what to expect elsewhere. `ece_by_chance`
    is the `ece` to expect of a head that is exactly as right as it is sure, `ece_by_chance_rarely` what it would exceed
    once in twenty times. The others are for the decision among all labels of the question: `called_other`, how many
    texts get a label that the corpus lacks; `told`, how many get one with confidence; `right`, how many of these are
    right; `found`, of all texts with a label that the head tells, how many are told with confidence and rightly.
    """

    head: str
    corpus: str
    texts: int
    left_out: bool
    accuracy: float
    macro_f1: float
    macro_recall: float
    ece: float
    ece_by_chance: float
    ece_by_chance_rarely: float
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
    by_chance, rarely = error_by_chance(among_open(rows, corpus).max(axis=1))
    return Measure(
        head=recipe.name,
        corpus=corpus.source.name,
        texts=len(corpus.texts),
        left_out=left_out,
        accuracy=_short(figures.accuracy),
        macro_f1=_short(figures.macro_f1),
        macro_recall=_short(figures.macro_recall),
        ece=_short(figures.ece),
        ece_by_chance=_short(by_chance),
        ece_by_chance_rarely=_short(rarely),
        called_other=_short(float((~np.isin(decided, corpus.open_classes)).mean())),
        told=_short(float(told.mean())),
        right=_short(right.sum() / max(told.sum(), 1)),
        found=_short(right.sum() / max(np.isin(corpus.classes, tellable).sum(), 1)),
    )


def error_by_chance(confidence: npt.NDArray[np.float64]) -> tuple[float, float]:
    """The calibration error of a head exactly as right as it is sure, on so many texts: its mean, and a rare one.

    No finite collection shows an error of zero: the few texts of a bin are not right as often as they ought to be. So
    which ones are right is drawn a thousand times from `confidence` itself (consistency resampling, Bröcker and Smith
    2007), and the larger figure is exceeded once in twenty times.
    """
    chance = np.random.default_rng(_SEED)
    errors = [calibration_error(confidence, chance.random(confidence.size) < confidence) for _ in range(_DRAWS)]
    return float(np.mean(errors)), float(np.quantile(errors, 1 - _RARELY))


def line_of(measure: Measure) -> str:
    """One row of a Markdown table, in per cent."""
    figures = (measure.accuracy, measure.macro_f1, measure.macro_recall, measure.ece)
    by_chance = f"{_percent(measure.ece_by_chance)} to {_percent(measure.ece_by_chance_rarely)}"
    among_all = (measure.called_other, measure.told, measure.right, measure.found)
    cells = (
        measure.head,
        measure.corpus,
        str(measure.texts),
        *map(_percent, figures),
        by_chance,
        *map(_percent, among_all),
    )
    return f"| {' | '.join(cells)} |"


HEADING = """\
| head | corpus | texts | accuracy | macro-F1 | macro recall | ECE | by chance | called other | told | right | found |
|---|---|---|---|---|---|---|---|---|---|---|---|"""


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _short(figure: float) -> float:
    return float(np.round(figure, 4))
