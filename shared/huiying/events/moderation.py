"""What a brand does to words on a platform other than answering: asked for by the inbox, done by ingest."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from huiying.events.envelope import Event
from huiying.events.replies import FailureReason, ReplyTarget


class ModerationKind(StrEnum):
    """What can be done."""

    HIDE = "hide"
    UNHIDE = "unhide"
    DELETE = "delete"
    LIKE = "like"
    UNLIKE = "unlike"


class _Moderation(Event, frozen=True, kw_only=True):
    """What all facts about a moderation have in common."""

    moderation_id: str
    thread_id: str
    brand: str
    account_id: str
    platform: str
    kind: ModerationKind

    @property
    def key(self) -> str:
        return self.thread_id


class ModerationRequested(_Moderation, frozen=True, kw_only=True):
    """An agent wants this done; twice is the same as once, so it may be tried until it is known to be done."""

    type: ClassVar[str] = "moderation.requested"

    target: ReplyTarget
    requested_by: str
    requested_at: datetime


class ModerationApplied(_Moderation, frozen=True, kw_only=True):
    """The platform did it."""

    type: ClassVar[str] = "moderation.applied"

    applied_at: datetime


class ModerationFailed(_Moderation, frozen=True, kw_only=True):
    """The platform did not do it, and it is not tried again by itself."""

    type: ClassVar[str] = "moderation.failed"

    reason: FailureReason
    detail: str
    failed_at: datetime
