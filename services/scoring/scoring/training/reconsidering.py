"""Learns the table by which sentiments are thought over, from labelled comments and from what heads never saw.

Run as `python -m scoring.training.reconsidering LABELLED.tsv… --data DIR`; it writes `domain/codes/reconsidering.tsv`.
The held-out tenth of the corpora keeps it from bending to a few comments.
"""

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from scoring.domain.codes.reconsidering import FILE, SCALE, cues_of
from scoring.domain.codes.signals import find_signals
from scoring.domain.model.evaluation import SHORT_LABELS, Evaluation, evaluate
from scoring.domain.model.heads import Floats, logs_of, softmax
from scoring.domain.model.sentiment import SENTIMENT
from scoring.domain.model.text_model import TextModel
from scoring.domain.model.weights import COMMITTED_WEIGHTS
from scoring.domain.text.language import read_languages
from scoring.training.corpora import read_corpora
from scoring.training.recipes import RECIPES
from scoring.training.train import HELD_OUT_SHARE

_CORPUS_TEXTS = 1_400
_CORPUS_WEIGHT = 2.0
_FEWEST_TEXTS = 8
_PENALTY = 1.0
_NOT_OPEN = -1e9


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """Texts of one collection: their classes, those its labellers could choose, and how much each text counts."""

    name: str
    texts: Sequence[str]
    classes: npt.NDArray[np.int64]
    is_open: npt.NDArray[np.bool_]
    weight: float


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A lesson as the tables and the lexicons see it."""

    lesson: Lesson
    logs: Floats
    cues: Floats


def main(arguments: Sequence[str]) -> None:
    """Learn from the file and the folder on the command line, and say what it is worth on what was learnt from."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labelled", type=Path, nargs="+")
    parser.add_argument("--data", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    names, seen = _seen([*map(_comments, chosen.labelled), *_unseen(chosen.data)])
    scale, weights = _learnt(seen)
    lines = ["\t".join(["cue", *SHORT_LABELS]), "\t".join([SCALE, *[f"{scale:.3f}"] * len(SHORT_LABELS)])]
    lines += ["\t".join([name, *(f"{one:.2f}" for one in row)]) for name, row in zip(names, weights, strict=True)]
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for one in seen:
        after = softmax(scale * one.logs + one.cues @ weights)
        before, now = (evaluate(one.lesson.classes, rows) for rows in (softmax(one.logs), after))
        sys.stdout.write(f"{one.lesson.name}: {_told(before)} before, {_told(now)} after\n")


def _told(figures: Evaluation) -> str:
    return f"accuracy {figures.accuracy:.3f}, macro-F1 {figures.macro_f1:.3f}, ECE {figures.ece:.3f}"


def _comments(path: Path) -> Lesson:
    with path.open(encoding="utf-8", newline="") as lines:
        found = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    classes = np.array([SHORT_LABELS.index(one["sentiment"]) for one in found])
    is_open = np.ones(len(SHORT_LABELS), dtype=bool)
    return Lesson(name=path.name, texts=[one["text"] for one in found], classes=classes, is_open=is_open, weight=1.0)


def _unseen(directory: Path) -> list[Lesson]:
    lessons = []
    for recipe in (one for one in RECIPES if one.question == SENTIMENT):
        sources = [source for source in recipe.sources if not source.is_own]
        for corpus in read_corpora(directory, sources, labels=recipe.labels, held_out_share=HELD_OUT_SHARE):
            held = corpus.chosen(corpus.held_out)
            is_open = np.isin(np.arange(len(SHORT_LABELS)), held.open_classes)
            lessons.append(
                Lesson(
                    name=corpus.source.name,
                    texts=held.texts[:_CORPUS_TEXTS],
                    classes=held.classes[:_CORPUS_TEXTS],
                    is_open=is_open,
                    weight=_CORPUS_WEIGHT,
                )
            )
    return lessons


def _seen(lessons: Sequence[Lesson]) -> tuple[list[str], list[Seen]]:
    """The cues that enough texts have, and what is seen in each lesson, one column per cue."""
    model = TextModel.load(COMMITTED_WEIGHTS, codes=None)
    cues = [[cues_of(signals) for signals in find_signals(lesson.texts)] for lesson in lessons]
    texts = Counter(name for lesson in cues for each in lesson for name in each)
    names = sorted(name for name, count in texts.items() if count >= _FEWEST_TEXTS)
    return names, [
        Seen(
            lesson=lesson,
            logs=logs_of(model.probabilities(lesson.texts, readings=read_languages(lesson.texts))),
            cues=np.array([[each.get(name, 0.0) for name in names] for each in found]),
        )
        for lesson, found in zip(lessons, cues, strict=True)
    ]


def _learnt(seen: Sequence[Seen]) -> tuple[float, Floats]:
    """The scale, and the weights of every cue for every class, by maximum likelihood with a penalty on the weights."""
    shape = (seen[0].cues.shape[1], len(SHORT_LABELS))

    def loss(parameters: Floats) -> tuple[float, Floats]:
        scale, weights = parameters[0], parameters[1:].reshape(shape)
        total, by_scale, by_weight = _PENALTY * (weights**2).sum(), 0.0, 2 * _PENALTY * weights
        for one in seen:
            lesson = one.lesson
            rows = softmax(np.where(lesson.is_open, scale * one.logs + one.cues @ weights, _NOT_OPEN))
            truth = np.eye(len(SHORT_LABELS))[lesson.classes]
            total -= lesson.weight * np.log(rows[np.arange(len(rows)), lesson.classes] + 1e-12).sum()
            slope = np.where(lesson.is_open, lesson.weight * (rows - truth), 0.0)
            by_scale += (slope * one.logs).sum()
            by_weight = by_weight + one.cues.T @ slope
        return float(total), np.concatenate([[by_scale], by_weight.ravel()])

    start = np.concatenate([[1.0], np.zeros(shape[0] * shape[1])])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500})
    return float(found.x[0]), found.x[1:].reshape(shape)


if __name__ == "__main__":
    main(sys.argv[1:])
