"""All that one brand has taught, as scoring uses it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from scoring.domain.adaptation import Adaptation
from scoring.domain.dictionary import NO_DICTIONARY, BrandDictionary
from scoring.domain.heads import Probabilities
from scoring.domain.language import Reading
from scoring.domain.word_rules import WordRules


@dataclass(frozen=True, kw_only=True)
class BrandKnowledge:
    """One brand's dictionary, and the adaptation that it has applied, if any."""

    dictionary: BrandDictionary = NO_DICTIONARY
    adaptation: Adaptation | None = None

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


NO_KNOWLEDGE = BrandKnowledge()
