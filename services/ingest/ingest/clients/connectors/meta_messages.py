"""What is said in private to a page or an Instagram account, read from `messaging` and `standby` elements."""

from collections.abc import Callable, Mapping
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
    Object,
    ReplyOptions,
    Target,
)
from ingest.clients.connectors.foreign import digest_of, from_milliseconds, from_rfc3339, list_of, mapping_of, text_of
from ingest.clients.connectors.meta_entry import FREE_WINDOW, Entry
from ingest.clients.connectors.origin import direction_of

# In a reply's handle: until when it needs no tag.
FREELY_UNTIL = "freely_until"

_ENVELOPE = frozenset({"sender", "recipient", "timestamp"})
# A page cannot put a heart on a message, an Instagram account can.
_CAPABILITIES = MappingProxyType({"instagram": (Capability.DIRECT_MESSAGE, Capability.LIKE)})
_OPENS_WINDOW = frozenset({Kind.MESSAGE, Kind.COMMAND})


class Element(msgspec.Struct, frozen=True, kw_only=True):
    """One element, its common parts read. `person` is whoever of the two is not the page."""

    platform: str
    part: dict[str, Any]
    entry: Entry
    raw_kind: str
    actor: Actor | None
    person: str | None
    at: datetime | None
    standby: bool


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What one sort of element tells, before it is put into the common shape."""

    kind: Kind
    action: Action
    native_key: str
    thing: Object
    parent_id: str | None = None
    story: Mapping[str, Any] = {}
    direction: Direction | None = None
    more: dict[str, Any] = {}


def read_message(element: object, entry: Entry, *, platform: str, standby: bool = False) -> Interaction:
    """The interaction that an element tells of; of kind `unknown` if we have no word for it."""
    raw = mapping_of(element)
    name = next((key for key in _READERS if isinstance(raw.get(key), dict)), None)
    part = mapping_of(raw.get(name)) if name else {}
    sender, recipient = (text_of(mapping_of(raw.get(end)).get("id")) for end in ("sender", "recipient"))
    # Some of Meta's own samples of echoes name the person as their sender; the flag is to be believed, not the order.
    is_echo = part.get("is_echo") is True or (name == "message" and entry.is_page(sender))
    read = Element(
        platform=platform,
        part=part,
        entry=entry,
        raw_kind=f"{'standby' if standby else 'messaging'}.{name or _unknown_name(raw)}",
        actor=entry.page() if is_echo else entry.actor(sender),
        person=recipient if entry.is_page(sender) else sender,
        at=from_milliseconds(raw.get("timestamp")),
        standby=standby,
    )
    reading = _READERS[name](read) if name else None
    if reading is None:
        return entry.unknown(element, platform=platform, raw_kind=read.raw_kind, actor=read.actor, event=read.at)
    return _interaction(read, reading)


def message_of(raw: Mapping[str, Any], entry: Entry, *, platform: str, person: str | None) -> Interaction | None:
    """The same message as a conversation lists it, in the conversation with that person; None without an id."""
    author = mapping_of(raw.get("from"))
    read = Element(
        platform=platform,
        part={"mid": raw.get("id"), "text": raw.get("message"), "attachments": _as_pushed(raw)},
        entry=entry,
        raw_kind="messaging.message",
        actor=entry.actor(text_of(author.get("id"))),
        person=person,
        at=from_rfc3339(raw.get("created_time")),
        standby=False,
    )
    reading = _message(read)
    return _interaction(read, reading) if reading else None


def _as_pushed(raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    items = [mapping_of(item) for item in list_of(mapping_of(raw.get("attachments")).get("data"))]
    return [{"type": kind, "payload": {"url": url}} for item in items for kind, url in [_media_in(item)]]


def _media_in(item: Mapping[str, Any]) -> tuple[str, object]:
    for kind in ("image", "video", "audio"):
        media = mapping_of(item.get(f"{kind}_data"))
        if media:
            return kind, media.get("url")
    return "file", item.get("file_url")


def _unknown_name(raw: Mapping[str, Any]) -> str:
    return text_of(next((key for key in raw if key not in _ENVELOPE), None)) or "element"


def _message(element: Element) -> Reading | None:
    part, mid = element.part, text_of(element.part.get("mid"))
    if mid is None:
        return None
    if part.get("is_deleted") is True:
        return Reading(
            kind=Kind.MESSAGE, action=Action.DELETED, native_key=f"message:{mid}:deleted", thing=Object(id=mid)
        )
    payload = text_of(mapping_of(part.get("quick_reply")).get("payload"))
    reply_to = mapping_of(part.get("reply_to"))
    return Reading(
        kind=Kind.MESSAGE,
        action=Action.CREATED,
        native_key=f"message:{mid}",
        thing=Object(id=mid, text=text_of(part.get("text")), attachments=_attachments(part)),
        parent_id=text_of(reply_to.get("mid")),
        story=mapping_of(reply_to.get("story")),
        more={
            **({"payload": payload} if payload else {}),
            **({"is_unsupported": True} if part.get("is_unsupported") is True else {}),
        },
    )


def _message_edit(element: Element) -> Reading | None:
    mid = text_of(element.part.get("mid"))
    if mid is None:
        return None
    turn = text_of(element.part.get("num_edit")) or element.entry.stamp(element.at)
    return Reading(
        kind=Kind.MESSAGE,
        action=Action.UPDATED,
        native_key=f"message:{mid}:edit:{turn}",
        thing=Object(id=mid, text=text_of(element.part.get("text"))),
    )


def _postback(element: Element) -> Reading | None:
    part, mid = element.part, text_of(element.part.get("mid"))
    name = mid or f"{element.person or ''}:{element.entry.stamp(element.at)}:{digest_of(part)}"
    payload = text_of(part.get("payload"))
    return Reading(
        kind=Kind.COMMAND,
        action=Action.CREATED,
        native_key=f"command:{name}",
        thing=Object(id=name, text=text_of(part.get("title"))),
        more={"payload": payload} if payload else {},
    )


def _reaction(element: Element) -> Reading | None:
    part, mid = element.part, text_of(element.part.get("mid"))
    verb = text_of(part.get("action"))
    if mid is None or verb is None:
        return None
    feeling = text_of(part.get("reaction")) or text_of(part.get("emoji"))
    who = element.actor.id if element.actor else ""
    key = f"reaction:{who}:{mid}:{feeling or ''}:{verb}:{element.entry.stamp(element.at)}"
    actions = {"react": Action.CREATED, "unreact": Action.REMOVED}
    return Reading(
        kind=Kind.REACTION,
        action=actions.get(verb, Action.UNKNOWN),
        native_key=key,
        thing=Object(id=key, reaction=feeling),
        parent_id=mid,
    )


def _read(element: Element) -> Reading | None:
    return _receipt(element, Action.READ, direction=None)


def _delivery(element: Element) -> Reading | None:
    # The person's device says so by itself: nobody did anything.
    return _receipt(element, Action.DELIVERED, direction=Direction.SYSTEM)


def _receipt(element: Element, action: Action, *, direction: Direction | None) -> Reading | None:
    name = f"{element.person or ''}:{action}:{digest_of(element.part)}"
    # Messenger names what was read up to a moment, Instagram the last message that was.
    named = [*list_of(element.part.get("mids")), element.part.get("mid")]
    mids = [mid for item in named if (mid := text_of(item))]
    watermark = text_of(element.part.get("watermark"))
    return Reading(
        kind=Kind.RECEIPT,
        action=action,
        native_key=f"receipt:{name}",
        thing=Object(id=name),
        direction=direction,
        more={**({"watermark": watermark} if watermark else {}), **({"mids": mids} if mids else {})},
    )


def _referral(element: Element) -> Reading | None:
    name = f"{element.person or ''}:{element.entry.stamp(element.at)}:{digest_of(element.part)}"
    ref = text_of(element.part.get("ref"))
    return Reading(
        kind=Kind.SYSTEM,
        action=Action.ENTERED,
        native_key=f"referral:{name}",
        thing=Object(id=name),
        more={"ref": ref} if ref else {},
    )


def _attachments(part: Mapping[str, Any]) -> tuple[Attachment, ...]:
    items = (mapping_of(item) for item in list_of(part.get("attachments")))
    return tuple(
        Attachment(
            kind=text_of(item.get("type")) or "file",
            url=text_of(payload.get("url")),
            media_id=text_of(payload.get("attachment_id")) or text_of(payload.get("sticker_id")),
            title=text_of(payload.get("title")) or text_of(item.get("title")),
        )
        for item in items
        for payload in [mapping_of(item.get("payload"))]
    )


def _interaction(element: Element, reading: Reading) -> Interaction:
    origin = element.entry.origin
    occurred_at, source = origin.when(element.at, delivery=element.entry.time)
    direction = reading.direction or direction_of(element.actor)
    target = Target(
        post_id=text_of(reading.story.get("id")),
        parent_id=reading.parent_id,
        conversation_id=element.person,
        post_url=text_of(reading.story.get("url")),
    )
    more = {**reading.more, "standby": True} if element.standby else reading.more
    return Interaction(
        id=origin.identify(element.platform, reading.native_key),
        platform=element.platform,
        kind=reading.kind,
        action=reading.action,
        direction=direction,
        account=origin.account,
        actor=element.actor,
        object=reading.thing,
        target=None if target == Target() else target,
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        reply=_answers(element, reading, direction, occurred_at),
        verified=origin.verified,
        raw_kind=element.raw_kind,
        extensions=element.entry.extensions(more),
    )


def _answers(element: Element, reading: Reading, direction: Direction, occurred_at: datetime) -> ReplyOptions:
    # On standby another app holds the conversation, and Meta would refuse ours.
    may_answer = direction is Direction.INBOUND and reading.action is Action.CREATED and not element.standby
    if not may_answer or reading.kind not in _OPENS_WINDOW:
        return ReplyOptions()
    return ReplyOptions(
        capabilities=_CAPABILITIES.get(element.platform, (Capability.DIRECT_MESSAGE,)),
        window_expires_at=occurred_at + element.entry.answer_for,
        handle={FREELY_UNTIL: (occurred_at + FREE_WINDOW).isoformat()},
    )


_READERS: Mapping[str, Callable[[Element], Reading | None]] = MappingProxyType(
    {
        "message": _message,
        "message_edit": _message_edit,
        "postback": _postback,
        "reaction": _reaction,
        "read": _read,
        "delivery": _delivery,
        "referral": _referral,
    }
)
