"""Where the terms of a list stand in Chinese texts, for a whole batch at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Self

import numpy as np
import numpy.typing as npt

from scoring.domain.text.ngrams import PRIME, Hashes
from scoring.domain.text.normalisation import BOUNDARY, CodePoints, normalised

Floats = npt.NDArray[np.float64]

LONGEST_TERM = 4
_BASIC_PLANE = 0x10000


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Terms of up to `LONGEST_TERM` characters by hash, in ascending order, with the value of each.

    `begins` says of each code point whether it begins one: few characters do, and no others are looked up.
    """

    hashes: Hashes
    values: Floats
    begins: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, values: Mapping[str, float]) -> Self:
        """The terms of a mapping to their values, read as the texts are."""
        terms = normalised(list(values))
        hashes = np.concatenate([_prefixes([_letter(char) for char in term])[-1] for term in terms])
        begins = np.zeros(_BASIC_PLANE, dtype=bool)
        begins[[ord(term[0]) for term in terms]] = True
        order = np.argsort(hashes)
        return cls(hashes=hashes[order], values=np.array(list(values.values()))[order], begins=begins)

    def values_in(self, chars: CodePoints) -> Floats:
        """The value of the longest term that begins at each character; 0 where none does."""
        found = np.zeros(chars.size)
        places = np.flatnonzero(self.begins[np.minimum(chars, _BASIC_PLANE - 1)])
        following = np.append(chars, np.full(LONGEST_TERM, BOUNDARY, dtype=chars.dtype))
        runs = [following[places + offset].astype(np.uint64) for offset in range(LONGEST_TERM)]
        for hashed in _prefixes(runs):
            at = np.minimum(np.searchsorted(self.hashes, hashed), self.hashes.size - 1)
            known = self.hashes[at] == hashed
            found[places[known]] = self.values[at[known]]
        return found


def _prefixes(chars: Sequence[Hashes]) -> list[Hashes]:
    """The hashes of the first characters, of the first two, and so on."""
    return list(accumulate(chars, lambda hashed, char: hashed * PRIME + char))


def _letter(char: str) -> Hashes:
    return np.array([ord(char)], dtype=np.uint64)
