"""How texts read: negative, neutral or positive, by a table of hashed n-grams per language.

`confident` says that the highest probability reaches the threshold from which on at least `CONFIDENT_ACCURACY` of the
held-out texts were labelled right; see the model card for how many texts that is, and for what it is worth elsewhere.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from huiying.events.assessments import Sentiment, SentimentLabel, SentimentScores
from scoring.domain.features import EXTRACTORS, Features
from scoring.domain.language import CHINESE, ENGLISH, MIXED, Reading, read_languages
from scoring.domain.normalisation import LAUGHTER, PRAISE, normalised
from scoring.domain.weights import TableFacts, read_facts, read_table

Probabilities = npt.NDArray[np.float64]
"""One row per text: negative, neutral, positive."""

CONFIDENT_ACCURACY = 0.85
BATCH = 512
LABELS = (SentimentLabel.NEGATIVE, SentimentLabel.NEUTRAL, SentimentLabel.POSITIVE)

_SIGN = re.compile(f"[{PRAISE}{LAUGHTER}\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f']+")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]+")
_DECIMALS = 4


@dataclass(frozen=True, kw_only=True)
class Table:
    """One language's weights, ready for use: of shape (classes, buckets)."""

    language: str
    facts: TableFacts
    weights: npt.NDArray[np.float32]

    def probabilities(self, texts: Sequence[str]) -> Probabilities:
        """What this table makes of each text, whatever language it is in; a text without features gets the bias."""
        rows = [
            softmax(self._logits(EXTRACTORS[self.language](texts[at : at + BATCH], bits=self.facts.bits)))
            for at in range(0, len(texts), BATCH)
        ]
        return np.concatenate(rows) if rows else np.empty((0, len(LABELS)))

    def _logits(self, features: Features) -> Probabilities:
        counts = features.counts
        logits = np.zeros((counts.size, len(LABELS)))
        filled = np.flatnonzero(counts)
        if filled.size:
            starts = features.starts[filled]
            length = np.sqrt(counts[filled])
            for index, (row, scale) in enumerate(zip(self.weights, self.facts.scale, strict=True)):
                logits[filled, index] = np.add.reduceat(row[features.buckets], starts) * (scale / length)
        bias: Probabilities = np.array(self.facts.bias)
        return (logits + bias) / self.facts.temperature


@dataclass(frozen=True, kw_only=True)
class SentimentModel:
    """The tables of all languages, loaded once and shared: nothing in it changes."""

    name: str
    tables: dict[str, Table]

    @classmethod
    def load(cls, directory: Path) -> Self:
        """The model in a directory of weights. Raises WeightsDamaged where they are not what was trained."""
        facts = read_facts(directory)
        tables = {
            language: Table(
                language=language, facts=table, weights=read_table(directory, table).astype(np.float32, order="C")
            )
            for language, table in facts.tables.items()
        }
        return cls(name=facts.name, tables=tables)

    def assess(self, texts: Sequence[str], *, readings: Sequence[Reading] | None = None) -> list[Sentiment | None]:
        """One sentiment per text, in order; None where there is nothing that this model has learnt to read.

        That is a text with neither letters nor signs such as emoji, or in a language other than Chinese and English.
        """
        known = readings if readings is not None else read_languages(texts)
        rows = self.probabilities(texts, readings=known)
        shares = [_chinese_weight(reading) for reading in known]
        return [
            _sentiment(row, confident_from=self._confident_from(share)) if _is_readable(text, reading) else None
            for text, reading, row, share in zip(texts, known, rows.tolist(), shares, strict=True)
        ]

    def probabilities(self, texts: Sequence[str], *, readings: Sequence[Reading]) -> Probabilities:
        """The classes' probabilities for every text, readable or not.

        A mixed text's Chinese and English halves are scored apart and averaged by their share of it. A text in no known
        language is scored by both tables and averaged evenly: emoji mean the same in both.
        """
        weights = np.array([_chinese_weight(reading) for reading in readings])
        mixed = [reading.language == MIXED for reading in readings]
        rows = np.zeros((len(texts), len(LABELS)))
        for language, share, others in ((CHINESE, weights, _LATIN), (ENGLISH, 1 - weights, _HAN)):
            chosen = np.flatnonzero(share > 0).tolist()
            own = [others.sub(" ", texts[index]) if mixed[index] else texts[index] for index in chosen]
            rows[chosen] += self.tables[language].probabilities(own) * share[chosen, None]
        return rows

    def _confident_from(self, chinese_weight: float) -> float:
        chinese, english = (self.tables[language].facts.confident_from for language in (CHINESE, ENGLISH))
        return chinese_weight * chinese + (1 - chinese_weight) * english


def softmax(logits: Probabilities) -> Probabilities:
    """Probabilities, row by row."""
    exponents: Probabilities = np.exp(logits - logits.max(axis=1, keepdims=True))
    total: Probabilities = exponents.sum(axis=1, keepdims=True)
    return exponents / total


def _chinese_weight(reading: Reading) -> float:
    if reading.language == MIXED:
        return reading.chinese_share
    return {CHINESE: 1.0, ENGLISH: 0.0}.get(reading.language, 0.5)


def _is_readable(text: str, reading: Reading) -> bool:
    if reading.has_letters:
        return reading.language in {CHINESE, ENGLISH, MIXED}
    return any(_SIGN.search(line) for line in normalised([text]))


def _sentiment(row: Sequence[float], *, confident_from: float) -> Sentiment:
    negative, positive = round(row[0], _DECIMALS), round(row[2], _DECIMALS)
    # The neutral score takes up the rounding, so that the three add up to 1.
    scores = (negative, max(0.0, round(1 - negative - positive, _DECIMALS)), positive)
    best = max(range(len(LABELS)), key=scores.__getitem__)
    return Sentiment(
        label=LABELS[best],
        scores=SentimentScores(negative=scores[0], neutral=scores[1], positive=scores[2]),
        confident=scores[best] >= confident_from,
    )
