"""From corpora to a head: small integers that know how sure they may be."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
import numpy.typing as npt

from scoring.domain.model.features import EXTRACTORS, Features
from scoring.domain.model.heads import Head, HeadFacts, HiddenUnit, Probabilities, softmax
from scoring.training.corpora import Corpus
from scoring.training.network import Network, fit_network
from scoring.training.recipes import Recipe
from scoring.training.regression import Examples, Linear, fit

_BATCH = 1_000
_ITERATIONS = 120
"""Steps of the regression, at which its held-out figures have stopped moving."""
_LARGEST = 127
_TEMPERATURES = np.geomspace(0.5, 3.0, 91)
_CERTAIN = 1e-30


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A head, how many texts taught it, and in how many steps."""

    head: Head
    texts: int
    steps: int


def train_head(recipe: Recipe, taught: Sequence[Corpus], *, held_out: Sequence[Corpus]) -> Trained:
    """The head learnt from `taught`, its temperature and threshold from `held_out`."""
    raw = untempered(recipe, taught)
    rows = [probabilities_of(raw.head, corpus.texts) for corpus in held_out]
    warm = _with(raw.head, temperature=best_temperature(rows, held_out))
    # Where labellers had fewer labels to choose from, a text called one of the others cannot be said to be right.
    whole = [corpus for corpus in held_out if corpus.open_classes.size == len(recipe.labels)]
    threshold = max(lowest_confident(warm, whole, recipe=recipe), recipe.least_confident)
    return replace(raw, head=_with(warm, confident_from=threshold))


def untempered(recipe: Recipe, taught: Sequence[Corpus]) -> Trained:
    """The head learnt from `taught`, as sure as it happens to be, and never confident."""
    examples = _pooled(recipe, taught)
    linear = fit(examples, strength=recipe.strength, iterations=_ITERATIONS)
    network = fit_network(examples, units=recipe.units) if recipe.units else None
    return Trained(head=_head(recipe, linear, network), texts=examples.classes.size, steps=linear.iterations)


def quantised(weights: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """The weights, (buckets, rows), as integers, (rows, buckets), and what one of them is worth in each row."""
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-12) / _LARGEST
    return np.ascontiguousarray(np.round(weights / scale).T.astype(np.int8)), scale.astype(np.float32)


def probabilities_of(head: Head, texts: Sequence[str]) -> Probabilities:
    """What a head makes of texts that are all in its language."""
    return head.probabilities(features_of(texts, language=head.facts.language, bits=head.facts.bits))


def among_open(rows: Probabilities, corpus: Corpus) -> Probabilities:
    """The probabilities among the classes that the corpus's labellers could choose."""
    among = np.zeros_like(rows)
    among[:, corpus.open_classes] = rows[:, corpus.open_classes]
    total: Probabilities = among.sum(axis=1, keepdims=True)
    return among / np.maximum(total, _CERTAIN)


def best_temperature(rows: Sequence[Probabilities], corpora: Sequence[Corpus]) -> float:
    """The temperature at which these corpora's labels are least surprising; one of a fixed grid.

    `rows`: what an untempered head makes of each. A corpus counts by the root of its size: by its size, the reviews
    alone would say how sure to be of everything.
    """
    logits = [np.log(np.maximum(one, _CERTAIN)) for one in rows]

    def surprise(temperature: float) -> float:
        return sum(
            _surprise(softmax(one / temperature), corpus) / math.sqrt(corpus.classes.size)
            for one, corpus in zip(logits, corpora, strict=True)
        )

    return round(float(min(_TEMPERATURES, key=surprise)), 4)


def lowest_confident(head: Head, corpora: Sequence[Corpus], *, recipe: Recipe) -> float:
    """The lowest probability from which on enough of the told texts are told right; 1 if there is none."""
    if not corpora:
        return 1.0
    rows = np.concatenate([probabilities_of(head, corpus.texts) for corpus in corpora])
    classes = np.concatenate([corpus.classes for corpus in corpora])
    decided = rows.argmax(axis=1)
    told = np.isin(decided, [recipe.labels.index(label) for label in recipe.told])
    right, best = (decided == classes)[told], rows.max(axis=1)[told]
    order = np.argsort(-best, kind="stable")
    accuracy = np.cumsum(right[order]) / np.arange(1, right.size + 1)
    enough = np.flatnonzero(accuracy >= recipe.confident_accuracy)
    return float(np.ceil(best[order][enough[-1]] * 1000) / 1000) if enough.size else 1.0


def features_of(texts: Sequence[str], *, language: str, bits: int) -> Features:
    """The features of many texts, computed in batches."""
    found = [EXTRACTORS[language](texts[at : at + _BATCH], bits=bits) for at in range(0, len(texts), _BATCH)]
    counts = np.concatenate([features.counts for features in found])
    return Features(
        bits=bits,
        buckets=np.concatenate([features.buckets for features in found]),
        starts=np.concatenate(([0], np.cumsum(counts))),
    )


def _surprise(rows: Probabilities, corpus: Corpus) -> float:
    """How unlikely the labels of a corpus are, all together, in natural logarithms."""
    named = among_open(rows, corpus)[np.arange(corpus.classes.size), corpus.classes]
    return float(-np.log(np.maximum(named, _CERTAIN)).sum())


def _pooled(recipe: Recipe, corpora: Sequence[Corpus]) -> Examples:
    sizes = [len(corpus.texts) for corpus in corpora]
    classes = np.concatenate([corpus.classes for corpus in corpora])
    open_classes = np.zeros((len(corpora), len(recipe.labels)), dtype=bool)
    for row, corpus in zip(open_classes, corpora, strict=True):
        row[corpus.open_classes] = True
    importance = np.repeat([corpus.source.importance for corpus in corpora], sizes)
    return Examples(
        features=features_of(
            [text for corpus in corpora for text in corpus.texts], language=recipe.language, bits=recipe.bits
        ),
        classes=classes,
        open_classes=np.repeat(open_classes, sizes, axis=0),
        importance=importance * np.array(recipe.class_importance or (1.0,) * len(recipe.labels))[classes],
    )


def _head(recipe: Recipe, linear: Linear, network: Network | None) -> Head:
    """The regression, or the mean of what it and the network say."""
    part = 1.0 if network is None else 0.5
    rows = linear.weights if network is None else np.hstack([linear.weights, network.weights])
    integers, scale = quantised(rows)
    scale[: len(recipe.labels)] *= part
    facts = HeadFacts(
        question=recipe.question,
        language=recipe.language,
        labels=recipe.labels,
        file=f"{recipe.name}.npy",
        sha256="",
        bits=recipe.bits,
        scale=_short(scale),
        bias=_short(linear.bias if network is None else (linear.bias + network.label_bias) * part),
        hidden=() if network is None else _hidden(network, part=part),
        temperature=1.0,
        confident_from=1.0,
    )
    return Head(facts=facts, weights=integers)


def _hidden(network: Network, *, part: float) -> tuple[HiddenUnit, ...]:
    biases, weights = _short(network.unit_bias), network.label_weights.T * part
    return tuple(HiddenUnit(bias=bias, weights=_short(row)) for bias, row in zip(biases, weights, strict=True))


def _with(head: Head, **changed: float) -> Head:
    return replace(head, facts=msgspec.structs.replace(head.facts, **changed))


def _short(row: npt.NDArray[np.float32]) -> tuple[float, ...]:
    return tuple(float(f"{one:.7g}") for one in row)
