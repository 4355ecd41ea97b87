"""What lists of felt words say of a text, as features among others.

People name the same feeling in thousands of words, and the training texts hold only those of their own subjects; a list
knows the rest, so it tells most on subjects never seen. Its word is not final: how far it is to be believed is learnt
with everything else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from scoring.domain.model.terms import Terms
from scoring.domain.text.ngrams import Found, Hashes, words
from scoring.domain.text.normalisation import CodePoints, Positions, code_points

Floats = npt.NDArray[np.float64]

_HERE = Path(__file__).parent
_ENGLISH_DENIALS = (
    "not no never none nobody nothing neither nor cannot can't cant won't wont don't dont doesn't doesnt didn't didnt "
    "isn't isnt wasn't wasnt aren't weren't couldn't wouldn't shouldn't ain't hasn't haven't hadn't without hardly "
    "barely rarely seldom"
)
_CHINESE_DENIALS = "不 没 无 未 莫 勿 并非 绝非 从未 毫无 难以"
_CHINESE_DEGREES = "很 太 超 真 好 极 最 更 挺 贼 巨 十分 非常 特别 相当 格外 尤其 如此 这么 那么"
# How far a denial reaches, in words or in Chinese characters, and what it leaves of a word's valence, as VADER measured
# it for English; and what a word of degree makes of it.
_REACH = 3
_DENIED = -0.74
_RAISED = 1.5
_HALFWAY = 15.0
"""The squared sum of valences at which the balance is about 0.7."""

_SUM_STEPS = (0.5, 1.5, 2.5, 4.0, 6.0)
_BALANCE_STEPS = (-0.8, -0.6, -0.4, -0.2, -0.05, 0.05, 0.2, 0.4, 0.6, 0.8)
# Every feature of a text weighs the same and a tweet has 300, so a verdict is told several times to be heard.
_ENGLISH_REPEATS, _CHINESE_REPEATS = 4, 1
_VERDICT = np.uint64(1 << 56)


@dataclass(frozen=True, kw_only=True)
class EnglishLexicon:
    """Words by hash, in ascending order, with their valence from -4 to 4, and the words that deny what follows."""

    hashes: Hashes
    valences: Floats
    denials: Hashes

    def verdicts(self, found: Found, *, texts: int) -> Found:
        """What the lexicon says of texts given as their words."""
        owners, hashed = found
        place = np.minimum(np.searchsorted(self.hashes, hashed), self.hashes.size - 1)
        valences = np.where(self.hashes[place] == hashed, self.valences[place], 0.0)
        denied = _preceded(np.isin(hashed, self.denials), owners)
        return _verdicts(owners, np.where(denied, _DENIED * valences, valences), texts=texts, repeats=_ENGLISH_REPEATS)


@dataclass(frozen=True, kw_only=True)
class ChineseLexicon:
    """Words with their valence from -3 to 3, those that deny what follows, and those that raise it."""

    felt: Terms
    denials: Terms
    degrees: Terms

    def verdicts(self, chars: CodePoints, owner: Positions, *, texts: int) -> Found:
        """What the lexicon says of texts given as characters."""
        valences = self.felt.values_in(chars)
        denied = _preceded(self.denials.values_in(chars) > 0, owner)
        raised = _preceded(self.degrees.values_in(chars) > 0, owner)
        valences = valences * np.where(denied, _DENIED, 1.0) * np.where(raised, _RAISED, 1.0)
        felt = np.flatnonzero(valences)
        return _verdicts(owner[felt], valences[felt], texts=texts, repeats=_CHINESE_REPEATS)


@cache
def english_lexicon() -> EnglishLexicon:
    """VADER's lexicon, read once."""
    valences = {word: float(valence) for word, valence in _rows("english_lexicon.tsv")}
    hashes = _word_hashes(list(valences))
    order = np.argsort(hashes)
    return EnglishLexicon(
        hashes=hashes[order],
        valences=np.array(list(valences.values()))[order],
        denials=_word_hashes(_ENGLISH_DENIALS.split()),
    )


@cache
def chinese_lexicon() -> ChineseLexicon:
    """This project's own lexicon of Chinese, read once."""
    return ChineseLexicon(
        felt=Terms.of(
            {word: float(valence) for valence, line in _rows("chinese_lexicon.tsv") for word in line.split()}
        ),
        denials=Terms.of(dict.fromkeys(_CHINESE_DENIALS.split(), 1.0)),
        degrees=Terms.of(dict.fromkeys(_CHINESE_DEGREES.split(), 1.0)),
    )


def _rows(file: str) -> Iterator[tuple[str, str]]:
    for line in (_HERE / file).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            first, _, second = line.partition("\t")
            yield first, second


def _word_hashes(single_words: Sequence[str]) -> Hashes:
    return words(*code_points(single_words))[1]


def _preceded(changes: npt.NDArray[np.bool_], owners: Positions) -> npt.NDArray[np.bool_]:
    """Where one of the last few words or characters of the same text changes what follows it."""
    changed = np.zeros(changes.size, dtype=bool)
    for back in range(1, _REACH + 1):
        changed[back:] |= changes[:-back] & (owners[back:] == owners[:-back])
    return changed


def _verdicts(owners: Positions, valences: Floats, *, texts: int, repeats: int) -> Found:
    """How much good and bad the words of each text hold, and how they balance, as steps that are reached."""
    good = np.bincount(owners, weights=np.maximum(valences, 0), minlength=texts)
    bad = np.bincount(owners, weights=np.maximum(-valences, 0), minlength=texts)
    balance = (good - bad) / np.sqrt((good - bad) ** 2 + _HALFWAY)
    steps = ((good, _SUM_STEPS), (bad, _SUM_STEPS), (balance, _BALANCE_STEPS))
    told, verdicts = np.nonzero(np.hstack([amounts[:, None] >= np.array(ladder) for amounts, ladder in steps]))
    copies = np.arange(repeats, dtype=np.uint64)
    hashes = _VERDICT + verdicts.astype(np.uint64)[:, None] * np.uint64(repeats) + copies
    return np.repeat(told, repeats), hashes.ravel()
