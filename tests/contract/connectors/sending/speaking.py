"""Replies on their way out, and what a call needs; each test states only what matters to it."""

from collections.abc import Mapping
from datetime import UTC, datetime

from huiying.events.interactions import AccountRef
from huiying.events.moderation import ModerationKind
from huiying.events.replies import ReplyAttachment, ReplyTarget, Visibility
from huiying.http.client import HTTPClient
from ingest.clients.connectors.abilities import Moderation
from ingest.clients.connectors.connector import Access, Credentials, OutgoingReply

NOW = datetime(2026, 9, 21, 14, 0, tzinfo=UTC)
TEXT = "谢谢！Thanks"
PICTURE = ReplyAttachment(kind="image", url="https://cdn.example/1.png")


def access_to(
    address: str | None, *, by: HTTPClient, credentials: Credentials, external_id: str = "700100200300400"
) -> Access:
    account = AccountRef(id="account-1", external_id=external_id, brand="tea-house")
    return Access(account=account, credentials=credentials, client=by, api_base=address)


def a_target(
    *,
    kind: str = "message",
    object_id: str = "1",
    post_id: str | None = None,
    conversation: str | None = None,
    counterpart: str | None = None,
    handle: Mapping[str, str] | None = None,
) -> ReplyTarget:
    return ReplyTarget(
        interaction_id="i1",
        kind=kind,
        object_id=object_id,
        post_id=post_id,
        conversation_id=conversation,
        counterpart_id=counterpart,
        handle=dict(handle or {}),
    )


def a_reply(
    target: ReplyTarget,
    *,
    visibility: Visibility | None = None,
    text: str = TEXT,
    attachments: tuple[ReplyAttachment, ...] = (),
    reply_id: str = "reply-1",
    at: datetime = NOW,
) -> OutgoingReply:
    usual = Visibility.PRIVATE if target.kind in {"message", "command"} else Visibility.PUBLIC
    return OutgoingReply(
        reply_id=reply_id,
        target=target,
        visibility=visibility or usual,
        text=text,
        attachments=attachments,
        requested_at=at,
        attempted_at=at,
    )


def to_be_done(kind: ModerationKind, target: ReplyTarget) -> Moderation:
    return Moderation(kind=kind, target=target)
