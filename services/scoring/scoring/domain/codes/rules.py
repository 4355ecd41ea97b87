"""What the lexicons hold: rules by code, each a few words that say something of a text, and how surely.

A lexicon is a file `lexicons/<code>.<language>.tsv` of rows `weight<TAB>pattern`. The weight is the share of texts with
these words that are what the code says, 0 to 1. A pattern is one or more slots, in order, with `…` between them: a few
characters may stand in between, but no end of a sentence. A slot is alternatives with `|` between them; `<name>` stands
for all words of that name in `groups.tsv`. A word of Latin letters is a whole word unless it ends in `*`; `_` before
or after a word means that no letter stands there.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scoring.domain.text.searchable import fold

# Beside the codes of intents, risks and urgency there are words about words.
DENIAL = "denial"
SUPPOSITION = "supposition"
IDIOM = "idiom"
"""A figure of speech, or any longer phrase in which the words inside do not say what they say alone."""

_FOLDER = Path(__file__).parent / "lexicons"
_GROUP = re.compile(r"<(\w+)>")
_REACH = {"zh": 8, "en": 32}
"""Characters that may stand between two slots."""

_CODE_REACH = {DENIAL: 0.5, SUPPOSITION: 1.5}
"""How much farther than that a word about words reaches."""


Refused = Callable[[str], bool] | None
"""Says of a character whether it may not stand right beside a word; None where any may."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """One literal to be found, folded, and what may not stand right before and after it."""

    literal: str
    before: Refused
    after: Refused


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One row of a lexicon. At most `reach` characters stand between two slots, or before what a denial denies."""

    code: str
    weight: float
    slots: tuple[tuple[Word, ...], ...]
    reach: int


@cache
def rules() -> tuple[Rule, ...]:
    """All rules of all lexicons that come with this package, read once."""
    groups = _groups()
    return tuple(rule for path in sorted(_FOLDER.glob("*.*.tsv")) for rule in _rules_of(path, groups=groups))


def rows(path: Path) -> Iterator[list[str]]:
    """The columns of each line, without comments and empty lines."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


def _groups() -> Mapping[str, str]:
    """The alternatives that each name stands for."""
    groups: dict[str, str] = {}
    for name, words in rows(_FOLDER / "groups.tsv"):
        groups[name] = f"{groups[name]}|{words}" if name in groups else words
    return groups


def _rules_of(path: Path, *, groups: Mapping[str, str]) -> Iterator[Rule]:
    code, language, _ = path.name.split(".")
    for weight, pattern in rows(path):
        whole = _GROUP.sub(lambda found: groups[found[1]], pattern)
        yield Rule(
            code=code,
            weight=float(weight),
            slots=tuple(tuple(_words(slot.split("|"))) for slot in whole.split("…")),
            reach=round(_REACH[language] * _CODE_REACH.get(code, 1)),
        )


def _words(written: Iterable[str]) -> Iterator[Word]:
    for each in written:
        literal = fold(each.removeprefix("_").removesuffix("_").removesuffix("*"))
        before, after = (is_latin if is_latin(edge) else None for edge in (literal[0], literal[-1]))
        yield Word(
            literal=literal,
            before=str.isalnum if each.startswith("_") else before,
            after=str.isalnum if each.endswith("_") else None if each.endswith("*") else after,
        )


def is_latin(character: str) -> bool:
    """Whether it is a letter or figure of a word that spaces delimit."""
    return character.isascii() and character.isalnum()
