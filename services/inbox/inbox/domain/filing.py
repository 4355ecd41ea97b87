"""What becomes of an interaction in the inbox."""

from collections.abc import Iterable, Mapping
from enum import Enum, auto
from types import MappingProxyType

from huiying.events.interactions import Action, Direction, Interaction, Kind


class Filing(Enum):
    """The place an interaction gets."""

    MESSAGE = auto()
    REVISION = auto()
    MARK = auto()
    NOTHING = auto()


SPOKEN = frozenset({Kind.COMMENT, Kind.MESSAGE, Kind.MENTION})
_MARKED = frozenset({Kind.REACTION, Kind.SHARE, Kind.FOLLOW})
_REVISING = frozenset({Action.UPDATED, Action.DELETED, Action.REMOVED, Action.HIDDEN, Action.UNHIDDEN})
_PEOPLE = frozenset({Direction.INBOUND, Direction.OUTBOUND})

THREAD_KIND: Mapping[Kind, Kind] = MappingProxyType({Kind.COMMAND: Kind.MESSAGE})
"""The kind of the thread that an interaction opens, where it is not the interaction's own."""


def filing_of(interaction: Interaction) -> Filing:
    """Where an interaction belongs: what is said is a message, what becomes of it later a revision.

    Reactions, shares and follows open no thread: they are marks on a post and a person. Receipts, posts, what the
    platform says by itself and what nobody has a word for are filed nowhere.
    """
    kind, action = interaction.kind, interaction.action
    if interaction.direction not in _PEOPLE and action is Action.CREATED:
        return Filing.NOTHING
    if kind in _MARKED:
        return Filing.MARK
    if kind in SPOKEN:
        if action is Action.CREATED:
            return Filing.MESSAGE
        return Filing.REVISION if action in _REVISING else Filing.NOTHING
    # A button that says something is part of the conversation; a bare menu click is not.
    if kind is Kind.COMMAND and action is Action.CREATED and interaction.object.text:
        return Filing.MESSAGE
    return Filing.NOTHING


def turns_of(account_ids: Iterable[str]) -> set[str]:
    """Whose turn it must be to file what was said on these accounts, or how it reads."""
    return {f"inbox:{account_id}" for account_id in account_ids}
