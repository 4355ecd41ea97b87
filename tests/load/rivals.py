"""The sentiment model beside what a Python program would use else: how right, and how fast, on the same texts."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from cnsenti import Sentiment as Cnsenti
from snownlp import SnowNLP
from textblob import TextBlob
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from scoring.domain.evaluation import SHORT_LABELS, Evaluation, evaluate
from scoring.domain.language import read_languages
from scoring.domain.text_model import BATCH, TextModel
from scoring.domain.weights import COMMITTED_WEIGHTS
from standalone.bench.report import Line
from tests.support.labelled_texts import LabelledText

NEGATIVE, NEUTRAL, POSITIVE = range(len(SHORT_LABELS))
_MOST_TEXTS = 2_000
"""The slowest of them reads some hundred texts a second."""

Reader = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True)
class Reading:
    """What one reader made of one collection of texts."""

    reader: str
    collection: str
    figures: Evaluation
    texts_per_second: float


def compare(collection: str, texts: Sequence[LabelledText], *, language: str) -> list[Reading]:
    """Every reader of that language on the same texts, one after the other, on one core."""
    chosen = [one for one in texts if one.language == language][:_MOST_TEXTS]
    classes = np.array([SHORT_LABELS.index(one.sentiment) for one in chosen])
    written = [one.text for one in chosen]
    found = []
    for name, reader in _readers(language).items():
        reader(written[:20])  # Dictionaries are read at the first use.
        started = time.process_time()
        decided = np.array(reader(written))
        seconds = time.process_time() - started
        rows = np.eye(len(SHORT_LABELS))[decided]
        found.append(Reading(name, collection, evaluate(classes, rows), len(written) / max(seconds, 1e-9)))
    return found


def rival_lines(readings: Sequence[Reading]) -> list[Line]:
    """Accuracy and macro-F1 in per cent, and the speed."""
    lines = []
    for one in readings:
        name = f"{one.collection}, {one.reader}"
        lines += [
            Line(f"{name}: accuracy", one.figures.accuracy * 100, "%"),
            Line(f"{name}: macro-F1", one.figures.macro_f1 * 100, "%"),
            Line(f"{name}: speed", one.texts_per_second, "texts/s"),
        ]
    return lines


def _readers(language: str) -> dict[str, Reader]:
    ours = _huiying(COMMITTED_WEIGHTS)
    if language == "zh":
        return {"huiying": ours, "snownlp": _snownlp, "cnsenti": _cnsenti()}
    return {"huiying": ours, "VADER": _vader(), "TextBlob": _textblob}


def _huiying(weights: Path) -> Reader:
    model = TextModel.load(weights)

    def read(texts: Sequence[str]) -> list[int]:
        batches = [texts[at : at + BATCH] for at in range(0, len(texts), BATCH)]
        rows = [model.probabilities(batch, readings=read_languages(batch)) for batch in batches]
        return [int(label) for label in np.concatenate(rows).argmax(axis=1)]

    return read


def _snownlp(texts: Sequence[str]) -> list[int]:
    return [_of_score(SnowNLP(text).sentiments, low=0.4, high=0.6) for text in texts]


def _cnsenti() -> Reader:
    counter = Cnsenti()

    def read(texts: Sequence[str]) -> list[int]:
        counts = (counter.sentiment_count(text) for text in texts)
        return [_of_score(count["pos"] - count["neg"], low=0, high=0) for count in counts]

    return read


def _vader() -> Reader:
    analyser = SentimentIntensityAnalyzer()
    return lambda texts: [_of_score(analyser.polarity_scores(text)["compound"], low=-0.05, high=0.05) for text in texts]


def _textblob(texts: Sequence[str]) -> list[int]:
    return [_of_score(TextBlob(text).sentiment.polarity, low=-0.05, high=0.05) for text in texts]


def _of_score(score: float, *, low: float, high: float) -> int:
    """The customary thresholds: whatever lies between them is neutral."""
    if score < low:
        return NEGATIVE
    return POSITIVE if score > high else NEUTRAL
