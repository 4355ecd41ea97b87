"""What became of something said: edited, hidden, deleted. In whatever order it is told, the outcome is the same."""

from datetime import datetime
from typing import Any

import msgspec

from huiying.events.interactions import Action, Interaction


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of what became of one object.

    `worded_by` is the interaction that the text comes from. A deletion holds for ever, and takes the text with it.
    """

    text: str | None = None
    attachments: list[dict[str, Any]] | None = None
    worded_by: str | None = None
    edited_at: datetime | None = None
    is_hidden: bool = False
    hidden_at: datetime | None = None
    deleted_at: datetime | None = None


def revise(before: Revision, interaction: Interaction) -> Revision:
    """The revision with one more thing that happened to the object."""
    at = interaction.occurred_at
    match interaction.action:
        case Action.UPDATED:
            return _edited(before, interaction)
        case Action.HIDDEN | Action.UNHIDDEN:
            is_hidden = interaction.action is Action.HIDDEN
            if before.hidden_at is not None and (at, is_hidden) <= (before.hidden_at, before.is_hidden):
                return before
            return msgspec.structs.replace(before, is_hidden=is_hidden, hidden_at=at)
        case Action.DELETED | Action.REMOVED:
            first = at if before.deleted_at is None else min(at, before.deleted_at)
            return msgspec.structs.replace(before, deleted_at=first, text=None, attachments=None)
        case _:
            return before


def attachments_of(interaction: Interaction) -> list[dict[str, Any]]:
    """What came with the text, as it is stored."""
    return [msgspec.to_builtins(attachment) for attachment in interaction.object.attachments]


def _edited(before: Revision, interaction: Interaction) -> Revision:
    at = interaction.occurred_at
    # Two edits may have the same second, so the id decides, as it would in any other order.
    if before.edited_at is not None and (at, interaction.id) <= (before.edited_at, before.worded_by or ""):
        return before
    is_gone = before.deleted_at is not None
    return msgspec.structs.replace(
        before,
        text=None if is_gone else interaction.object.text,
        attachments=None if is_gone else attachments_of(interaction),
        worded_by=interaction.id,
        edited_at=at,
    )
