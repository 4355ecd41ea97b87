"""Reading one push of the WeChat family: what all of its platforms have in common."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from huiying.events.interactions import (
    Action,
    Actor,
    Attachment,
    Direction,
    Interaction,
    Kind,
    Object,
    ReplyOptions,
    Target,
)
from ingest.clients.connectors.connector import Unreadable
from ingest.clients.connectors.foreign import digest_of, from_seconds
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.wechat_fields import Fields

_MESSAGE_TYPES = frozenset(
    {"text", "image", "voice", "video", "shortvideo", "location", "link", "miniprogrampage", "file"}
)
_ATTACHMENT_KINDS = {"voice": "audio", "shortvideo": "video", "miniprogrampage": "card"}


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """One push: its fields, and what was read from them. An event that comes in several sorts has both in its name."""

    fields: Fields
    origin: Origin
    at: datetime | None

    @property
    def event(self) -> str:
        """The event's name; nothing for a message."""
        names = (self.fields.get("Event", ""), self.fields.get("ChangeType", ""))
        return ".".join(name for name in names if name)

    @property
    def occurred_at(self) -> datetime:
        """When it happened, as far as is known."""
        return self.origin.when(self.at)[0]


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """What one platform tells in pushes, and how it may be answered.

    `reports` are told by the platform about its own work: whom they name did nothing. `answers` is asked with the
    event's name, which is empty for a message.
    """

    platform: str
    events: Mapping[str, tuple[Kind, Action]]
    reports: frozenset[str]
    key_fields: Sequence[str]
    extensions: Sequence[str]
    actor_fields: Sequence[str]
    answers: Callable[[Push], ReplyOptions]


def read_push(fields: Fields, origin: Origin, dialect: Dialect) -> Interaction:
    """The interaction that a push tells of; of kind `unknown` if we have no word for it.

    Raises Unreadable without MsgType: that is no push.
    """
    msg_type = fields.get("MsgType")
    if msg_type is None:
        raise Unreadable("a push names its MsgType")
    origin = origin.belonging_to(fields.get("ToUserName"))
    push = Push(fields=fields, origin=origin, at=from_seconds(fields.get("CreateTime")))
    if msg_type in _MESSAGE_TYPES:
        return _message(push, msg_type, dialect)
    known = dialect.events.get(push.event) if msg_type == "event" else None
    if known is not None:
        return _event(push, dialect, kind=known[0], action=known[1])
    raw_kind = f"event.{push.event}" if msg_type == "event" else msg_type
    actor = _actor(push, dialect)
    return origin.unknown(fields, platform=dialect.platform, raw_kind=raw_kind, actor=actor, event=push.at)


def _message(push: Push, msg_type: str, dialect: Dialect) -> Interaction:
    fields = push.fields
    message_id = fields.get("MsgId") or f"{fields.get('FromUserName', '')}:{digest_of(fields)}"
    text = fields.get("Content") if msg_type == "text" else fields.get("Recognition")
    thing = Object(id=message_id, text=text, attachments=_attachments(fields, msg_type))
    native_key = f"message:{message_id}"
    return _interaction(push, dialect, (Kind.MESSAGE, Action.CREATED), native_key=native_key, thing=thing)


def _event(push: Push, dialect: Dialect, *, kind: Kind, action: Action) -> Interaction:
    actor, fields = _actor(push, dialect), push.fields
    sender = actor.id if actor else fields.get("FromUserName", "")
    pieces = (push.event, sender, *(fields.get(name) for name in dialect.key_fields))
    key = ":".join(piece for piece in pieces if piece)
    thing = Object(id=sender if kind is Kind.FOLLOW and sender else key)
    return _interaction(push, dialect, (kind, action), native_key=key, thing=thing)


def _interaction(
    push: Push, dialect: Dialect, what: tuple[Kind, Action], *, native_key: str, thing: Object
) -> Interaction:
    origin, actor = push.origin, None if push.event in dialect.reports else _actor(push, dialect)
    occurred_at, source = origin.when(push.at)
    msg_type = push.fields["MsgType"]
    return Interaction(
        id=origin.identify(dialect.platform, native_key),
        platform=dialect.platform,
        kind=what[0],
        action=what[1],
        direction=Direction.SYSTEM if actor is None else Direction.INBOUND,
        account=origin.account,
        actor=actor,
        object=thing,
        target=Target(conversation_id=actor.id) if actor else None,
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        reply=dialect.answers(push),
        verified=origin.verified,
        raw_kind=f"event.{push.event}" if msg_type == "event" else msg_type,
        extensions=_extensions(push, dialect),
    )


def _actor(push: Push, dialect: Dialect) -> Actor | None:
    """Who did it; the family tells ids and never names."""
    found = (push.fields.get(name) for name in dialect.actor_fields)
    sender = next((value for value in found if value and value != "sys"), None)
    return Actor(id=sender) if sender else None


def _extensions(push: Push, dialect: Dialect) -> dict[str, Any]:
    kept = {name: push.fields[name] for name in dialect.extensions if name in push.fields}
    addressee = push.fields.get("ToUserName")
    return kept | ({"ToUserName": addressee} if addressee != push.origin.account.external_id else {})


def _attachments(fields: Fields, msg_type: str) -> tuple[Attachment, ...]:
    if msg_type == "text":
        return ()
    return (
        Attachment(
            kind=_ATTACHMENT_KINDS.get(msg_type, msg_type),
            url=fields.get("PicUrl") or fields.get("Url"),
            media_id=fields.get("MediaId"),
            title=fields.get("Title") or fields.get("Label"),
        ),
    )
