"""Learns the table that weighs up what lexicons find, from labelled comments.

Run as `python -m scoring.training.weighing LABELLED.tsv`; it writes `domain/weighing.tsv`. One logistic regression per
code, by Newton's method; the penalty keeps a feature that few texts have from deciding alone.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from huiying.events.assessments import IntentCode, RiskCode
from scoring.domain.codes import weighing
from scoring.domain.codes.numbers import find_numbers
from scoring.domain.codes.signals import find_signals
from scoring.domain.model.text_model import TextModel
from scoring.domain.model.weights import COMMITTED_WEIGHTS
from scoring.domain.text.language import read_languages
from scoring.usecases.score_codes import Labelled, read_labelled

Matrix = npt.NDArray[np.float64]

CODES = tuple(dict.fromkeys(str(code) for code in (*IntentCode, *RiskCode) if code is not RiskCode.COORDINATED))
_FREE = "always"
_PENALTY = 0.5
_STEPS = 50
_CLOSE_ENOUGH = 1e-7
_OUT = Path(weighing.__file__).parent / "weighing.tsv"


def main() -> None:
    """Learns from the file named on the command line."""
    labelled = read_labelled(Path(sys.argv[1]))
    names, features = table_of(labelled)
    wanted = np.array([[code in {*one.intents, *one.risks} for code in CODES] for one in labelled], dtype=np.float64)
    weights = learnt(features, wanted, penalty=np.array([0.0 if name == _FREE else _PENALTY for name in names]))
    lines = ["\t".join(["feature", *CODES])]
    lines += ["\t".join([name, *(f"{weight:.2f}" for weight in row)]) for name, row in zip(names, weights, strict=True)]
    _OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")


def table_of(labelled: Sequence[Labelled]) -> tuple[list[str], Matrix]:
    """The names of all features that these texts have, in order, and their values, one row per text."""
    texts = [one.text for one in labelled]
    sentiments = TextModel.load(COMMITTED_WEIGHTS).assess(texts, readings=read_languages(texts))
    found = [
        weighing.features_of(signals, sentiment=sentiment, entities=find_numbers(signals.text), hints={})
        for signals, sentiment in zip(find_signals(texts), sentiments, strict=True)
    ]
    names = sorted({name for features in found for name in features})
    return names, np.array([[features.get(name, 0.0) for name in names] for features in found])


def learnt(features: Matrix, wanted: Matrix, *, penalty: npt.NDArray[np.float64]) -> Matrix:
    """The weight of every feature for every code, one column per code."""
    return np.stack([_column(features, each, penalty=penalty) for each in wanted.T], axis=1)


def _column(
    features: Matrix, wanted: npt.NDArray[np.float64], *, penalty: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    weights = np.zeros(features.shape[1])
    for _ in range(_STEPS):
        shares = 1 / (1 + np.exp(-features @ weights))
        slope = features.T @ (shares - wanted) + penalty * weights
        bend = (features.T * (shares * (1 - shares))) @ features + np.diag(penalty)
        step = np.linalg.solve(bend, slope)
        weights -= step
        if np.abs(step).max() < _CLOSE_ENOUGH:
            break
    return weights


if __name__ == "__main__":
    main()
