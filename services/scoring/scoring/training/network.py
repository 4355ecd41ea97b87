"""A very small network over the n-grams: a few hidden units, fitted by stochastic descent.

It sees what a sum of weights cannot, that a word counts differently in different company, and errs on other texts than
the regression does; the two together do better than either.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from scoring.training.regression import Examples, matrix_of

Floats = npt.NDArray[np.float32]

_ROUNDS = 8
_RATE = 0.1
_SLOWER = 0.2
"""What all texts share moves at this part of the rate."""
_DROPPED = 0.3
"""The share of n-grams hidden from each look at a text, so that no unit rests on a few of them."""
_BATCH = 64
_SEED = 2020


@dataclass(frozen=True, kw_only=True)
class Network:
    """Weights of shape (buckets, units), a bias per unit, what each label makes of each unit, and a bias per label."""

    weights: Floats
    unit_bias: Floats
    label_weights: Floats
    label_bias: Floats


def fit_network(examples: Examples, *, units: int) -> Network:
    """The network after a fixed number of rounds; the same examples give the same network."""
    chance = np.random.default_rng(_SEED)
    class_count = examples.open_classes.shape[1]
    found = Network(
        weights=chance.normal(0, 0.05, (1 << examples.features.bits, units)).astype(np.float32),
        unit_bias=np.zeros(units, dtype=np.float32),
        label_weights=chance.normal(0, 0.3, (class_count, units)).astype(np.float32),
        label_bias=np.zeros(class_count, dtype=np.float32),
    )
    rows = matrix_of(examples.features)
    closed = np.where(examples.open_classes, 0.0, -np.inf).astype(np.float32)
    truth = np.eye(class_count, dtype=np.float32)[examples.classes]
    importance = examples.importance[:, None].astype(np.float32)
    for chosen, rate in _steps(len(truth), chance):
        seen, buckets = _glimpse(rows, chosen, chance)
        _descend(found, seen, buckets, closed[chosen], truth[chosen], rate * importance[chosen])
    return found


def _steps(texts: int, chance: np.random.Generator) -> Iterator[tuple[npt.NDArray[np.int64], float]]:
    """Which texts to look at next, and how far to go: less and less, to nothing."""
    total, done = texts * _ROUNDS, 0
    for _ in range(_ROUNDS):
        order = chance.permutation(texts)
        for at in range(0, texts, _BATCH):
            yield order[at : at + _BATCH], _RATE * (1 - done / total)
            done += _BATCH


def _glimpse(
    rows: sparse.csr_array, chosen: npt.NDArray[np.int64], chance: np.random.Generator
) -> tuple[sparse.csr_array, npt.NDArray[np.int32]]:
    """The chosen texts with some of their n-grams hidden, over only the buckets that they touch."""
    part = rows[chosen]
    kept = (chance.random(part.nnz) >= _DROPPED).astype(np.float32)
    lengths = np.diff(part.indptr)
    counts = np.add.reduceat(np.append(kept, 0), np.minimum(part.indptr[:-1], part.nnz)) * (lengths > 0)
    kept *= np.repeat(1 / np.sqrt(np.maximum(counts, 1)), lengths)
    buckets, places = np.unique(part.indices, return_inverse=True)
    return sparse.csr_array((kept, places, part.indptr), shape=(chosen.size, buckets.size)), buckets


def _descend(
    network: Network,
    seen: sparse.csr_array,
    buckets: npt.NDArray[np.int32],
    closed: Floats,
    truth: Floats,
    rates: Floats,
) -> None:
    """One step of `network`, in place."""
    inner = seen @ network.weights[buckets] + network.unit_bias
    outer = np.maximum(inner, 0)
    logits = outer @ network.label_weights.T + network.label_bias + closed
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    errors = (exponents / exponents.sum(axis=1, keepdims=True) - truth) * rates
    back = (errors @ network.label_weights) * (inner > 0)
    network.label_weights[:] -= _SLOWER * (errors.T @ outer)
    network.label_bias[:] -= errors.sum(axis=0)
    network.unit_bias[:] -= _SLOWER * back.sum(axis=0)
    network.weights[buckets] -= seen.T @ back
