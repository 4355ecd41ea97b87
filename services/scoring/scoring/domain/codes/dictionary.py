"""What a brand calls its things, and how it wants some words read."""

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


NO_DICTIONARY = BrandDictionary()
