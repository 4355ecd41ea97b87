"""Answers: asked for by the inbox, sent by ingest, once."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from huiying.events.envelope import Event, Value


class Visibility(StrEnum):
    """Who can read a reply."""

    PUBLIC = "public"
    PRIVATE = "private"


class ReplyTarget(Value, frozen=True, kw_only=True):
    """What is answered: the interaction, the ids by which its platform knows it, and its handle."""

    interaction_id: str
    kind: str
    object_id: str
    post_id: str | None = None
    conversation_id: str | None = None
    counterpart_id: str | None = None
    window_expires_at: datetime | None = None
    handle: dict[str, str] = {}


class ReplyAttachment(Value, frozen=True, kw_only=True):
    """Something that goes with a reply, by address."""

    kind: str
    url: str


class ReplyRequested(Event, frozen=True, kw_only=True):
    """An agent wants this said; it shall reach the platform once, in order within its thread."""

    type: ClassVar[str] = "reply.requested"

    reply_id: str
    thread_id: str
    brand: str
    account_id: str
    platform: str
    target: ReplyTarget
    visibility: Visibility
    text: str
    attachments: tuple[ReplyAttachment, ...] = ()
    requested_by: str
    requested_at: datetime

    @property
    def key(self) -> str:
        return self.thread_id


class _ReplyResult(Event, frozen=True, kw_only=True):
    """What all outcomes of a reply have in common."""

    reply_id: str
    thread_id: str
    brand: str
    account_id: str
    platform: str

    @property
    def key(self) -> str:
        return self.thread_id


class ReplySent(_ReplyResult, frozen=True, kw_only=True):
    """The platform took the reply; `object_id` is its own id for it, where it gives one."""

    type: ClassVar[str] = "reply.sent"

    object_id: str | None = None
    sent_at: datetime


class FailureReason(StrEnum):
    """Why a reply did not go out, as far as anyone can act on it."""

    REFUSED = "refused"
    WINDOW_CLOSED = "window_closed"
    NEEDS_RECONNECT = "needs_reconnect"
    GAVE_UP = "gave_up"
    UNKNOWN = "unknown"


class ReplyFailed(_ReplyResult, frozen=True, kw_only=True):
    """The reply was not sent, or nobody can tell (`unknown`): it is not tried again by itself."""

    type: ClassVar[str] = "reply.failed"

    reason: FailureReason
    detail: str
    failed_at: datetime
