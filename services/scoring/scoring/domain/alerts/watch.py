"""What of a brand's conversation is watched by itself, and what belongs to it."""

import re
from collections.abc import Sequence
from functools import cached_property

import msgspec

from scoring.domain.alerts.observation import Countable

WHOLE_BRAND = ""
"""The id of the watch that every brand has, to which everything belongs."""

DEFAULT_SENSITIVITY = 0.25
"""False alarms a week that are put up with, unless a watch says otherwise."""

_LATIN_WORD = re.compile(r"[a-z0-9]")


class Watch(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A part of what is said to a brand: about any of these words, and on these platforms, in these regions if named.

    `topics` and `products` are names of the brand's dictionary, `keywords` any words. `sensitivity` is how many false
    alarms a week are put up with.
    """

    id: str
    brand: str
    name: str = ""
    topics: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    sensitivity: float = DEFAULT_SENSITIVITY

    @property
    def conditions(self) -> tuple[Sequence[str], ...]:
        """What decides whether something belongs to it."""
        return self.topics, self.keywords, self.products, self.platforms, self.regions

    @property
    def is_whole_brand(self) -> bool:
        """Whether everything belongs to it."""
        return not any(self.conditions)

    def matches(self, observed: Countable) -> bool:
        """Whether this belongs to it. Where regions are named, what does not tell its own belongs to none."""
        if self.platforms and observed.platform not in self.platforms:
            return False
        if self.regions and observed.region not in self.regions:
            return False
        return self._is_about(observed)

    def _is_about(self, observed: Countable) -> bool:
        if not (self.topics or self.keywords or self.products):
            return True
        return (
            any(topic in observed.topics for topic in self.topics)
            or any(product in observed.products for product in self.products)
            or (self._words is not None and self._words.search(observed.text.casefold()) is not None)
        )

    @cached_property
    def _words(self) -> re.Pattern[str] | None:
        """Latin words stand alone; in Chinese nothing says where a word ends."""
        found = [word.casefold() for word in self.keywords]
        parts = [
            _edge(word[0], before=True) + re.escape(word) + _edge(word[-1], before=False) for word in found if word
        ]
        return re.compile("|".join(parts)) if parts else None


def _edge(letter: str, *, before: bool) -> str:
    if not _LATIN_WORD.match(letter):
        return ""
    return "(?<![a-z0-9])" if before else "(?![a-z0-9])"


def watches_of(brand: str, kept: Sequence[Watch]) -> list[Watch]:
    """The watches of a brand: those that were set up, and that of the whole brand, which is always there."""
    if any(watch.id == WHOLE_BRAND for watch in kept):
        return list(kept)
    return [Watch(id=WHOLE_BRAND, brand=brand), *kept]
