"""What a brand's dictionary knows by name: products, stores, competitors, and the topics its words show."""

from collections import defaultdict
from collections.abc import Iterator

from ahocorasick_rs import AhoCorasick, MatchKind

from huiying.events.assessments import Entity, EntityKind
from scoring.domain.codes.dictionary import BrandDictionary
from scoring.domain.codes.numbers import find_numbers
from scoring.domain.codes.rules import is_latin
from scoring.domain.text.searchable import Searchable, fold

_Meaning = tuple[EntityKind | None, str]
"""What a word names: an entity of a kind, or, without a kind, a topic."""


class Recogniser:
    """Finds what a brand's dictionary names; made once for many texts. Of words that overlap the longest counts."""

    def __init__(self, dictionary: BrandDictionary) -> None:
        # A name is often among its own aliases, in other letters, and still means one thing.
        meanings: defaultdict[str, dict[_Meaning, None]] = defaultdict(dict)
        for word, meaning in _meanings(dictionary):
            # Without spaces at its edges, of which there are more kinds than one: else every space would be a name.
            meanings[fold(word).strip()][meaning] = None
        meanings.pop("", None)
        self._meanings = list(map(tuple, meanings.values()))
        self._automaton = AhoCorasick(list(meanings), matchkind=MatchKind.LeftmostLongest)

    def entities(self, text: Searchable) -> tuple[Entity, ...]:
        """What the text names, by where it first stands; also every number and address, masked if personal."""
        named: dict[_Meaning, Entity] = {}
        for found, start, end in self._found(text):
            for kind, name in found:
                # Once each: a word of many products, said a thousand times, would outgrow what a fact may hold.
                if kind is not None and (kind, name) not in named:
                    named[kind, name] = Entity(kind=kind, name=name, start=start, end=end)
        return tuple(sorted([*named.values(), *find_numbers(text)], key=lambda entity: entity.start))

    def topics(self, text: Searchable) -> tuple[str, ...]:
        """The topics whose words the text holds, in the order in which it comes to them."""
        found = [name for meanings, _, _ in self._found(text) for kind, name in meanings if kind is None]
        return tuple(dict.fromkeys(found))

    def _found(self, text: Searchable) -> Iterator[tuple[tuple[_Meaning, ...], int, int]]:
        folded = text.folded
        for number, start, end in self._automaton.find_matches_as_indexes(folded):
            within = is_latin(folded[start]) and is_latin(folded[start - 1 : start])
            if not within and not (is_latin(folded[end - 1]) and is_latin(folded[end : end + 1])):
                yield self._meanings[number], *text.span(start, end)


def _meanings(dictionary: BrandDictionary) -> Iterator[tuple[str, _Meaning]]:
    named = (
        (EntityKind.PRODUCT, dictionary.products),
        (EntityKind.STORE, dictionary.stores),
        (EntityKind.COMPETITOR, dictionary.competitors),
        (None, dictionary.topics),
    )
    for kind, names in named:
        for name, words in names.items():
            # A topic's own name need not be a word of it: "service" is written about without saying so.
            yield from ((word, (kind, name)) for word in (words if kind is None else (name, *words)))
