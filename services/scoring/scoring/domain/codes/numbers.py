"""Numbers and addresses in a text: of orders, and of persons, who can be called, paid or found with them.

What a number is follows from its form, its check digit and the word before it; the first kind that fits has it. A
service line such as 400-xxx-xxxx is nobody's, and is not told.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from huiying.events.assessments import Entity, EntityKind
from scoring.domain.codes.masking import PERSONAL, mask
from scoring.domain.text.searchable import Searchable

_FEWEST_DIGITS = 4
_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_IDENTITY_CHECKS = "10x98765432"


def find_numbers(text: Searchable) -> list[Entity]:
    """The e-mail addresses and numbers of a text, in their order in it; what is personal is named by its mask."""
    folded = text.folded
    if "@" not in folded and sum(map(str.isdigit, folded)) < _FEWEST_DIGITS:
        return []
    # One mark per character, so that a text full of numbers is read in the time of its length.
    taken = bytearray(len(folded))
    entities = []
    for kind, start, end in _candidates(folded):
        if not any(taken[start:end]):
            taken[start:end] = bytes([1]) * (end - start)
            entities.append(_entity(kind, text=text, start=start, end=end))
    return sorted(entities, key=lambda entity: entity.start)


def is_identity_number(digits: str) -> bool:
    """Whether the last of the 18 characters is the check digit of the others, as GB 11643 computes it."""
    weighed = sum(weight * int(digit) for weight, digit in zip(_IDENTITY_WEIGHTS, digits, strict=False))
    return digits[-1] == _IDENTITY_CHECKS[weighed % 11]


def is_card_number(digits: str) -> bool:
    """Whether the digits add up as Luhn has it."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def is_iban(characters: str) -> bool:
    """Whether the third and fourth are the check digits of the others, as ISO 7064 computes them."""
    turned = characters[4:] + characters[:4]
    return int("".join(str(int(each, 36)) for each in turned)) % 97 == 1


class _Form(NamedTuple):
    """How a kind is written; the number is the group `number` if there is one. `checks` looks at its digits."""

    kind: EntityKind
    pattern: re.Pattern[str]
    checks: Callable[[str], bool] | None = None


def _forms(kind: EntityKind, *patterns: str, checks: Callable[[str], bool] | None = None) -> list[_Form]:
    return [_Form(kind, re.compile(pattern), checks) for pattern in patterns]


_FORMS = [
    *_forms(EntityKind.EMAIL_ADDRESS, r"(?<![a-z0-9._%+-])[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}"),
    *_forms(
        EntityKind.IDENTITY_NUMBER,
        r"(?<![a-z0-9])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dx](?![a-z0-9])",
        checks=is_identity_number,
    ),
    *_forms(
        EntityKind.IDENTITY_NUMBER,
        r"(?:身份证|证件)(?:号码?)?[是为: ]{0,3}(?P<number>\d{15,17}[\dx])(?![a-z0-9])",
        r"(?:护照|通行证|passport)[^\d,。;!?]{0,12}?(?P<number>[a-z]{1,2}\d{7,8})(?![a-z0-9])",
        r"(?<![a-z0-9])[a-z][1289]\d{8}(?![a-z0-9])|(?<![a-z0-9])[a-z]{1,2}\d{6}\([\da]\)",
        r"\bssn\b[a-z: #]{0,8}(?P<number>\d{3}-?\d{2}-?\d{4})(?!\d)",
        r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])",
    ),
    *_forms(EntityKind.BANK_CARD, r"(?<![a-z0-9])[a-z]{2}\d{2}(?: ?[a-z0-9]){11,30}(?![a-z0-9])", checks=is_iban),
    *_forms(
        EntityKind.BANK_CARD,
        r"(?:卡号|银行卡|信用卡|card)[^\d,。;!?]{0,12}(?P<number>\d(?:[ -]?\d){11,18})(?!\d)",
        r"(?:account|acct|iban|账户|账号|帐号|户头)[^\d,。;!?]{0,8}(?P<number>\d(?:[ -]?\d){6,18})(?!\d)",
    ),
    *_forms(
        EntityKind.ORDER_NUMBER,
        r"(?:单|编|序列|流水|tracking|order|ticket|case|invoice|booking|ref|reference|serial|imei)"
        r"(?:号码?|编号|尾号| ?(?:number|num|no\.?|nr|id))?[是为:# ]{0,3}(?:is )?#?"
        r"(?P<number>(?=[a-z-]{0,31}\d)[a-z0-9][a-z0-9-]{4,31})(?![a-z0-9])",
    ),
    *_forms(
        EntityKind.PHONE_NUMBER,
        r"(?<![\d.])(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)",
        r"(?<![\d.])\+[1-9](?:[ ()-]{0,2}\d){7,14}(?!\d)",
        r"(?<![\d.-])0(?:10|2\d|[3-9]\d{2})[ -]?[2-9]\d{6,7}(?!\d)",
        r"(?<![\d.-])(?!400|800)\(?[2-9]\d{2}\)?[ .-][2-9]\d{2}[ .-]\d{4}(?!\d)",
        r"(?<![\d.-])09\d{2}[ -]?\d{3}[ -]?\d{3}(?!\d)|(?<![\d.-])0\d{2,4}[ -]\d{3,4}[ -]?\d{3,4}(?!\d)",
    ),
    *_forms(EntityKind.BANK_CARD, r"(?<![\d.-])[3-6]\d{3}(?:[ -]?\d){9,15}(?!\d)", checks=is_card_number),
    *_forms(
        EntityKind.PHONE_NUMBER,
        r"(?:电话|手机|致电|打给|拨打|联系|phone|mobile|cell|call|text|whatsapp|reach|number is|tel|sms)"
        r"[^\d,。;!?]{0,14}(?P<number>(?!400|800|95)[1-9]\d{2,4}(?:[ -]?\d){4,9})(?!\d)",
    ),
    *_forms(EntityKind.ORDER_NUMBER, r"(?<![\d.-])\d{12,24}(?!\d)"),
]


def _candidates(folded: str) -> Iterator[tuple[EntityKind, int, int]]:
    for kind, pattern, checks in _FORMS:
        group = "number" if "number" in pattern.groupindex else 0
        for found in pattern.finditer(folded):
            if checks is None or checks("".join(each for each in found[group] if each.isalnum())):
                yield kind, *found.span(group)


def _entity(kind: EntityKind, *, text: Searchable, start: int, end: int) -> Entity:
    first, last = text.span(start, end)
    value = text.text[first:last]
    return Entity(kind=kind, name=mask(value) if kind in PERSONAL else value, start=first, end=last)
