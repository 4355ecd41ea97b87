"""What makes a thread: interactions that share an anchor belong together, whichever of them comes first.

A comment is anchored at itself and at its parent, so a tree hangs together whoever speaks in it; what is said in a
conversation is anchored at the conversation; a mention at itself, as the root of its own tree.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from huiying.events.interactions import Direction, Interaction, Kind

PRIVATE = frozenset({Kind.MESSAGE, Kind.COMMAND})
"""What is said in a conversation."""


class Anchor(msgspec.Struct, frozen=True, order=True):
    """A thing on an account at which interactions meet."""

    account_id: str
    name: str


class Placement(msgspec.Struct, frozen=True):
    """Which thread each anchor belongs to, and which threads turned out to be part of another."""

    thread_of: Mapping[Anchor, str]
    merged: Mapping[str, str]


def object_anchor(account_id: str, object_id: str) -> Anchor:
    """The anchor of a comment, a post or a reply."""
    return Anchor(account_id, f"object:{object_id}")


def anchors_of(interaction: Interaction) -> tuple[Anchor, ...]:
    """Where an interaction is anchored; its own place comes first."""
    account_id, target = interaction.account.id, interaction.target
    if interaction.kind in PRIVATE:
        conversation = conversation_of(interaction)
        if conversation is not None:
            return (Anchor(account_id, f"conversation:{conversation}"),)
    own = object_anchor(account_id, interaction.object.id)
    if interaction.kind is Kind.COMMENT and target is not None and target.parent_id is not None:
        return (own, object_anchor(account_id, target.parent_id))
    return (own,)


def conversation_of(interaction: Interaction) -> str | None:
    """The conversation something was said in: the group's or the other person's id."""
    if interaction.target is not None and interaction.target.conversation_id is not None:
        return interaction.target.conversation_id
    if interaction.direction is Direction.INBOUND and interaction.actor is not None:
        return interaction.actor.id
    return None


def connect(groups: Iterable[Sequence[Anchor]], *, known: Mapping[Anchor, str], new_id: Callable[[], str]) -> Placement:
    """Give every anchor its thread, such that the anchors of one group share one.

    `known` says where anchors belong already. Where a group brings threads together, the one that was known and has the
    smallest id, the oldest, takes in the others.
    """
    thread_of = dict(known)
    existing = set(known.values())
    became: dict[str, str] = {}
    for anchors in groups:
        found = {_last(became, thread_of[anchor]) for anchor in anchors if anchor in thread_of}
        survivor = min(found & existing or found) if found else new_id()
        for other in found - {survivor}:
            became[other] = survivor
        for anchor in anchors:
            thread_of[anchor] = survivor
    if not became:
        return Placement(thread_of, {})
    return Placement(
        {anchor: _last(became, thread_id) for anchor, thread_id in thread_of.items()},
        {thread_id: _last(became, thread_id) for thread_id in became if thread_id in existing},
    )


def _last(became: Mapping[str, str], thread_id: str) -> str:
    while thread_id in became:
        thread_id = became[thread_id]
    return thread_id
