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

from scoring.domain.codes.reconsidering import reconsidered
from scoring.domain.codes.signals import find_signals
from scoring.domain.model.evaluation import SHORT_LABELS, Evaluation, evaluate
from scoring.domain.model.heads import Probabilities
from scoring.domain.model.sentiment import SENTIMENT
from scoring.domain.model.text_model import BATCH, TextModel
from scoring.domain.model.weights import COMMITTED_WEIGHTS
from scoring.domain.text.language import read_languages
from scoring.training.corpora import read_corpora
from scoring.training.recipes import RECIPES
from scoring.training.train import HELD_OUT_SHARE
from standalone.bench.report import Line
from tests.support.labelled_texts import FINAL, labelled_texts

NEGATIVE, NEUTRAL, POSITIVE = range(len(SHORT_LABELS))
_CORPORA = ("zh_smp_usual3", "zh_shop10", "en_semeval")
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


def compare_all(corpora: Path | None) -> list[Reading]:
    """On the half of the authors' comments that only measures, and, in a folder of corpora, on what no head saw."""
    comments = labelled_texts(FINAL)
    found = []
    for language in ("zh", "en"):
        own = [one for one in comments if one.language == language]
        labels = [SHORT_LABELS.index(one.sentiment) for one in own]
        found += compare(f"comments to brands, {language}", [one.text for one in own], labels, language=language)
    return found if corpora is None else found + _compare_unseen(corpora)


def _compare_unseen(directory: Path) -> list[Reading]:
    found = []
    for recipe in (one for one in RECIPES if one.question == SENTIMENT):
        sources = [source for source in recipe.sources if source.name in _CORPORA]
        for corpus in read_corpora(directory, sources, labels=recipe.labels, held_out_share=HELD_OUT_SHARE):
            unseen = corpus.chosen(corpus.held_out)
            found += compare(corpus.source.name, unseen.texts, unseen.classes.tolist(), language=recipe.language)
    return found


def compare(collection: str, texts: Sequence[str], labels: Sequence[int], *, language: str) -> list[Reading]:
    """Every reader of that language on the same texts, one after the other, on one core.

    Where nobody could label a text neutral, whoever calls it so is wrong.
    """
    written, classes = texts[:_MOST_TEXTS], np.array(labels[:_MOST_TEXTS])
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
    model = TextModel.load(COMMITTED_WEIGHTS)
    ours = {"huiying, the tables alone": _tables(model), "huiying, thought over": _thought_over(model)}
    if language == "zh":
        return {**ours, "snownlp": _snownlp, "cnsenti": _cnsenti()}
    return {**ours, "VADER": _vader(), "TextBlob": _textblob}


def _tables(model: TextModel) -> Reader:
    return _in_batches(lambda batch: model.probabilities(batch, readings=read_languages(batch)))


def _thought_over(model: TextModel) -> Reader:
    def read(batch: Sequence[str]) -> Probabilities:
        return reconsidered(model.probabilities(batch, readings=read_languages(batch)), find_signals(batch))

    return _in_batches(read)


def _in_batches(read: Callable[[Sequence[str]], Probabilities]) -> Reader:
    def decide(texts: Sequence[str]) -> list[int]:
        rows = [read(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
        return [int(label) for label in np.concatenate(rows).argmax(axis=1)]

    return decide


def _snownlp(texts: Sequence[str]) -> list[int]:
    # It divides by the number of words that it knows.
    return [_of_score(SnowNLP(text).sentiments, low=0.4, high=0.6) if text.strip() else NEUTRAL for text in texts]


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
