"""What a LINE Official Account is told, read from the events of its webhook."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
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
    Mention,
    Object,
    ReplyOptions,
    Target,
)
from ingest.clients.connectors.connector import Unreadable
from ingest.clients.connectors.foreign import digest_of, from_milliseconds, list_of, mapping_of, text_of
from ingest.clients.connectors.origin import Origin

PLATFORM = "line"
REPLY_TOKEN = "reply_token"  # noqa: S105 - a name in the handle
QUOTE_TOKEN = "quote_token"  # noqa: S105 - a name in the handle
SAID_AT = "said_at"

# LINE sends a handful at a time; a body with far more is nobody's.
_MAX_EVENTS = 1_000
_PLACES = ("groupId", "roomId", "userId")
_ATTACHMENTS = frozenset({"image", "video", "audio", "file", "location", "sticker"})
_OTHERS: Mapping[str, tuple[Kind, Action]] = MappingProxyType(
    {
        "follow": (Kind.FOLLOW, Action.CREATED),
        "unfollow": (Kind.FOLLOW, Action.REMOVED),
        "postback": (Kind.COMMAND, Action.CREATED),
        "join": (Kind.SYSTEM, Action.AUTHORIZED),
        "leave": (Kind.SYSTEM, Action.REVOKED),
        "memberJoined": (Kind.SYSTEM, Action.ENTERED),
        "memberLeft": (Kind.SYSTEM, Action.REMOVED),
        "beacon": (Kind.SYSTEM, Action.ENTERED),
        "accountLink": (Kind.SYSTEM, Action.CREATED),
        "videoPlayComplete": (Kind.RECEIPT, Action.READ),
        "delivery": (Kind.RECEIPT, Action.DELIVERED),
        "botSuspended": (Kind.SYSTEM, Action.REVOKED),
        "botResumed": (Kind.SYSTEM, Action.AUTHORIZED),
    }
)
_DETAILS = ("postback", "follow", "beacon", "link", "joined", "left", "delivery", "videoPlayComplete")
_ANSWERED = frozenset({Kind.MESSAGE, Kind.MENTION, Kind.COMMAND, Kind.FOLLOW})


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event, its common parts read. `place` is the person, group or room where it happened."""

    raw: Mapping[str, Any]
    name: str
    origin: Origin
    at: datetime | None
    place: str | None
    actor: Actor | None

    @property
    def key(self) -> str:
        """What the event is called on every redelivery."""
        return text_of(self.raw.get("webhookEventId")) or digest_of([self.raw.get("timestamp"), self.raw])

    @property
    def is_standby(self) -> bool:
        """Whether another module holds the conversation; whoever answers then disturbs it."""
        return self.raw.get("mode") == "standby"

    def extensions(self, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What nobody should branch on."""
        source = text_of(mapping_of(self.raw.get("source")).get("type"))
        again = mapping_of(self.raw.get("deliveryContext")).get("isRedelivery") is True
        found: dict[str, Any] = {"source": source} if source and source != "user" else {}
        return {
            **found,
            **({"standby": True} if self.is_standby else {}),
            **({"redelivered": True} if again else {}),
            **(more or {}),
        }


def read_events(body: object, origin: Origin) -> Sequence[Interaction]:
    """One interaction for each event; none for the empty list by which LINE checks an address.

    Raises Unreadable for what is no delivery of LINE.
    """
    raw = mapping_of(body)
    events = raw.get("events")
    if not isinstance(events, list):
        raise Unreadable("a LINE body is {destination, events[]}", pointer="/events")
    if len(events) > _MAX_EVENTS:
        raise Unreadable(f"more than {_MAX_EVENTS} events in one body", pointer="/events")
    origin = origin.belonging_to(text_of(raw.get("destination")))
    return [_read(element, origin) for element in events]


def _read(element: object, origin: Origin) -> Interaction:
    raw = mapping_of(element)
    source = mapping_of(raw.get("source"))
    person = text_of(source.get("userId"))
    event = Event(
        raw=raw,
        name=text_of(raw.get("type")) or "event",
        origin=origin,
        at=from_milliseconds(raw.get("timestamp")),
        place=next((place for name in _PLACES if (place := text_of(source.get(name)))), None),
        actor=Actor(id=person) if person else None,
    )
    reader = _READERS.get(event.name)
    if reader is None and event.name in _OTHERS:
        return _other(event)
    interaction = reader(event) if reader else None
    return interaction or origin.unknown(
        element, platform=PLATFORM, raw_kind=event.name, actor=event.actor, event=event.at
    )


def _message(event: Event) -> Interaction | None:
    message = mapping_of(event.raw.get("message"))
    message_id = text_of(message.get("id"))
    if message_id is None:
        return None
    is_edit = event.name == "messageEdited"
    mentions = _mentions(message)
    quote = text_of(message.get("quoteToken"))
    quoted = text_of(message.get("quotedMessageId"))
    key = f"message:{message_id}"
    return _interaction(
        event,
        Kind.MENTION if any(mention.is_self for mention in mentions) else Kind.MESSAGE,
        Action.UPDATED if is_edit else Action.CREATED,
        native_key=f"{key}:edit:{event.key}" if is_edit else key,
        thing=Object(
            id=message_id,
            text=text_of(message.get("text")),
            attachments=_attachments(message),
            mentions=mentions,
        ),
        parent_id=quoted,
        raw_kind=f"{event.name}.{text_of(message.get('type')) or 'message'}",
        handle={QUOTE_TOKEN: quote} if quote else {},
    )


def _unsent(event: Event) -> Interaction | None:
    message_id = text_of(mapping_of(event.raw.get("unsend")).get("messageId"))
    if message_id is None:
        return None
    return _interaction(
        event,
        Kind.MESSAGE,
        Action.DELETED,
        native_key=f"message:{message_id}:deleted",
        thing=Object(id=message_id),
    )


def _other(event: Event) -> Interaction:
    kind, action = _OTHERS[event.name]
    is_follow = kind is Kind.FOLLOW and event.actor is not None
    return _interaction(
        event,
        kind,
        action,
        native_key=f"{event.name}:{event.key}",
        thing=Object(id=event.actor.id if is_follow and event.actor else event.key),
        more={name: _cleared(event.raw[name]) for name in _DETAILS if isinstance(event.raw.get(name), dict)},
    )


def _cleared(value: object) -> object:
    """The same without the zero bytes that no database takes."""
    if isinstance(value, dict):
        return {str(_cleared(name)): _cleared(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_cleared(part) for part in value]
    return value.replace("\0", "") if isinstance(value, str) else value


def _mentions(message: Mapping[str, Any]) -> tuple[Mention, ...]:
    named = (mapping_of(item) for item in list_of(mapping_of(message.get("mention")).get("mentionees")))
    return tuple(
        Mention(
            id=text_of(one.get("userId")),
            username=text_of(one.get("type")) if one.get("type") == "all" else None,
            is_self=one.get("isSelf") is True,
        )
        for one in named
    )


def _attachments(message: Mapping[str, Any]) -> tuple[Attachment, ...]:
    kind = text_of(message.get("type"))
    if kind not in _ATTACHMENTS:
        return ()
    provider = mapping_of(message.get("contentProvider"))
    title = text_of(message.get("fileName")) or text_of(message.get("title")) or text_of(message.get("address"))
    sticker = text_of(message.get("stickerId"))
    # What LINE itself keeps is fetched by the message's id.
    media_id = sticker if kind == "sticker" else text_of(message.get("id")) if kind != "location" else None
    url = text_of(provider.get("originalContentUrl"))
    return (Attachment(kind=kind, url=url, media_id=None if url else media_id, title=title),)


def _interaction(
    event: Event,
    kind: Kind,
    action: Action,
    *,
    native_key: str,
    thing: Object,
    parent_id: str | None = None,
    raw_kind: str | None = None,
    handle: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> Interaction:
    origin = event.origin
    occurred_at, source = origin.when(event.at)
    target = Target(parent_id=parent_id, conversation_id=event.place)
    # LINE leaves out the author of some messages in groups; somebody said them all the same.
    is_said = kind in {Kind.MESSAGE, Kind.MENTION, Kind.COMMAND}
    return Interaction(
        id=origin.identify(PLATFORM, native_key),
        platform=PLATFORM,
        kind=kind,
        action=action,
        direction=Direction.INBOUND if is_said or event.actor else Direction.SYSTEM,
        account=origin.account,
        actor=event.actor,
        object=thing,
        target=None if target == Target() else target,
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        reply=_answers(event, kind, action, handle or {}),
        verified=origin.verified,
        raw_kind=raw_kind or event.name,
        extensions=event.extensions(more),
    )


def _answers(event: Event, kind: Kind, action: Action, handle: Mapping[str, str]) -> ReplyOptions:
    may_answer = kind in _ANSWERED and action in {Action.CREATED, Action.UPDATED} and not event.is_standby
    if not may_answer or event.place is None:
        return ReplyOptions()
    token = text_of(event.raw.get("replyToken"))
    told = {"to": event.place, **handle}
    if token is not None and event.at is not None:
        # The token is good for a minute, which is counted from here.
        told |= {REPLY_TOKEN: token, SAID_AT: event.at.isoformat()}
    capability = Capability.PUBLIC_REPLY if kind is Kind.MENTION else Capability.DIRECT_MESSAGE
    return ReplyOptions(capabilities=(capability,), handle=told)


_READERS: Mapping[str, Callable[[Event], Interaction | None]] = MappingProxyType(
    {"message": _message, "messageEdited": _message, "unsend": _unsent}
)
