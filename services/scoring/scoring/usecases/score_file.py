"""Measure the sentiment model on a labelled file."""

from pathlib import Path

import numpy as np

from huiying.clock import processor_seconds
from huiying.errors import Invalid
from huiying.events.envelope import Value
from scoring.domain.model.evaluation import SHORT_LABELS, evaluate
from scoring.domain.model.heads import Probabilities
from scoring.domain.model.text_model import BATCH, TextModel
from scoring.domain.text.language import read_languages


class FileScore(Value, frozen=True, kw_only=True):
    """What `huiying score` prints: see `Evaluation` for the figures.

    The speed is that of one processor, whatever else the machine does, and includes telling the language.
    """

    accuracy: float
    macro_f1: float
    macro_recall: float
    ece: float
    texts_per_second: float
    confusion: dict[str, dict[str, int]]


def score_file(path: Path, *, model: TextModel) -> FileScore:
    """How the model does on `label<TAB>text` lines, labels neg, neu and pos; of only two, it decides among those.

    Every text gets a decision, also those whose sentiment an assessment would leave out. Raises Invalid, naming the
    line, for anything else in the file.
    """
    classes, texts = _labelled(path)
    started = processor_seconds()
    rows = np.concatenate([_probabilities(texts[at : at + BATCH], model) for at in range(0, len(texts), BATCH)])
    seconds = processor_seconds() - started
    found = evaluate(np.array(classes), rows)
    return FileScore(
        accuracy=found.accuracy,
        macro_f1=found.macro_f1,
        macro_recall=found.macro_recall,
        ece=found.ece,
        texts_per_second=len(texts) / max(seconds, 1e-9),
        confusion=found.confusion,
    )


def _probabilities(texts: list[str], model: TextModel) -> Probabilities:
    return model.probabilities(texts, readings=read_languages(texts))


def _labelled(path: Path) -> tuple[list[int], list[str]]:
    classes, texts = [], []
    # Only a line feed ends a line: comments may hold a carriage return or any of Unicode's other line ends.
    for number, line in enumerate(path.read_bytes().decode("utf-8-sig").split("\n"), start=1):
        if not line.strip():
            continue
        label, tab, text = line.removesuffix("\r").partition("\t")
        if not tab or label not in SHORT_LABELS:
            raise Invalid(f"{path} line {number}: expected neg, neu or pos, a tab and a text")
        classes.append(SHORT_LABELS.index(label))
        texts.append(text)
    if not texts:
        raise Invalid(f"{path}: no labelled texts")
    return classes, texts
