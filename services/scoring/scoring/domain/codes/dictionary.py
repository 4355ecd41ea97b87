"""What a brand calls its things, and how it wants some words read."""

from collections.abc import Mapping

from huiying.events.assessments import SentimentLabel
from huiying.events.envelope import Value


class BrandDictionary(Value, frozen=True, kw_only=True):
    """One brand's words.

    `products`, `stores` and `competitors` give each name its aliases, `topics` each topic the words that show it.
    `words` are further words that belong together, and `word_rules` those that say by themselves how a text reads.
    """

    products: dict[str, tuple[str, ...]] = {}
    stores: dict[str, tuple[str, ...]] = {}
    competitors: dict[str, tuple[str, ...]] = {}
    topics: dict[str, tuple[str, ...]] = {}
    words: tuple[str, ...] = ()
    word_rules: dict[str, SentimentLabel] = {}

    @property
    def word_count(self) -> int:
        """How many names and words it has."""
        named = (self.products, self.stores, self.competitors, self.topics)
        return len(self.words) + len(self.word_rules) + sum(map(_size, named))


def _size(names: Mapping[str, tuple[str, ...]]) -> int:
    return len(names) + sum(map(len, names.values()))


NO_DICTIONARY = BrandDictionary()
