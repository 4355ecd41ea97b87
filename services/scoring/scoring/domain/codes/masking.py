"""What is personal in a text, made unreadable and still recognisable to who knows it."""

from collections.abc import Iterable, Sequence

from huiying.events.assessments import Entity, EntityKind

PERSONAL = frozenset(
    {EntityKind.PHONE_NUMBER, EntityKind.EMAIL_ADDRESS, EntityKind.IDENTITY_NUMBER, EntityKind.BANK_CARD}
)
_SHOWN_LAST = 4
_HIDDEN_AT_LEAST = 4
_SHOWN_FIRST = 3


def mask(value: str) -> str:
    """The value with stars in the place of its middle: 138****1234, z***@example.com."""
    name, at, host = value.partition("@")
    if at:
        return f"{name[:1]}***@{host}"
    hidden = _hidden(sum(each.isalnum() for each in value))
    shown, place = [], -1
    for each in value:
        place += each.isalnum()
        shown.append("*" if each.isalnum() and place in hidden else each)
    return "".join(shown)


def masked(text: str, entities: Iterable[Entity]) -> str:
    """The text with every personal entity masked, all else as it was."""
    return "".join(shown(text, entities))


def shown(text: str, entities: Iterable[Entity]) -> Sequence[str]:
    """What may be shown of each character; a mask stands in the place of the first of those that it hides."""
    personal = [each for each in entities if each.kind in PERSONAL]
    if not personal:
        return text
    characters = list(text)
    for each in personal:
        hidden = each.end - each.start
        characters[each.start : each.end] = [mask(text[each.start : each.end]), *[""] * (hidden - 1)]
    return characters


def _hidden(length: int) -> range:
    """Which of so many characters are hidden: all but the first three and the last four, and never fewer than four."""
    last = max(length - _SHOWN_LAST, 0)
    return range(max(min(_SHOWN_FIRST, last - _HIDDEN_AT_LEAST), 0), last or length)
