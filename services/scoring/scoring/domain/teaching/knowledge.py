"""All that one brand has taught, as scoring uses it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Self

import msgspec

from scoring.domain.codes.dictionary import NO_DICTIONARY, BrandDictionary
from scoring.domain.codes.entities import Recogniser
from scoring.domain.model.heads import Probabilities
from scoring.domain.teaching.adaptation import Adaptation
from scoring.domain.teaching.word_rules import WordRules
from scoring.domain.text.language import Reading
from scoring.domain.words.keywords import Vocabulary

_DIGEST_BYTES = 16
_Packed = tuple[BrandDictionary, Adaptation | None]


@dataclass(frozen=True, kw_only=True)
class BrandKnowledge:
    """One brand's dictionary, and the adaptation that it has applied, if any."""

    dictionary: BrandDictionary = NO_DICTIONARY
    adaptation: Adaptation | None = None

    def make_ready(self) -> "BrandKnowledge":
        """Make at once what is else made at the first text: of many thousand words, that takes a second."""
        _ = self.word_rules, self.recogniser, self.vocabulary.finder
        return self

    @classmethod
    def unpacked(cls, packed: bytes) -> Self:
        """What `packed` holds."""
        dictionary, adaptation = msgspec.msgpack.decode(packed, type=_Packed)
        return cls(dictionary=dictionary, adaptation=adaptation)

    @cached_property
    def packed(self) -> bytes:
        """All of it, to be handed to another process."""
        return msgspec.msgpack.encode((self.dictionary, self.adaptation))

    @cached_property
    def digest(self) -> bytes:
        """The same for the same knowledge, and for no other."""
        return blake2b(self.packed, digest_size=_DIGEST_BYTES).digest()

    def apply(
        self, rows: Probabilities, *, texts: Sequence[str], readings: Sequence[Reading], model: str
    ) -> Probabilities:
        """The sentiments of this brand's texts, one row each, as `model` has them and then as the brand would.

        An adaptation that was learnt for another model is passed over; word rules hold for any.
        """
        if self.adaptation is not None and self.adaptation.fits(model):
            rows = self.adaptation.apply(rows, texts=texts, readings=readings)
        return self.word_rules.apply(rows, texts=texts)

    @cached_property
    def word_rules(self) -> WordRules:
        """The dictionary's rules, made ready once."""
        return WordRules(self.dictionary.word_rules)

    @cached_property
    def recogniser(self) -> Recogniser:
        """What finds the things that the dictionary names, made once."""
        return Recogniser(self.dictionary)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words that belong together because the dictionary has them."""
        own = self.dictionary
        named = (own.products, own.stores, own.competitors, own.topics)
        aliases = (word for names in named for words in names.values() for word in words)
        things = (name for names in (own.products, own.stores, own.competitors) for name in names)
        return Vocabulary(frozenset([*own.words, *aliases, *things]))


NO_KNOWLEDGE = BrandKnowledge()
