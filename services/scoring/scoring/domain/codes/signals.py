"""What the words of a text say of it: signals, each with the words it rests on.

Signals are found, not weighed up: what follows from them for intents, risks and urgency is said in those modules.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate, chain
from typing import NamedTuple, Self

from ahocorasick_rs import AhoCorasick

from huiying.events.assessments import Entity
from huiying.events.envelope import Value
from scoring.domain.codes.masking import shown
from scoring.domain.codes.rules import DENIAL, IDIOM, SUPPOSITION, Refused, Rule, Word, rules
from scoring.domain.text.searchable import Searchable

_CLAUSE_ENDS = frozenset(",.;!?。、\n")
_SENTENCE_ENDS = frozenset("!?。\n")


class Signal(Value, frozen=True, kw_only=True):
    """Words from `start` to `end`, in code points of the text as written, that say `code` with `weight` from 0 to 1.

    `denied`: a denial stands before them. `supposed`: they are said of what might be.
    """

    code: str
    weight: float
    start: int
    end: int
    denied: bool = False
    supposed: bool = False


@dataclass(frozen=True, slots=True)
class Signals:
    """A text, and all that was found in it, in no particular order. `hidden` is what its words must not tell."""

    text: Searchable
    found: tuple[Signal, ...]
    hidden: tuple[Entity, ...] = ()

    def hiding(self, entities: Sequence[Entity]) -> Self:
        """The same, whose words show of these, where they are personal, no more than a mask."""
        return replace(self, hidden=tuple(entities))

    def of(self, code: str) -> list[Signal]:
        """Those that say this, and are not denied."""
        return [each for each in self.found if each.code == code and not each.denied]

    def words(self, signals: Iterable[Signal]) -> tuple[str, ...]:
        """The words of these signals, as they stand in the text but for what is masked, each once."""
        characters = shown(self.text.text, self.hidden)
        words = ("".join(characters[each.start : each.end]) for each in signals)
        # Nothing may be shown of words that stand within an address.
        return tuple(dict.fromkeys(filter(None, words)))


class _Found(NamedTuple):
    """A rule whose words stand from `start` to `end` in the folded text."""

    rule: Rule
    start: int
    end: int


class _Use(NamedTuple):
    """What a word is to a rule: the word of its slot number `slot`."""

    rule: Rule
    number: int
    slot: int
    is_last: bool


class _Uses(NamedTuple):
    """What a word is to all rules, and whether one of them is an idiom."""

    uses: tuple[_Use, ...]
    is_idiom: bool


# A word that was found, and from where to where in the folded text. A plain tuple, for there are dozens in a text.
_Hit = tuple[_Uses, int, int]


@dataclass(frozen=True, slots=True)
class _Index:
    """All words of all rules in one automaton, with what may not stand beside each and what it is used for."""

    automaton: AhoCorasick
    words: tuple[tuple[tuple[Refused, Refused, _Uses], ...], ...]


@cache
def _index() -> _Index:
    uses: defaultdict[Word, list[_Use]] = defaultdict(list)
    for number, rule in enumerate(rules()):
        for slot, words in enumerate(rule.slots):
            for word in words:
                uses[word].append(_Use(rule, number, slot, is_last=slot == len(rule.slots) - 1))
    by_literal: defaultdict[str, list[tuple[Refused, Refused, _Uses]]] = defaultdict(list)
    for word, used in uses.items():
        is_idiom = any(use.rule.code == IDIOM for use in used)
        by_literal[word.literal].append((word.before, word.after, _Uses(tuple(used), is_idiom)))
    return _Index(AhoCorasick(list(by_literal)), tuple(map(tuple, by_literal.values())))


def find_signals(texts: Sequence[str]) -> list[Signals]:
    """What the words of each text say, in the order of the texts."""
    index = _index()
    return [_signals(Searchable.of(text), index=index) for text in texts]


def _signals(text: Searchable, *, index: _Index) -> Signals:
    by_code: defaultdict[str, list[_Found]] = defaultdict(list)
    for found in _found(text.folded, index=index):
        by_code[found.rule.code].append(found)
    folded = text.folded
    denying = (each for each in _longest(by_code.pop(DENIAL, ())) if not _asks_whether(each, folded=folded))
    denials = _Preceding(denying, folded=folded)
    suppositions = _Preceding(by_code.pop(SUPPOSITION, ()), folded=folded)
    by_code.pop(IDIOM, None)
    signals = []
    for found in chain.from_iterable(map(_longest, by_code.values())):
        start, end = text.span(found.start, found.end)
        signals.append(
            Signal(
                code=found.rule.code,
                weight=found.rule.weight,
                start=start,
                end=end,
                # Who says that something is not bad at all denies twice, and means it.
                denied=denials.count(found) % 2 == 1,
                supposed=suppositions.count(found) > 0,
            )
        )
    return Signals(text, tuple(signals))


def _found(folded: str, *, index: _Index) -> Iterator[_Found]:
    """The rules whose slots are all there, in order and near enough, as often as their last slot is."""
    reached: dict[tuple[int, int], tuple[int, int]] = {}
    for (uses, _), start, end in _hits(folded, index=index):
        for rule, number, slot, is_last in uses:
            begin = start
            if slot:
                before = reached.get((number, slot - 1))
                if before is None:
                    continue
                begin, last = before
                if not 0 <= start - last <= rule.reach or not _SENTENCE_ENDS.isdisjoint(folded[last:start]):
                    continue
            if is_last:
                yield _Found(rule, begin, end)
            else:
                reached[number, slot] = begin, end


def _hits(folded: str, *, index: _Index) -> list[_Hit]:
    """The words of rules that are words here, by where they end, without those inside an idiom."""
    hits = [
        (uses, start, end)
        for word, start, end in index.automaton.find_matches_as_indexes(folded, overlapping=True)
        for before, after, uses in index.words[word]
        if not (before and start and before(folded[start - 1]))
        and not (after and end < len(folded) and after(folded[end]))
    ]
    idioms = [hit for hit in hits if hit[0].is_idiom]
    if not idioms:
        return hits
    spans = _Spans(idioms)
    return [hit for hit in hits if not spans.hold(hit)]


class _Spans:
    """Hits by where they stand, so that one look tells whether one of them holds another hit and more."""

    def __init__(self, hits: Iterable[_Hit]) -> None:
        spans = sorted((start, end) for _, start, end in hits)
        self._starts = [start for start, _ in spans]
        # The last end of those that begin first, by how many they are.
        self._reached = list(accumulate((end for _, end in spans), max, initial=-1))

    def hold(self, hit: _Hit) -> bool:
        """Whether the hit stands within a longer one of these."""
        _, start, end = hit
        earlier = self._reached[bisect_left(self._starts, start)]
        return earlier >= end or self._reached[bisect_right(self._starts, start)] > end


def _longest(found: Sequence[_Found]) -> list[_Found]:
    """Those that stand within no longer one, the surest of those that stand in the same place."""
    longest: list[_Found] = []
    # Whoever holds another comes before it, and so does the surest of a place: one look at the last end will do.
    reached = -1
    for each in sorted(found, key=lambda each: (each.start, -each.end, -each.rule.weight)):
        if each.end > reached:
            longest.append(each)
            reached = each.end
    return longest


class _Preceding:
    """Words that change how what follows them is meant, for as far as their rules reach, within the clause."""

    def __init__(self, words: Iterable[_Found], *, folded: str) -> None:
        self._words = sorted(words, key=lambda word: word.end)
        self._ends = [word.end for word in self._words]
        self._longest_reach = max((each.rule.reach for each in self._words), default=0)
        self._folded = folded

    def count(self, found: _Found) -> int:
        """How many of the words stand before what was found, near enough."""
        last = bisect_right(self._ends, found.start)
        if not last or self._ends[last - 1] < found.start - self._longest_reach:
            return 0
        first = bisect_left(self._ends, found.start - self._longest_reach)
        return sum(
            found.start - each.end <= each.rule.reach and _CLAUSE_ENDS.isdisjoint(self._folded[each.end : found.start])
            for each in self._words[first:last]
        )


def _asks_whether(denial: _Found, *, folded: str) -> bool:
    """Whether it stands between a verb and the same verb again, as in 要不要: that denies nothing."""
    around = folded[denial.start - 1 : denial.start], folded[denial.end : denial.end + 1]
    return around[0] == around[1] and around[0].isalnum()
