"""Texts as the n-grams see them: one row of code points for a whole batch, what means the same written the same."""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from scoring.domain.text.folding import simplified_code_points

CodePoints = npt.NDArray[np.uint32]
Positions = npt.NDArray[np.int64]

# Marks from Unicode's private area stand for what differs in every text and means the same.
LINK, MENTION, PRAISE, LAUGHTER = "\ue000", "\ue001", "\ue002", "\ue003"
LONGEST_TEXT = 4_000
"""Characters of a text that are read; the rest says the same again, and a feature count stays within bounds."""

BOUNDARY = 10  # a line feed between two texts; it also marks where a text begins and ends in the n-grams.
_LINK = re.compile(r"(?:https?://|www\.)[!-~]+")
_MENTION = re.compile(r"@[\w\-·]{1,30}")
_PRAISE = re.compile(r"(?<!\d)6{3,}(?!\d)")
_LAUGHTER = re.compile(r"(?<!\d)23{2,}(?!\d)")
_NUMBER = re.compile(r"\d+")
# One plain space, which is nearly every match, would be replaced by itself.
_SPACE = re.compile(r"[^\S\n]{2,}|[^\S\n ]")


def normalised(texts: Sequence[str]) -> list[str]:
    """The texts as the n-grams see them: NFKC, lower case, links, mentions and numbers as marks, no third repeat."""
    chars, _ = code_points(texts)
    return chars[1:].astype("<u4").tobytes().decode("utf-32-le", "surrogatepass").split("\n")[: len(texts)]


def code_points(texts: Sequence[str]) -> tuple[CodePoints, Positions]:
    """All texts as one row of code points, a boundary before, between and after, and which text each belongs to."""
    joined = "\n".join(text[:LONGEST_TEXT].replace("\n", " ") for text in texts)
    joined = joined if joined.isascii() else unicodedata.normalize("NFKC", joined)
    joined = _marked(joined.lower())
    chars = np.frombuffer(f"\n{joined}\n".encode("utf-32-le", "surrogatepass"), dtype="<u4")
    chars = _folded(_squeezed(chars))
    # A boundary belongs to the text after it; the last one to nobody.
    return chars, np.cumsum(chars == BOUNDARY) - 1


def _marked(text: str) -> str:
    if "http" in text or "www." in text:
        text = _LINK.sub(LINK, text)
    if "@" in text:
        text = _MENTION.sub(MENTION, text)
    if "666" in text:
        text = _PRAISE.sub(PRAISE, text)
    if "233" in text:
        text = _LAUGHTER.sub(LAUGHTER, text)
    return _SPACE.sub(" ", _NUMBER.sub("0", text))


def _squeezed(chars: CodePoints) -> CodePoints:
    """The same without the third and later of a row of equal characters."""
    third = np.zeros(chars.size, dtype=bool)
    third[2:] = (chars[2:] == chars[1:-1]) & (chars[2:] == chars[:-2]) & (chars[2:] != BOUNDARY)
    return chars[~third]


def _folded(chars: CodePoints) -> CodePoints:
    basic = chars < _READ_AS.size
    return np.where(basic, _READ_AS[np.where(basic, chars, 0)], chars).astype(np.uint32)


_READ_AS = simplified_code_points()
# Telephones write don’t where the words that were learnt from say don't.
_READ_AS[[0x2018, 0x2019]] = ord("'")
