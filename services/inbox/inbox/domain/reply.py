"""What may be answered, and how."""

from datetime import datetime
from enum import StrEnum

import msgspec

from huiying.errors import Conflict
from huiying.events.interactions import Capability, Kind
from huiying.events.replies import Visibility
from inbox.domain.anchors import PRIVATE


class Delivery(StrEnum):
    """What became of a reply so far."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class NothingToAnswer(Conflict):
    """Nobody has said anything that could be answered."""

    code = "nothing_to_answer"


class NotAnswerable(Conflict):
    """The platform does not take this kind of answer to this message."""

    code = "not_answerable"


class WindowClosed(Conflict):
    """The time within which the platform takes an answer is over."""

    code = "window_closed"


class RepliesUsedUp(Conflict):
    """The platform takes no more answers until the other person writes again."""

    code = "replies_used_up"


class Answerable(msgspec.Struct, frozen=True, kw_only=True):
    """A message, as far as answering it is concerned."""

    id: str
    kind: Kind
    capabilities: tuple[str, ...]
    window_expires_at: datetime | None = None
    replies_left: int | None = None


def visibility_for(message: Answerable, wished: Visibility | None, *, now: datetime) -> Visibility:
    """Who will read an answer to this message: in a conversation the other person, elsewhere who is wished.

    Raises NotAnswerable, WindowClosed or RepliesUsedUp.
    """
    in_private = message.kind in PRIVATE
    visibility = Visibility.PRIVATE if in_private else wished or Visibility.PUBLIC
    needed = _needed(visibility, in_private=in_private)
    if needed not in message.capabilities:
        raise NotAnswerable(f"message {message.id} ({message.kind}) takes no {visibility} answer")
    if message.window_expires_at is not None and message.window_expires_at <= now:
        raise WindowClosed(f"message {message.id} could be answered until {message.window_expires_at}")
    if in_private and message.replies_left == 0:
        raise RepliesUsedUp(f"message {message.id} has had all the answers that its platform takes")
    return visibility


def _needed(visibility: Visibility, *, in_private: bool) -> Capability:
    if in_private:
        return Capability.DIRECT_MESSAGE
    return Capability.PUBLIC_REPLY if visibility is Visibility.PUBLIC else Capability.PRIVATE_REPLY
