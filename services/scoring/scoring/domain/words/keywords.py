"""The words that tell what a text is about: Chinese segmented, Latin words as written, the brand's own words whole."""

import math
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from ahocorasick_rs import AhoCorasick, MatchKind

from scoring.domain.text.searchable import Searchable, fold
from scoring.domain.text.segmentation import STOP_WORDS, part_of_speech, share_of_words, words

MOST_KEYWORDS = 8
LONGEST_TEXT = 4_000
"""Characters of a text that are read."""

_TELLING = frozenset("navbijlsz")
"""First letters of the parts of speech that tell: nouns, adjectives, verbs, idioms, short forms, places."""

_MISTAGGED = frozenset({"好用", "不好"})
_CODE = re.compile(r"(?:\d\D*){4}")
"""So many digits make a number plate, an account or an order of a word, which are nobody's topic."""

_RAREST = 6.0
"""Below one in a million a word is as likely a slip as a topic, so rarity counts no further."""

_OWN = 2 * _RAREST
"""What a word of the brand's vocabulary tells: more than any other."""


@dataclass(frozen=True)
class Vocabulary:
    """The words of a brand's dictionary: products, stores, campaigns. They are found whole, whatever is in them."""

    words: frozenset[str] = frozenset()

    @cached_property
    def finder(self) -> "_Finder":
        """What finds them, made once."""
        return _Finder(self.words)


NO_VOCABULARY = Vocabulary()


def find_keywords(texts: Sequence[str], *, vocabulary: Vocabulary = NO_VOCABULARY) -> list[tuple[str, ...]]:
    """At most eight keywords per text, the most telling first, as written but in lower case; empty where nothing tells.

    A word of the vocabulary comes before all others. Stop words, numbers, single characters, links, mentions, stickers
    and words with four digits or more are no keywords.
    """
    return [_keywords(Searchable.of(text[:LONGEST_TEXT]), finder=vocabulary.finder) for text in texts]


class _Finder:
    """Finds the words of one vocabulary in folded text, the longest where several begin together."""

    def __init__(self, vocabulary: Collection[str]) -> None:
        own = sorted({fold(word.strip()) for word in vocabulary} - {""})
        self._automaton = AhoCorasick(own, matchkind=MatchKind.LeftmostLongest) if own else None

    def spans(self, folded: str) -> Iterator[tuple[int, int]]:
        """Where the words stand, in order; Latin letters only where they are not part of a longer word."""
        if self._automaton is None:
            return
        for _, start, end in self._automaton.find_matches_as_indexes(folded):
            if not (_is_inside(folded, start) or _is_inside(folded, end)):
                yield start, end


def _is_inside(folded: str, place: int) -> bool:
    """Whether Latin letters or digits stand on both sides of the place."""
    pair = folded[max(place - 1, 0) : place + 1]
    return len(pair) == 2 and pair.isascii() and pair.isalnum()


def _keywords(text: Searchable, *, finder: _Finder) -> tuple[str, ...]:
    weights: dict[str, float] = {}
    places: dict[str, int] = {}
    for word, place, weight in _weighted(text.folded, finder=finder):
        if weight:
            places.setdefault(word, place)
            # A word said twice tells more, though not twice as much.
            weights[word] = weights[word] + 1 if word in weights else weight
    telling = sorted(weights, key=weights.__getitem__, reverse=True)[:MOST_KEYWORDS]
    return tuple(_as_written(text, word, places[word]) for word in telling)


def _as_written(text: Searchable, word: str, place: int) -> str:
    start, end = text.span(place, place + len(word))
    return text.text[start:end].lower()


def _weighted(folded: str, *, finder: _Finder) -> Iterator[tuple[str, int, float]]:
    """Every word of a folded text, where it begins and how much it tells."""
    read = 0
    for start, end in finder.spans(folded):
        yield from ((word, place, _weight(word)) for word, place in words(folded, read, start))
        yield folded[start:end], start, _OWN
        read = end
    yield from ((word, place, _weight(word)) for word, place in words(folded, read))


@lru_cache(maxsize=32_768)
def _weight(word: str) -> float:
    """How much a word tells: how rare it is, in powers of ten; nothing for a stop word."""
    if len(word) < 2 or word in STOP_WORDS or _CODE.search(word):
        return 0.0
    if word[0] < "㐀":
        # A letter more makes an English word rarer: good enough to rank by, and no table to keep.
        return min(3.0 + 0.2 * len(word), _RAREST)
    if part_of_speech(word)[0] not in _TELLING and word not in _MISTAGGED:
        return 0.0
    return min(-math.log10(share_of_words(word)), _RAREST)
