"""Softmax regression on sparse features, where a text may rule classes out instead of naming one.

A corpus labelled only positive and negative says nothing about neutral. Its texts are scored among the classes its
labellers could choose from; pooling it as if neutral had been refused destroys the neutral class of every other corpus.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, sparse

from scoring.domain.model.features import Features

Floats = npt.NDArray[np.float64]
# In units of the machine's epsilon: stop when a step gains less than a ten-millionth of the loss.
_PRECISION = 4.5e8


@dataclass(frozen=True, kw_only=True)
class Linear:
    """Weights of shape (buckets, classes), a bias per class, and how many steps the search for them took."""

    weights: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    iterations: int


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Features, the class of each text, which classes were open to its labeller, and how much it counts."""

    features: Features
    classes: npt.NDArray[np.int64]
    open_classes: npt.NDArray[np.bool_]
    importance: Floats


def matrix_of(features: Features) -> sparse.csr_array:
    """One row per text, of length one: every distinct n-gram weighs 1 / sqrt(their number)."""
    counts = features.counts
    values = np.repeat(1.0 / np.sqrt(np.maximum(counts, 1)), counts).astype(np.float32)
    shape = (counts.size, 1 << features.bits)
    return sparse.csr_array((values, features.buckets, features.starts), shape=shape)


def fit(examples: Examples, *, strength: float, iterations: int) -> Linear:
    """The weights that explain the examples best, penalised by half their square over `strength`."""
    rows = matrix_of(examples.features)
    class_count = examples.open_classes.shape[1]
    used = np.flatnonzero(np.bincount(rows.indices, minlength=rows.shape[1]))
    rows = rows[:, used]
    columns = rows.T.tocsr()
    hidden = np.where(examples.open_classes, 0.0, -np.inf).astype(np.float32)
    truth = np.zeros((rows.shape[0], class_count), dtype=np.float32)
    truth[np.arange(rows.shape[0]), examples.classes] = 1.0
    importance = examples.importance[:, None].astype(np.float32)

    def loss_and_slope(flat: Floats) -> tuple[float, Floats]:
        table = flat.reshape(-1, class_count).astype(np.float32)
        weights, bias = table[:-1], table[-1]
        logits = rows @ weights + bias + hidden
        logits -= logits.max(axis=1, keepdims=True)
        exponents = np.exp(logits)
        total = exponents.sum(axis=1, keepdims=True)
        named = logits[np.arange(len(logits)), examples.classes] - np.log(total[:, 0])
        errors = (exponents / total - truth) * importance
        slope = np.vstack([strength * (columns @ errors) + weights, strength * errors.sum(axis=0)])
        loss = -strength * float(examples.importance @ named) + 0.5 * float(np.vdot(weights, weights))
        return loss, slope.astype(np.float64).ravel()

    start = np.zeros((used.size + 1) * class_count)
    found, _, ending = optimize.fmin_l_bfgs_b(loss_and_slope, start, maxiter=iterations, factr=_PRECISION, pgtol=1e-3)
    table = np.asarray(found).reshape(-1, class_count).astype(np.float32)
    weights = np.zeros((1 << examples.features.bits, class_count), dtype=np.float32)
    weights[used] = table[:-1]
    return Linear(weights=weights, bias=table[-1], iterations=int(ending["nit"]))
