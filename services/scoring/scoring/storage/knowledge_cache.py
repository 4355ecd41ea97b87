"""What brands have taught, kept in memory between batches."""

from collections import OrderedDict
from weakref import WeakValueDictionary

import anyio

from scoring.domain.teaching.knowledge import BrandKnowledge

_BRAND_COUNT = 512


class KnowledgeCache:
    """The knowledge of the brands that were asked for last, each at one version; who asks names the one that holds."""

    def __init__(self, *, brand_count: int = _BRAND_COUNT) -> None:
        self._brand_count = brand_count
        self._kept: OrderedDict[str, tuple[int, BrandKnowledge]] = OrderedDict()
        self._turns: WeakValueDictionary[str, anyio.Lock] = WeakValueDictionary()

    def get(self, brand: str, *, version: int) -> BrandKnowledge | None:
        """The brand's knowledge at that version, if it is here."""
        kept = self._kept.get(brand)
        if kept is None or kept[0] != version:
            return None
        self._kept.move_to_end(brand)
        return kept[1]

    def turn(self, brand: str) -> anyio.Lock:
        """Who makes a brand's knowledge holds this: who wants the same meanwhile waits for it, and for no other's."""
        return self._turns.setdefault(brand, anyio.Lock())

    def put(self, brand: str, knowledge: BrandKnowledge, *, version: int) -> None:
        """Keep it, in place of any other version, and of the brand that was asked for longest ago."""
        self._kept[brand] = (version, knowledge)
        self._kept.move_to_end(brand)
        if len(self._kept) > self._brand_count:
            self._kept.popitem(last=False)
