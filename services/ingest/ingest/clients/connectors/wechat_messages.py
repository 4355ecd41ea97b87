"""What a WeChat Official Account is told, read from the fields of one push."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import msgspec
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from huiying.events.interactions import (
    Action,
    Actor,
    Attachment,
    Capability,
    Direction,
    Interaction,
    Kind,
    Object,
    ReplyOptions,
    Target,
)
from ingest.clients.connectors.connector import Unreadable
from ingest.clients.connectors.foreign import BOM, digest_of, from_seconds, mapping_of, parse_json, text_of
from ingest.clients.connectors.origin import Origin

PLATFORM = "wechat_oa"

Fields = Mapping[str, str]

# Within so long of what a person did, so many messages may be sent.
_AFTER_MESSAGE = (timedelta(hours=48), 5)
_AFTER_TOUCH = (timedelta(minutes=1), 3)

_MESSAGE_TYPES = frozenset(
    {"text", "image", "voice", "video", "shortvideo", "location", "link", "miniprogrampage", "file"}
)
_EVENTS: Mapping[str, tuple[Kind, Action]] = MappingProxyType(
    {
        "subscribe": (Kind.FOLLOW, Action.CREATED),
        "unsubscribe": (Kind.FOLLOW, Action.REMOVED),
        "CLICK": (Kind.COMMAND, Action.CREATED),
        "VIEW": (Kind.COMMAND, Action.CREATED),
        "view_miniprogram": (Kind.COMMAND, Action.CREATED),
        "scancode_push": (Kind.COMMAND, Action.CREATED),
        "scancode_waitmsg": (Kind.COMMAND, Action.CREATED),
        "pic_sysphoto": (Kind.COMMAND, Action.CREATED),
        "pic_photo_or_album": (Kind.COMMAND, Action.CREATED),
        "pic_weixin": (Kind.COMMAND, Action.CREATED),
        "location_select": (Kind.COMMAND, Action.CREATED),
        "SCAN": (Kind.COMMAND, Action.ENTERED),
        "LOCATION": (Kind.SYSTEM, Action.ENTERED),
        "TEMPLATESENDJOBFINISH": (Kind.RECEIPT, Action.DELIVERED),
        "MASSSENDJOBFINISH": (Kind.SYSTEM, Action.CREATED),
        "PUBLISHJOBFINISH": (Kind.SYSTEM, Action.CREATED),
        "FREEPUBLISHJOBFINISH": (Kind.SYSTEM, Action.CREATED),
    }
)
_OPENS_SHORT_WINDOW = frozenset({"subscribe", "CLICK", "SCAN"})
# These are told by WeChat about its own work; the sender they name did nothing.
_REPORTS = frozenset({"TEMPLATESENDJOBFINISH", "MASSSENDJOBFINISH", "PUBLISHJOBFINISH", "FREEPUBLISHJOBFINISH"})
_EXTENSIONS = (
    "EventKey",
    "Format",
    "Location_X",
    "Location_Y",
    "Scale",
    "Latitude",
    "Longitude",
    "Description",
    "Status",
)


def read_fields(body: bytes) -> Fields:
    """The fields of a push by name, from XML or, where the account chose it, JSON. What is nested has dots in its name.

    Raises Unreadable, also for XML that defines or asks for anything of its own.
    """
    body = body.removeprefix(BOM)
    if body.lstrip()[:1] == b"{":
        return dict(_fields_of_json(mapping_of(parse_json(body))))
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Unreadable(f"not the XML of a push: {error!r}") from error
    return dict(_fields_of_xml(root))


def read_push(fields: Fields, origin: Origin) -> Interaction:
    """The interaction that a push tells of; of kind `unknown` if we have no word for it.

    Raises Unreadable without MsgType: that is no push.
    """
    msg_type = fields.get("MsgType")
    if msg_type is None:
        raise Unreadable("a push names its MsgType")
    origin = origin.belonging_to(fields.get("ToUserName"))
    push = Push(fields=fields, origin=origin, at=from_seconds(fields.get("CreateTime")))
    if msg_type in _MESSAGE_TYPES:
        return _message(push, msg_type)
    event = fields.get("Event", "")
    known = _EVENTS.get(event) if msg_type == "event" else None
    if known is not None:
        return _event(push, event, kind=known[0], action=known[1])
    raw_kind = f"event.{event}" if msg_type == "event" else msg_type
    return origin.unknown(fields, platform=PLATFORM, raw_kind=raw_kind, actor=push.actor(), event=push.at)


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """One push: its fields, and what was read from them."""

    fields: Fields
    origin: Origin
    at: datetime | None

    def actor(self) -> Actor | None:
        """Who wrote; WeChat tells an id and never a name."""
        sender = self.fields.get("FromUserName")
        return Actor(id=sender) if sender else None

    def extensions(self) -> dict[str, Any]:
        """What nobody should branch on."""
        kept = {name: self.fields[name] for name in _EXTENSIONS if name in self.fields}
        addressee = self.fields.get("ToUserName")
        return kept | ({"ToUserName": addressee} if addressee != self.origin.account.external_id else {})


def _message(push: Push, msg_type: str) -> Interaction:
    fields = push.fields
    message_id = fields.get("MsgId") or f"{fields.get('FromUserName', '')}:{digest_of(fields)}"
    text = fields.get("Content") if msg_type == "text" else fields.get("Recognition")
    thing = Object(id=message_id, text=text, attachments=_attachments(fields, msg_type))
    return _interaction(
        push,
        Kind.MESSAGE,
        Action.CREATED,
        native_key=f"message:{message_id}",
        thing=thing,
        raw_kind=msg_type,
        window=_AFTER_MESSAGE,
    )


def _event(push: Push, event: str, *, kind: Kind, action: Action) -> Interaction:
    fields = push.fields
    sender = fields.get("FromUserName", "")
    pieces = (event, sender, fields.get("CreateTime"), fields.get("EventKey"), fields.get("MsgID"))
    job = fields.get("PublishEventInfo.publish_id")
    key = ":".join(piece for piece in (*pieces, job) if piece)
    return _interaction(
        push,
        kind,
        action,
        native_key=key,
        thing=Object(id=sender if kind is Kind.FOLLOW and sender else key),
        raw_kind=f"event.{event}",
        window=_AFTER_TOUCH if event in _OPENS_SHORT_WINDOW else None,
        is_report=event in _REPORTS,
    )


def _attachments(fields: Fields, msg_type: str) -> tuple[Attachment, ...]:
    if msg_type == "text":
        return ()
    kinds = {"voice": "audio", "shortvideo": "video", "miniprogrampage": "card"}
    return (
        Attachment(
            kind=kinds.get(msg_type, msg_type),
            url=fields.get("PicUrl") or fields.get("Url"),
            media_id=fields.get("MediaId"),
            title=fields.get("Title") or fields.get("Label"),
        ),
    )


def _interaction(
    push: Push,
    kind: Kind,
    action: Action,
    *,
    native_key: str,
    thing: Object,
    raw_kind: str,
    window: tuple[timedelta, int] | None,
    is_report: bool = False,
) -> Interaction:
    origin, actor = push.origin, None if is_report else push.actor()
    occurred_at, source = origin.when(push.at)
    return Interaction(
        id=origin.identify(PLATFORM, native_key),
        platform=PLATFORM,
        kind=kind,
        action=action,
        direction=Direction.SYSTEM if actor is None else Direction.INBOUND,
        account=origin.account,
        actor=actor,
        object=thing,
        target=Target(conversation_id=actor.id) if actor else None,
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        reply=_answers(window, occurred_at) if actor else ReplyOptions(),
        verified=origin.verified,
        raw_kind=raw_kind,
        extensions=push.extensions(),
    )


def _answers(window: tuple[timedelta, int] | None, occurred_at: datetime) -> ReplyOptions:
    if window is None:
        return ReplyOptions()
    length, count = window
    return ReplyOptions(
        capabilities=(Capability.DIRECT_MESSAGE,), window_expires_at=occurred_at + length, max_replies=count
    )


def _fields_of_xml(root: Element) -> Sequence[tuple[str, str]]:
    leaves = [(child.tag, child.text) for child in root if len(child) == 0]
    nested = [(f"{child.tag}.{leaf.tag}", leaf.text) for child in root for leaf in child if len(leaf) == 0]
    return [(name, text) for name, raw in leaves + nested if raw and (text := raw.strip())]


def _fields_of_json(body: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    leaves = list(body.items())
    nested = [(f"{name}.{leaf}", value) for name, part in leaves for leaf, value in mapping_of(part).items()]
    named = ((name, text_of(value)) for name, value in leaves + nested)
    return [(name, text.strip()) for name, text in named if text and text.strip()]
