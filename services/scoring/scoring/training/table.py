"""From corpora to a table of small integers that knows how sure it may be."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scoring.domain.features import EXTRACTORS, Features
from scoring.domain.sentiment import CONFIDENT_ACCURACY, Probabilities, Table, softmax
from scoring.domain.weights import CLASS_COUNT, TableFacts
from scoring.training.corpora import Corpus
from scoring.training.partial_label import Examples, Linear, fit

NEUTRAL = 1
_BATCH = 1_000
_LARGEST = 127
_TEMPERATURES = np.geomspace(0.5, 3.0, 91)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How one language's table is trained. `strength` is the inverse of the penalty on the weights."""

    language: str
    bits: int
    strength: float
    iterations: int


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A table, its integers as they are stored, and how the search for them ended."""

    table: Table
    integers: npt.NDArray[np.int8]
    linear: Linear
    texts: int


def train_table(recipe: Recipe, parts: Sequence[Corpus], *, held_out: Sequence[Corpus]) -> Trained:
    """The table learnt from `parts`, calibrated on `held_out`."""
    examples = _pooled(recipe, parts)
    linear = fit(examples, bits=recipe.bits, strength=recipe.strength, iterations=recipe.iterations)
    integers, scale = quantised(linear.weights)
    raw = Table(
        language=recipe.language,
        facts=_facts(recipe, scale=scale, bias=linear.bias, temperature=1.0, confident_from=1.0),
        weights=integers.astype(np.float32),
    )
    temperature = best_temperature(raw, held_out)
    warm = Table(
        language=recipe.language,
        facts=_facts(recipe, scale=scale, bias=linear.bias, temperature=temperature, confident_from=1.0),
        weights=raw.weights,
    )
    confident_from = lowest_confident(warm, [corpus for corpus in held_out if not corpus.source.binary])
    facts = _facts(recipe, scale=scale, bias=linear.bias, temperature=temperature, confident_from=confident_from)
    table = Table(language=recipe.language, facts=facts, weights=raw.weights)
    return Trained(table=table, integers=integers, linear=linear, texts=len(examples.classes))


def quantised(weights: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """The weights, (buckets, classes), as integers, (classes, buckets), and what one of them is worth per class."""
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-12) / _LARGEST
    return np.round(weights / scale).T.astype(np.int8), scale.astype(np.float32)


def best_temperature(table: Table, corpora: Sequence[Corpus]) -> float:
    """The temperature at which the held-out labels are least surprising; one of a fixed grid."""
    logits = [np.log(np.maximum(table.probabilities(corpus.texts), 1e-30)) for corpus in corpora]

    def surprise(temperature: float) -> float:
        found = [
            -np.log(np.maximum(among_open(softmax(rows / temperature), corpus)[_truth(corpus)], 1e-30)).sum()
            for rows, corpus in zip(logits, corpora, strict=True)
        ]
        return float(sum(found))

    return round(float(min(_TEMPERATURES, key=surprise)), 4)


def among_open(rows: Probabilities, corpus: Corpus) -> Probabilities:
    """The probabilities among the classes that the corpus's labellers could choose."""
    if not corpus.source.binary:
        return rows
    rows = rows.copy()
    rows[:, NEUTRAL] = 0.0
    total: Probabilities = rows.sum(axis=1, keepdims=True)
    return rows / total


def lowest_confident(table: Table, corpora: Sequence[Corpus]) -> float:
    """The lowest probability from which on `CONFIDENT_ACCURACY` of the texts above it are right; 1 if there is none."""
    rows = np.concatenate([table.probabilities(corpus.texts) for corpus in corpora])
    right = rows.argmax(axis=1) == np.concatenate([corpus.classes for corpus in corpora])
    best = rows.max(axis=1)
    order = np.argsort(-best, kind="stable")
    accuracy = np.cumsum(right[order]) / np.arange(1, right.size + 1)
    enough = np.flatnonzero(accuracy >= CONFIDENT_ACCURACY)
    return float(np.ceil(best[order][enough[-1]] * 1000) / 1000) if enough.size else 1.0


def features_of(recipe: Recipe, texts: Sequence[str]) -> Features:
    """The features of many texts, computed in batches."""
    found = [
        EXTRACTORS[recipe.language](texts[at : at + _BATCH], bits=recipe.bits) for at in range(0, len(texts), _BATCH)
    ]
    counts = np.concatenate([features.counts for features in found])
    return Features(
        buckets=np.concatenate([features.buckets for features in found]),
        starts=np.concatenate(([0], np.cumsum(counts))),
    )


def _pooled(recipe: Recipe, parts: Sequence[Corpus]) -> Examples:
    sizes = [len(part.texts) for part in parts]
    open_classes = np.ones((sum(sizes), CLASS_COUNT), dtype=bool)
    open_classes[:, NEUTRAL] = np.repeat([not part.source.binary for part in parts], sizes)
    return Examples(
        features=features_of(recipe, [text for part in parts for text in part.texts]),
        classes=np.concatenate([part.classes for part in parts]),
        open_classes=open_classes,
        importance=np.repeat([part.source.importance for part in parts], sizes),
    )


def _truth(corpus: Corpus) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    return np.arange(len(corpus.texts)), corpus.classes


def _facts(
    recipe: Recipe,
    *,
    scale: npt.NDArray[np.float32],
    bias: npt.NDArray[np.float32],
    temperature: float,
    confident_from: float,
) -> TableFacts:
    return TableFacts(
        file=f"{recipe.language}.npy",
        sha256="",
        bits=recipe.bits,
        scale=_three(scale),
        bias=_three(bias),
        temperature=temperature,
        confident_from=confident_from,
    )


def _three(row: npt.NDArray[np.float32]) -> tuple[float, float, float]:
    first, second, third = (float(f"{one:.7g}") for one in row)
    return first, second, third
