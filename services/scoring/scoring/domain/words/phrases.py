"""Phrases that a brand's public says and no dictionary has: new words, names of products, turns of speech."""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from scoring.domain.text.searchable import fold
from scoring.domain.text.segmentation import STOP_WORDS, is_word, words

FEWEST_OCCURRENCES = 5
LONGEST_PHRASE = 4
"""In units: a word of the dictionary, a character outside one, or a word of Latin letters."""

LEAST_COHESION = 0.4
LEAST_FREEDOM = 1.2
"""Nats of entropy among the neighbours on either side: a part of something longer always has the same neighbour."""

# What joins words; a phrase neither begins nor ends with it.
_JOINING = frozenset(
    "ai的地得了是我你您他她它们这那就也都还又很太真最更不没别在有和与跟及而但吗呢吧啊呀哦啦嘛着过把被让给对从到说要会想个再只"
)

Units = tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Phrase:
    """Said so often; `cohesion`, 0 to 1, is how surely its parts stand together rather than by chance."""

    text: str
    count: int
    cohesion: float


def discover_phrases(texts: Iterable[str], *, known: Collection[str] = ()) -> list[Phrase]:
    """Phrases of two to four units in folded form, the most frequent first; none that is `known` or in the dictionary.

    The same text sent again is not counted again, so that copies make no phrase. It takes some hundreds of texts; what
    is said less than five times is not found.
    """
    distinct = dict.fromkeys(map(fold, texts))
    passages = [passage for text in distinct for passage in _passages(text)]
    counts = _counts(passages)
    total = sum(map(len, passages))
    unwanted = frozenset(map(fold, known))
    found = {
        units: cohesion
        for units, count in counts.items()
        if count >= FEWEST_OCCURRENCES
        and _may_be_phrase(units, unwanted=unwanted)
        and (cohesion := _cohesion(units, counts, total=total)) >= LEAST_COHESION
    }
    phrases = [
        Phrase(text=_joined(units), count=counts[units], cohesion=found[units]) for units in _free(passages, found)
    ]
    return sorted(phrases, key=lambda phrase: (-phrase.count, phrase.text))


def _passages(folded: str) -> Iterator[Units]:
    """The units between two marks of punctuation."""
    passage: list[str] = []
    read = 0
    for word, place in words(folded):
        if folded[read:place].strip() and passage:
            yield tuple(passage)
            passage = []
        passage.append(word)
        read = place + len(word)
    yield tuple(passage)


def _counts(passages: Iterable[Units]) -> Counter[Units]:
    """How often every run of one to so many units stands in the passages."""
    return Counter(part for passage in passages for part, _, _ in _parts(passage, shortest=1))


def _parts(passage: Units, *, shortest: int) -> Iterator[tuple[Units, int, int]]:
    """The runs of units in a passage, with where each begins and ends."""
    for length in range(shortest, LONGEST_PHRASE + 1):
        for start in range(len(passage) - length + 1):
            yield passage[start : start + length], start, start + length


def _may_be_phrase(units: Units, *, unwanted: frozenset[str]) -> bool:
    if len(units) < 2 or any(edge in STOP_WORDS or edge in _JOINING for edge in (units[0], units[-1])):
        return False
    text = _joined(units)
    return text not in unwanted and not is_word(text)


def _joined(units: Units) -> str:
    """The units as they are written: a space only between Latin words."""
    text = units[0]
    for unit in units[1:]:
        text += f" {unit}" if text[-1] < "㐀" and unit[0] < "㐀" else unit
    return text


def _cohesion(units: Units, counts: Counter[Units], *, total: int) -> float:
    """The normalised pointwise mutual information of the two parts, where the phrase is cut at its weakest place."""
    together = counts[units] / total
    apart = max(counts[units[:cut]] * counts[units[cut:]] for cut in range(1, len(units))) / total**2
    return math.log(together / apart) / -math.log(together)


def _free(passages: Iterable[Units], found: Collection[Units]) -> list[Units]:
    """Those that stand beside ever different neighbours on both sides."""
    before: dict[Units, Counter[str]] = defaultdict(Counter)
    after: dict[Units, Counter[str]] = defaultdict(Counter)
    for passage in passages:
        for part, start, end in _parts(passage, shortest=2):
            if part in found:
                before[part][passage[start - 1] if start else ""] += 1
                after[part][passage[end] if end < len(passage) else ""] += 1
    return [part for part in found if min(_entropy(before[part]), _entropy(after[part])) >= LEAST_FREEDOM]


def _entropy(neighbours: Counter[str]) -> float:
    """In nats. Every end of a passage counts as a neighbour of its own, for anything might have followed there."""
    total = neighbours.total()
    shares = [count / total for neighbour, count in neighbours.items() if neighbour]
    return sum(-share * math.log(share) for share in shares) + neighbours[""] / total * math.log(total)
