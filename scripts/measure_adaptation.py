"""Measures what a brand's own labels are worth, on labelled texts of a domain that the model has not seen.

    python -m scripts.measure_adaptation DOMAIN.tsv.gz [--weights DIR] [--half choosing]

The file has `label<TAB>text` lines, labels neg, neu and pos. By a hash of the text it falls into a half for choosing
among recipes and a half for measuring, and each of those into texts to label and the rest. Five times some labels are
drawn and learnt from, and the rest is read by what was learnt: docs/adaptation.md has the figures.
"""

import argparse
import gzip
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from scoring.domain.model.evaluation import SHORT_LABELS, Evaluation, evaluate
from scoring.domain.model.sentiment import LABELS
from scoring.domain.model.text_model import TextModel
from scoring.domain.model.weights import COMMITTED_WEIGHTS
from scoring.domain.teaching.lessons import Lessons, learn
from scoring.domain.text.language import read_languages

LABEL_COUNTS = (100, 300, 1_000)
DRAWS = 5
HALVES = ("choosing", "measuring")


class Domain:
    """The texts of one half, as the model reads them: some to label, the others to measure on."""

    def __init__(self, path: Path, *, half: str, model: TextModel) -> None:
        keys, classes, texts = _read(path)
        chosen = np.flatnonzero(keys[:, 0] // 128 == HALVES.index(half))
        is_rest = keys[chosen, 1] % 2 == 1
        self.model = model.name
        self.texts = [texts[row] for row in chosen]
        self.classes = classes[chosen]
        self.rows = model.probabilities(self.texts, readings=read_languages(self.texts))
        self.pool, self.rest = np.flatnonzero(~is_rest), np.flatnonzero(is_rest)

    def before(self) -> Evaluation:
        """How the rest reads by the model as it is."""
        return evaluate(self.classes[self.rest], self.rows[self.rest])

    def after(self, labelled: npt.NDArray[np.int64]) -> Evaluation:
        """How the rest reads once the brand has labelled these."""
        labels = [LABELS[index] for index in self.classes[labelled]]
        lessons = Lessons.of([self.texts[row] for row in labelled], labels, rows=self.rows[labelled])
        texts = [self.texts[row] for row in self.rest]
        adaptation = learn(lessons, model=self.model).adaptation
        rows = adaptation.apply(self.rows[self.rest], texts=texts, readings=read_languages(texts))
        return evaluate(self.classes[self.rest], rows)


def main(arguments: Sequence[str]) -> None:
    """Print a table: the model as it is, then with so many labels, over five draws."""
    parser = argparse.ArgumentParser(description="What a brand's own labels are worth.")
    parser.add_argument("domain", type=Path, help="label<TAB>text lines, gzipped")
    parser.add_argument("--weights", type=Path, default=COMMITTED_WEIGHTS, help="those of a model without this domain")
    parser.add_argument("--half", choices=HALVES, default="measuring")
    asked = parser.parse_args(arguments)
    domain = Domain(asked.domain, half=asked.half, model=TextModel.load(asked.weights))
    _say(f"| labels | accuracy | macro-F1 | ECE |   {domain.rest.size} texts, {domain.model}\n|---|---|---|---|")
    _say(_line("none", [domain.before()]))
    for count in LABEL_COUNTS:
        draws = [np.random.default_rng(seed).choice(domain.pool, count, replace=False) for seed in range(DRAWS)]
        _say(_line(f"{count:,}", [domain.after(draw) for draw in draws]))


def _read(path: Path) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], list[str]]:
    keys, classes, texts = [], [], []
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            label, _, text = line.rstrip("\n").partition("\t")
            keys.append(list(hashlib.sha256(text.encode()).digest()[:2]))
            classes.append(SHORT_LABELS.index(label))
            texts.append(text)
    return np.array(keys), np.array(classes), texts


def _line(name: str, found: Sequence[Evaluation]) -> str:
    figures = 100 * np.array([[one.accuracy, one.macro_f1, one.ece] for one in found])
    pairs = zip(figures.mean(axis=0), figures.std(axis=0), strict=True)
    shown = (f"{mean:.1f}" if len(found) == 1 else f"{mean:.1f} ± {spread:.1f}" for mean, spread in pairs)
    return f"| {' | '.join([name, *shown])} |"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
