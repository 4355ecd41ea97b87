"""What Weibo's fan service (粉丝服务平台) tells in pushes: messages, events, and mentions where it granted them.

It gives a message no id, so a message is named by who sent it, when, and what it says.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import msgspec

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
from ingest.clients.connectors.foreign import (
    BOM,
    digest_of,
    from_seconds,
    from_weekday,
    mapping_of,
    parse_json,
    storable,
    text_of,
)
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.wechat_fields import read_fields

PLATFORM = "weibo"

# Within so long of what a person did, messages may be sent: any number of them, but one to who only named us.
_WINDOW = timedelta(hours=48)
_AFTER_MENTION = 1

_ATTACHMENTS = MappingProxyType({"image": "image", "voice": "audio", "position": "location"})
_EVENTS: Mapping[str, tuple[Kind, Action]] = MappingProxyType(
    {
        "follow": (Kind.FOLLOW, Action.CREATED),
        "unfollow": (Kind.FOLLOW, Action.REMOVED),
        # To subscribe is to ask for the account's messages; whoever does so follows it already.
        "subscribe": (Kind.COMMAND, Action.CREATED),
        "unsubscribe": (Kind.COMMAND, Action.REMOVED),
        "scan": (Kind.COMMAND, Action.ENTERED),
        "scan_follow": (Kind.FOLLOW, Action.CREATED),
        "click": (Kind.COMMAND, Action.CREATED),
        "view": (Kind.COMMAND, Action.CREATED),
    }
)
_OPENS_NO_WINDOW = frozenset({"unfollow", "unsubscribe", "view"})


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """One push, as its JSON has it, and what was read from it."""

    raw: Mapping[str, Any]
    origin: Origin
    sender: str | None
    at: datetime | None

    @property
    def data(self) -> Mapping[str, Any]:
        """What is particular to its type."""
        return mapping_of(self.raw.get("data"))

    @property
    def name(self) -> str:
        """What stands for the id that Weibo does not give."""
        stamp = text_of(self.raw.get("created_at")) or ""
        seconds = str(int(self.at.timestamp())) if self.at is not None else stamp
        said = digest_of([self.raw.get("type"), self.raw.get("text"), self.raw.get("data"), stamp])
        return f"{self.sender or ''}:{seconds}:{said[:16]}"


def read_body(body: bytes) -> Mapping[str, Any]:
    """A push as an object, also where the account chose WeChat's XML. Raises Unreadable."""
    if body.removeprefix(BOM).lstrip()[:1] != b"<":
        push = mapping_of(parse_json(body))
    else:
        fields = read_fields(body)
        details = {"subtype": fields.get("Event"), "key": fields.get("EventKey"), "ticket": fields.get("Ticket")}
        push = {
            "type": fields.get("MsgType"),
            "receiver_id": fields.get("ToUserName"),
            "sender_id": fields.get("FromUserName"),
            "created_at": fields.get("CreateTime"),
            "text": fields.get("Content"),
            "data": {name: value for name, value in details.items() if value},
        }
    if text_of(push.get("type")) is None:
        raise Unreadable("a push names its type")
    return push


def read_push(raw: Mapping[str, Any], origin: Origin) -> Interaction:
    """The interaction that a push tells of; of kind `unknown` if we have no word for it."""
    origin = origin.belonging_to(text_of(raw.get("receiver_id")))
    created_at = raw.get("created_at")
    at = from_weekday(created_at) or from_seconds(created_at)
    push = Push(raw=raw, origin=origin, sender=text_of(raw.get("sender_id")), at=at)
    told = text_of(raw.get("type")) or ""
    if push.sender is None:
        return _unknown(push, told)
    if told == "text" or told in _ATTACHMENTS:
        thing = Object(id=push.name, text=text_of(raw.get("text")), attachments=_attachments(push, told))
        return _interaction(push, (Kind.MESSAGE, Action.CREATED), thing=thing, raw_kind=told, reply=_answers(push))
    if told == "mention" and text_of(raw.get("text")):
        # Where the post is that names us, no public document says; whoever wrote it can be written to, once.
        thing = Object(id=push.name, text=text_of(raw.get("text")))
        reply = _answers(push, most=_AFTER_MENTION)
        return _interaction(push, (Kind.MENTION, Action.CREATED), thing=thing, raw_kind=told, reply=reply)
    return _event(push) if told == "event" else _unknown(push, told)


def _event(push: Push) -> Interaction:
    subtype = text_of(push.data.get("subtype")) or "unnamed"
    known, sender = _EVENTS.get(subtype), push.sender
    if known is None or sender is None:
        return _unknown(push, f"event.{subtype}")
    thing = Object(id=sender if known[0] is Kind.FOLLOW else push.name)
    reply = ReplyOptions() if subtype in _OPENS_NO_WINDOW else _answers(push)
    return _interaction(push, known, thing=thing, raw_kind=f"event.{subtype}", reply=reply)


def _unknown(push: Push, raw_kind: str) -> Interaction:
    actor = Actor(id=push.sender) if push.sender else None
    return push.origin.unknown(push.raw, platform=PLATFORM, raw_kind=raw_kind, actor=actor, event=push.at)


def _interaction(
    push: Push, what: tuple[Kind, Action], *, thing: Object, raw_kind: str, reply: ReplyOptions
) -> Interaction:
    origin, sender = push.origin, push.sender or ""
    occurred_at, source = origin.when(push.at)
    return Interaction(
        id=origin.identify(PLATFORM, f"{raw_kind}:{push.name}"),
        platform=PLATFORM,
        kind=what[0],
        action=what[1],
        direction=Direction.INBOUND,
        account=origin.account,
        actor=Actor(id=sender, url=f"https://weibo.com/u/{sender}" if sender.isdecimal() else None),
        object=thing,
        target=Target(conversation_id=sender),
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        reply=reply,
        verified=origin.verified,
        raw_kind=raw_kind,
        extensions=_extensions(push, raw_kind),
    )


def _answers(push: Push, *, most: int | None = None) -> ReplyOptions:
    expires_at = push.origin.when(push.at)[0] + _WINDOW
    return ReplyOptions(capabilities=(Capability.DIRECT_MESSAGE,), window_expires_at=expires_at, max_replies=most)


def _extensions(push: Push, raw_kind: str) -> dict[str, Any]:
    addressee = text_of(push.raw.get("receiver_id"))
    kept: dict[str, Any] = {"data": storable(dict(push.data))} if push.data else {}
    # Of an event, the text is the platform's own, or the word by which somebody subscribed.
    if raw_kind.startswith("event.") and (text := text_of(push.raw.get("text"))):
        kept["text"] = text
    return kept | ({"receiver_id": addressee} if addressee != push.origin.account.external_id else {})


def _attachments(push: Push, told: str) -> tuple[Attachment, ...]:
    kind = _ATTACHMENTS.get(told)
    if kind is None:
        return ()
    # The file has an id for its sender and another for whom it was sent to.
    media_id = text_of(push.data.get("tovfid")) or text_of(push.data.get("vfid"))
    return (Attachment(kind=kind, media_id=media_id),)
