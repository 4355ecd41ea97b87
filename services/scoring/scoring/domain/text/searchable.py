"""Texts as lexicons search them, with the way back to the text as it was written."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from scoring.domain.text.folding import simplified_code_points

_SIMPLIFIED = simplified_code_points()
# Telephones write don’t where lexicons say don't.
_QUOTES = {"‘": "'", "’": "'"}


class _Folds(dict[int, str]):
    """What a character is read as: NFKC, lower case, simplified. Never nothing; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        # Half of a surrogate pair is no character, and what searches cannot read it.
        written = "\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code)
        lowered = unicodedata.normalize("NFKC", written).lower()
        folded = "".join(_QUOTES.get(each, _simplified(each)) for each in lowered)
        self[code] = folded
        return folded


def _simplified(character: str) -> str:
    code = ord(character)
    return chr(int(_SIMPLIFIED[code])) if code < _SIMPLIFIED.size else character


_FOLDS = _Folds()


def fold(text: str) -> str:
    """The text as lexicons see it; equal for full and half width, upper and lower case, traditional and simplified."""
    return text.translate(_FOLDS)


@dataclass(frozen=True, slots=True)
class Searchable:
    """A text, `folded` to be searched, and where each folded character stands in it."""

    text: str
    folded: str
    origins: tuple[int, ...] | None
    """For each folded character the place of the one it came from; None where the places are the same."""

    @classmethod
    def of(cls, text: str) -> "Searchable":
        """The text made ready to be searched."""
        folded = fold(text)
        # No fold is empty, so equal length means that every character became one character.
        origins = None if len(folded) == len(text) else tuple(_origins(text))
        return cls(text, folded, origins)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where the folded characters from `start` to `end`, at least one, stand in the text as it was written."""
        if self.origins is None:
            return start, end
        return self.origins[start], self.origins[end - 1] + 1


def _origins(text: str) -> Iterator[int]:
    for place, character in enumerate(text):
        yield from [place] * len(_FOLDS[ord(character)])
