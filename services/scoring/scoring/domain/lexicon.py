"""What a list of felt words says of an English text, as features among others.

Tweets name the same feeling in thousands of words, and the training texts hold only the common ones; a lexicon knows
the rest. Its word is not final: how far it is to be believed is learnt with everything else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from scoring.domain.ngrams import Found, Hashes, words
from scoring.domain.normalisation import code_points

Floats = npt.NDArray[np.float64]

_FILE = Path(__file__).parent / "english_lexicon.tsv"
_DENIALS = (
    "not no never none nobody nothing neither nor cannot can't cant won't wont don't dont doesn't doesnt didn't didnt "
    "isn't isnt wasn't wasnt aren't weren't couldn't wouldn't shouldn't ain't hasn't haven't hadn't without hardly "
    "barely rarely seldom"
)
# How far a denial reaches, in words, and what it leaves of a word's valence, as VADER measured it.
_REACH = 3
_DENIED = -0.74
_HALFWAY = 15.0
"""The squared sum of valences at which the balance is about 0.7."""

_SUM_STEPS = (0.5, 1.5, 2.5, 4.0, 6.0)
_BALANCE_STEPS = (-0.8, -0.6, -0.4, -0.2, -0.05, 0.05, 0.2, 0.4, 0.6, 0.8)
# Every feature of a text weighs the same and a tweet has 300, so a verdict is told several times to be heard.
_REPEATS = 4
_VERDICT = np.uint64(1 << 56)


@dataclass(frozen=True, kw_only=True)
class Lexicon:
    """Words by hash, in ascending order, with their valence from -4 to 4, and the words that deny what follows."""

    hashes: Hashes
    valences: Floats
    denials: Hashes

    def verdicts(self, found: Found, *, texts: int) -> Found:
        """How much good and bad the words of each text hold, and how they balance, as steps that are reached."""
        owners, _ = found
        valences = self._valences(found)
        good = np.bincount(owners, weights=np.maximum(valences, 0), minlength=texts)
        bad = np.bincount(owners, weights=np.maximum(-valences, 0), minlength=texts)
        balance = (good - bad) / np.sqrt((good - bad) ** 2 + _HALFWAY)
        steps = ((good, _SUM_STEPS), (bad, _SUM_STEPS), (balance, _BALANCE_STEPS))
        return _told(np.concatenate([amounts[:, None] >= np.array(reached) for amounts, reached in steps], axis=1))

    def _valences(self, found: Found) -> Floats:
        owners, hashed = found
        place = np.minimum(np.searchsorted(self.hashes, hashed), self.hashes.size - 1)
        valences = np.where(self.hashes[place] == hashed, self.valences[place], 0.0)
        denies = np.isin(hashed, self.denials)
        denied = np.zeros(hashed.size, dtype=bool)
        for back in range(1, _REACH + 1):
            denied[back:] |= denies[:-back] & (owners[back:] == owners[:-back])
        return np.where(denied, _DENIED * valences, valences)


@cache
def english_lexicon() -> Lexicon:
    """The lexicon that comes with this package, read once."""
    rows = [line.split("\t") for line in _FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    hashes = _hashes([word for word, _ in rows])
    order = np.argsort(hashes)
    valences = np.array([float(valence) for _, valence in rows])
    return Lexicon(hashes=hashes[order], valences=valences[order], denials=_hashes(_DENIALS.split()))


def _hashes(single_words: Sequence[str]) -> Hashes:
    return words(*code_points(single_words))[1]


def _told(reached: npt.NDArray[np.bool_]) -> Found:
    """The repeats of every verdict, one per column, for the texts, one per row, that reach its step."""
    owners, verdicts = np.nonzero(reached)
    repeats = np.arange(_REPEATS, dtype=np.uint64)
    hashes = _VERDICT + verdicts.astype(np.uint64)[:, None] * np.uint64(_REPEATS) + repeats
    return np.repeat(owners, _REPEATS), hashes.ravel()
