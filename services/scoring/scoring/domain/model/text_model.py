"""All heads of all languages together: what the trained model says of texts."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from huiying.events.assessments import Sentiment
from scoring.domain.model.features import EXTRACTORS, Features
from scoring.domain.model.heads import Head, Probabilities
from scoring.domain.model.sentiment import SENTIMENT, is_readable, sentiment_of
from scoring.domain.model.weights import CODES_WEIGHTS, read_facts, read_head
from scoring.domain.text.language import CHINESE, ENGLISH, MIXED, Reading, read_languages

BATCH = 512
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f']+")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]+")
_NOT_OWN = {CHINESE: _LATIN, ENGLISH: _HAN}


@dataclass(frozen=True, kw_only=True)
class TextModel:
    """The heads by question and language, loaded once and shared: nothing in it changes."""

    name: str
    heads: Mapping[str, Mapping[str, Head]]

    @classmethod
    def load(cls, directory: Path, *, codes: Path | None = CODES_WEIGHTS) -> Self:
        """The model in a directory of weights. Raises WeightsDamaged where they are not what was trained.

        `codes` are those of intents and risks: they go with this package's lexicons, whatever the others.
        """
        facts = read_facts(directory)
        heads: dict[str, dict[str, Head]] = defaultdict(dict)
        for home in (directory, codes) if codes else (directory,):
            for one in read_facts(home).heads:
                heads[one.question][one.language] = Head(facts=one, weights=read_head(home, one))
        return cls(name=facts.name, heads=dict(heads))

    def labels(self, question: str) -> tuple[str, ...]:
        """The columns of a question's probabilities."""
        return next(iter(self.heads[question].values())).facts.labels

    def score(
        self, texts: Sequence[str], *, readings: Sequence[Reading], questions: Collection[str] | None = None
    ) -> dict[str, Probabilities]:
        """For each question, or each of `questions`, the probabilities of its labels for every text, in order.

        A mixed text's Chinese and English halves are scored apart and averaged by their share of it. A text in no known
        language is scored by both languages' heads, evenly: emoji mean the same in both. A row is not a number where
        no head of the question knows the text's language.
        """
        asked = list(self.heads) if questions is None else list(questions)
        found = {question: np.zeros((len(texts), len(self.labels(question)))) for question in asked}
        weights = {question: np.zeros((len(texts), 1)) for question in asked}
        for language, share in _shares(readings):
            heads = {question: self.heads[question][language] for question in asked if language in self.heads[question]}
            for rows, features in _features(texts, readings, language=language, share=share, heads=heads):
                for question, head in heads.items():
                    found[question][rows] += head.probabilities(features) * share[rows, None]
                    weights[question][rows] += share[rows, None]
        unknown = {question: np.where(weight > 0, weight, np.nan) for question, weight in weights.items()}
        return {question: found[question] / unknown[question] for question in asked}

    def probabilities(self, texts: Sequence[str], *, readings: Sequence[Reading]) -> Probabilities:
        """The sentiment's probabilities for every text, readable or not."""
        return self.score(texts, readings=readings, questions=[SENTIMENT])[SENTIMENT]

    def assess(self, texts: Sequence[str], *, readings: Sequence[Reading] | None = None) -> list[Sentiment | None]:
        """One sentiment per text, in order; None where there is nothing that this model has learnt to read.

        That is a text with neither letters nor signs such as emoji, or in a language other than Chinese and English.
        """
        known = readings if readings is not None else read_languages(texts)
        rows = self.probabilities(texts, readings=known)
        return [
            sentiment_of(row, confident_from=self.confident_from(SENTIMENT, reading))
            if is_readable(text, reading)
            else None
            for text, reading, row in zip(texts, known, rows.tolist(), strict=True)
        ]

    def confident_from(self, question: str, reading: Reading) -> float:
        """The probability from which on the likeliest label is stood by, for a text in that language."""
        heads = self.heads[question]
        shares = {language: _share(reading, language) for language in heads}
        total = sum(shares.values())
        if not total:
            return 1.0
        return sum(heads[language].facts.confident_from * share for language, share in shares.items()) / total


def _shares(readings: Sequence[Reading]) -> Iterator[tuple[str, npt.NDArray[np.float64]]]:
    """How much of each text each language's heads are asked about."""
    for language in EXTRACTORS:
        yield language, np.array([_share(reading, language) for reading in readings])


def _share(reading: Reading, language: str) -> float:
    chinese = (
        reading.chinese_share if reading.language == MIXED else {CHINESE: 1.0, ENGLISH: 0.0}.get(reading.language, 0.5)
    )
    return chinese if language == CHINESE else 1 - chinese


def _features(
    texts: Sequence[str],
    readings: Sequence[Reading],
    *,
    language: str,
    share: npt.NDArray[np.float64],
    heads: Mapping[str, Head],
) -> Iterator[tuple[npt.NDArray[np.int64], Features]]:
    """The features of what is written in one language, a batch at a time, and whose they are: once for all heads."""
    chosen = np.flatnonzero(share > 0) if heads else np.empty(0, dtype=np.int64)
    bits = max((head.facts.bits for head in heads.values()), default=0)
    for at in range(0, chosen.size, BATCH):
        rows = chosen[at : at + BATCH]
        own = [
            _NOT_OWN[language].sub(" ", texts[row]) if readings[row].language == MIXED else texts[row]
            for row in rows.tolist()
        ]
        yield rows, EXTRACTORS[language](own, bits=bits)
