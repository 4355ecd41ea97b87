"""Texts in, hashed n-grams out: which buckets of a table of weights a text touches.

What a text's features are depends on that text alone, never on the batch it came in. Changing anything here, or in what
it builds on, changes what the committed weights mean: train again, or the fingerprint recorded with them is refused.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scoring.domain.model.lexicon import chinese_lexicon, english_lexicon
from scoring.domain.text.ngrams import MIX, Found, pairs, runs, words
from scoring.domain.text.normalisation import Positions, code_points


@dataclass(frozen=True, kw_only=True)
class Features:
    """The distinct buckets of each text, sorted: text i has `buckets[starts[i]:starts[i + 1]]`."""

    bits: int
    buckets: npt.NDArray[np.int32]
    starts: Positions

    @property
    def counts(self) -> Positions:
        return np.diff(self.starts)

    def narrowed(self, bits: int) -> "Features":
        """The same for a table of 2 ** `bits` buckets: two that fall together there still count as two."""
        return Features(bits=bits, buckets=self.buckets >> (self.bits - bits), starts=self.starts)


def chinese(texts: Sequence[str], *, bits: int) -> Features:
    """Runs of one to three characters, and what the lexicon says of them, in 2 ** `bits` buckets."""
    chars, owner = code_points(texts)
    pieces = [runs(chars, owner, length=length) for length in (1, 2, 3)]
    verdicts = chinese_lexicon().verdicts(chars, owner, texts=len(texts))
    return _gathered([*pieces, verdicts], texts=len(texts), bits=bits)


def english(texts: Sequence[str], *, bits: int) -> Features:
    """Runs of two to four characters, words, signs, pairs of words, and what the lexicon says of them all."""
    chars, owner = code_points(texts)
    found = words(chars, owner)
    pieces = [runs(chars, owner, length=length) for length in (2, 3, 4)]
    verdicts = english_lexicon().verdicts(found, texts=len(texts))
    return _gathered([*pieces, found, pairs(found), verdicts], texts=len(texts), bits=bits)


Extractor = Callable[..., Features]
EXTRACTORS: dict[str, Extractor] = {"zh": chinese, "en": english}


def _gathered(pieces: Sequence[Found], *, texts: int, bits: int) -> Features:
    """One bucket list per text: sorted, each bucket once."""
    if not texts:
        return Features(bits=bits, buckets=np.empty(0, dtype=np.int32), starts=np.zeros(1, dtype=np.int64))
    owners = np.concatenate([owner for owner, _ in pieces])
    hashes = np.concatenate([hashed for _, hashed in pieces])
    hashes ^= hashes >> np.uint64(29)
    buckets = (hashes * MIX) >> np.uint64(64 - bits)
    keys = (owners.astype(np.uint64) << np.uint64(bits)) | buckets
    # Half as wide sorts twice as fast, and a usual batch fits.
    narrow = texts.bit_length() + bits <= 32
    keys = np.sort(keys.astype(np.uint32) if narrow else keys)
    fresh = np.ones(keys.size, dtype=bool)
    fresh[1:] = keys[1:] != keys[:-1]
    keys = keys[fresh]
    counts = np.bincount((keys >> bits).astype(np.int64), minlength=texts)
    starts = np.concatenate(([0], np.cumsum(counts[:texts])))
    return Features(bits=bits, buckets=(keys & ((1 << bits) - 1)).astype(np.int32), starts=starts)
