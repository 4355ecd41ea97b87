"""What rises against its own past: words, phrases, or intents and what they are about; any strings that are counted."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from scoring.domain.crises.surprise import decades, rate_z

FEWEST_TEXTS = 5
FALSE_SHARE = 0.05
"""How many of the terms that are named may have risen by chance, 0 to 1."""

# Before anything is seen, a term is believed to stand in half a text, spread over all of the past.
_PRIOR_TEXTS = 0.5
_PRIOR_DISPERSION, _LEAST_DISPERSION = 0.1, 0.02
_PRIOR_WEIGHT = 20.0
"""What is believed counts as much as what is measured where the squared expectations sum up to this."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """So many texts, and in how many of them each term stood; in none where it is not among `counts`."""

    texts: int
    counts: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class RisingTerm:
    """Stands in `observed` texts where its past lets one expect `expected`.

    `score` is how many decades lie between that and chance, with all terms considered that were looked at.
    """

    term: str
    observed: int
    expected: float
    score: float


def rising_terms(
    now: Window, *, earlier: Sequence[Window], false_share: float = FALSE_SHARE, fewest_texts: int = FEWEST_TEXTS
) -> list[RisingTerm]:
    """The terms that stand in more texts now than their own past explains, the least likely by chance first.

    Earlier windows should be of the days and hours of now: no rhythm is corrected for. Without them nothing rises.
    """
    past = sum(window.texts for window in earlier)
    if not past:
        return []
    terms = sorted({*now.counts, *(term for window in earlier for term in window.counts)})
    counts = np.array([[window.counts.get(term, 0) for term in terms] for window in earlier], dtype=np.float64)
    usual = counts.sum(axis=0) + _PRIOR_TEXTS
    # The past is a sample too: the fewer texts it has of a term, the less sure is what to expect.
    dispersion = _dispersion(counts, texts=np.array([window.texts for window in earlier])) + 1 / usual
    rises = [
        _rise(term, now.counts.get(term, 0), expected=now.texts * mean / past, dispersion=scatter)
        for term, mean, scatter in zip(terms, usual.tolist(), dispersion.tolist(), strict=True)
    ]
    seen = (rise for rise in rises if rise.observed >= fewest_texts)
    return [rise for rise in _corrected(seen, looked_at=len(terms)) if rise.score >= -math.log10(false_share)]


def _dispersion(counts: npt.NDArray[np.float64], *, texts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """How much each term comes and goes beyond chance: a negative binomial's dispersion, its own as far as measured."""
    windows = len(counts)
    means = np.outer(texts / texts.sum(), counts.sum(axis=0))
    # Means taken from the counts themselves lie nearer to them than true ones would.
    squares = (counts - means) ** 2 * windows / max(windows - 1, 1)
    excess = (squares - means).sum(axis=0) if windows > 1 else np.zeros(counts.shape[1])
    weight = (means**2).sum(axis=0) if windows > 1 else np.zeros(counts.shape[1])
    common = (excess.sum() + _PRIOR_WEIGHT * _PRIOR_DISPERSION) / (weight.sum() + _PRIOR_WEIGHT)
    own = (excess + _PRIOR_WEIGHT * max(common, 0.0)) / (weight + _PRIOR_WEIGHT)
    floored: npt.NDArray[np.float64] = np.maximum(own, _LEAST_DISPERSION)
    return floored


def _rise(term: str, observed: int, *, expected: float, dispersion: float) -> RisingTerm:
    surprise = decades(rate_z(observed, expected=expected, dispersion=dispersion))
    return RisingTerm(term=term, observed=observed, expected=expected, score=surprise)


def _corrected(rises: Iterable[RisingTerm], *, looked_at: int) -> list[RisingTerm]:
    """The same with what Benjamini and Hochberg's procedure leaves of their scores, highest first.

    Terms too rare to be named were looked at as well, and count.
    """
    ranked = sorted(rises, key=lambda rise: (-rise.score, rise.term))
    own = [rise.score - math.log10(looked_at / rank) for rank, rise in enumerate(ranked, start=1)]
    scores = list(accumulate(reversed(own), max))[::-1]
    return [replace(rise, score=score) for rise, score in zip(ranked, scores, strict=True)]
