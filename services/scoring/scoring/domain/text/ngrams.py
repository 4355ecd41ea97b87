"""Hashes of runs of characters and of words, for a whole batch at once: no Python loop over characters or n-grams."""

import numpy as np
import numpy.typing as npt

from scoring.domain.text.normalisation import BOUNDARY, CodePoints, Positions

Hashes = npt.NDArray[np.uint64]
Found = tuple[Positions, Hashes]
"""Which text each hash belongs to, in the order of the texts, and the hash."""

PRIME = np.uint64(0x100000001B3)
MIX = np.uint64(0x9E3779B97F4A7C15)
_LONGEST_WORD = 64


def runs(chars: CodePoints, owner: Positions, *, length: int) -> Found:
    """Owner and hash of every run of `length` characters within one text; runs of two or more include boundaries."""
    if chars.size < length:
        return owner[:0], np.empty(0, dtype=np.uint64)
    hashes = chars[: chars.size - length + 1].astype(np.uint64) + np.uint64(length << 24)
    for offset in range(1, length):
        hashes = hashes * PRIME + chars[offset : chars.size - length + 1 + offset]
    first, last = owner[: hashes.size], owner[length - 1 :]
    # The boundary that closes a text is owned by the next one, so a run may end one owner later, but only on it.
    closes = (last == first + 1) & (chars[length - 1 :] == BOUNDARY)
    within = (last == first) | closes if length > 1 else chars != BOUNDARY
    return first[within], hashes[within]


def words(chars: CodePoints, owner: Positions) -> Found:
    """Words and signs. Spaces and boundaries part words; any character that is not of an alphabet stands alone."""
    kinds = _KINDS[np.minimum(chars, _KINDS.size - 1)]
    begins = (kinds == _SIGN) | (kinds == _LETTER)
    begins[1:] &= ~((kinds[1:] == _LETTER) & (kinds[:-1] == _LETTER))
    starts = np.flatnonzero(begins)
    if not starts.size:
        return owner[:0], np.empty(0, dtype=np.uint64)
    visible = kinds != _GAP
    within = np.arange(chars.size) - np.maximum.accumulate(np.where(begins, np.arange(chars.size), 0))
    weighted = (chars.astype(np.uint64) + MIX) * _POWERS[np.minimum(within, _LONGEST_WORD - 1)]
    return owner[starts], np.add.reduceat(np.where(visible, weighted, np.uint64(0)), starts)


def pairs(found: Found) -> Found:
    """Every two neighbouring words of one text."""
    owners, hashes = found
    neighbours = owners[1:] == owners[:-1]
    joined = hashes[:-1] * PRIME + (hashes[1:] ^ MIX)
    return owners[1:][neighbours], joined[neighbours]


_GAP, _SIGN, _LETTER = 0, 1, 2


def _kinds() -> npt.NDArray[np.uint8]:
    """Whether a code point parts words, belongs to one, or stands alone: ASCII by list, the alphabets by block."""
    kinds = np.full(0x3000, _SIGN, dtype=np.uint8)
    kinds[[9, 10, 11, 12, 13, 32]] = _GAP
    for letter in "abcdefghijklmnopqrstuvwxyz0123456789'_":
        kinds[ord(letter)] = _LETTER
    kinds[0xC0:0x1100] = _LETTER
    return kinds


_KINDS = _kinds()
_POWERS = np.cumprod(np.full(_LONGEST_WORD, PRIME, dtype=np.uint64))
