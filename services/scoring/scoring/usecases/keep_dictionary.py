"""A brand's dictionary: what is in it, and another one in its place."""

import msgspec

from huiying.auth.principals import Permission, Principal
from huiying.errors import Invalid
from huiying.events.envelope import Value
from scoring.domain.codes.dictionary import NO_DICTIONARY, BrandDictionary
from scoring.storage.knowledge import held_knowledge
from scoring.storage.learning_tables import Knowledge
from scoring.storage.unit import ScoringUnit

MOST_WORDS = 50_000
"""Names and words that a brand's dictionary may have. Nothing else is read for as long as it takes to make them ready
to be found: a sixth of a second, twice."""


class KeptDictionary(Value, frozen=True, kw_only=True):
    """A dictionary and its version, 0 for a brand that has none yet."""

    dictionary: BrandDictionary = NO_DICTIONARY
    version: int = 0


async def read_dictionary(unit: ScoringUnit, brand: str, *, principal: Principal) -> KeptDictionary:
    """The brand's dictionary. Raises NotFound for another's."""
    principal.demand(Permission.SCORING_USE, brand, what=f"brand {brand}")
    found = await unit.session.get(Knowledge, brand)
    if found is None:
        return KeptDictionary()
    dictionary = msgspec.convert(found.dictionary, BrandDictionary)
    return KeptDictionary(dictionary=dictionary, version=found.dictionary_version)


async def dictionary_to_change(unit: ScoringUnit, brand: str, *, principal: Principal) -> Knowledge:
    """The row that holds the brand's dictionary, locked. Raises NotFound and Forbidden."""
    principal.demand(Permission.SCORING_TUNE, brand, what=f"brand {brand}")
    return await held_knowledge(unit.session, brand)


async def keep_dictionary(unit: ScoringUnit, held: Knowledge, dictionary: BrandDictionary) -> None:
    """Put this dictionary in the place of the brand's; every process reads texts by it from its next batch on.

    Raises Invalid if it has more than `MOST_WORDS`.
    """
    if dictionary.word_count > MOST_WORDS:
        raise Invalid(f"a dictionary of {dictionary.word_count:,} names and words; it may have {MOST_WORDS:,}")
    held.dictionary = msgspec.to_builtins(dictionary)
    held.dictionary_version += 1
    held.version += 1
    await unit.session.flush()
