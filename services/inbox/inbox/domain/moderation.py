"""What may be done to a message on its platform, other than answering it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

import msgspec

from huiying.errors import Conflict
from huiying.events.interactions import Capability, Direction
from huiying.events.moderation import ModerationKind
from inbox.domain.revision import Revision


class Progress(StrEnum):
    """What became of it so far."""

    QUEUED = "queued"
    DONE = "done"
    FAILED = "failed"


class NotModeratable(Conflict):
    """The platform does not let the brand do this to this message."""

    code = "not_moderatable"


_NEEDED: Mapping[ModerationKind, Capability] = MappingProxyType(
    {
        ModerationKind.HIDE: Capability.HIDE,
        ModerationKind.UNHIDE: Capability.HIDE,
        ModerationKind.DELETE: Capability.DELETE,
        ModerationKind.LIKE: Capability.LIKE,
        ModerationKind.UNLIKE: Capability.LIKE,
    }
)


def demand_moderatable(kind: ModerationKind, *, direction: Direction, capabilities: Collection[str]) -> None:
    """Go on only if it can be done, as far as is known here. Raises NotModeratable.

    What the brand said itself it may try to take back anywhere; only the platform knows whether it still can.
    """
    is_own_deletion = direction is Direction.OUTBOUND and kind is ModerationKind.DELETE
    if not is_own_deletion and _NEEDED[kind] not in capabilities:
        raise NotModeratable(f"the platform does not let anyone {kind} this message")


def moderated(before: Revision, kind: ModerationKind, *, at: datetime) -> Revision:
    """What becomes of a message by it, also where the platform tells nobody."""
    match kind:
        case ModerationKind.HIDE | ModerationKind.UNHIDE:
            is_hidden = kind is ModerationKind.HIDE
            if before.hidden_at is not None and before.hidden_at > at:
                return before
            return msgspec.structs.replace(before, is_hidden=is_hidden, hidden_at=at)
        case ModerationKind.DELETE:
            first = at if before.deleted_at is None else min(at, before.deleted_at)
            return msgspec.structs.replace(before, deleted_at=first, text=None, attachments=None)
        case _:
            return before
