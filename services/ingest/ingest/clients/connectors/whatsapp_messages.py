"""What is said to a WhatsApp number, by it, and what became of that, read from the `changes` of its webhooks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import msgspec

from huiying.events.interactions import (
    Action,
    Actor,
    Capability,
    Direction,
    Interaction,
    Kind,
    Object,
    ReplyOptions,
    Target,
)
from ingest.clients.connectors.foreign import digest_of_bytes, from_seconds, list_of, mapping_of, text_of
from ingest.clients.connectors.meta_entry import Entry
from ingest.clients.connectors.whatsapp_contents import attachments_in, details_in, text_in
from ingest.clients.connectors.whatsapp_people import People, Person

PLATFORM = "whatsapp"

# A business may answer freely for this long after a person last wrote; then only with a template.
WINDOW = timedelta(hours=24)

_ECHOES = MappingProxyType({"smb_message_echoes": "message_echoes", "message_echoes": "message_echoes"})
_STATUSES = MappingProxyType({
    "sent": Action.CREATED,
    "delivered": Action.DELIVERED,
    "read": Action.READ,
    "played": Action.READ,
})  # fmt: skip
_SAID = (
    *("text", "image", "video", "audio", "voice", "document", "sticker", "location", "contacts"),
    *("interactive", "button", "order", "unsupported"),
)
_CHOICES = frozenset({"interactive", "button"})


class Element(msgspec.Struct, frozen=True, kw_only=True):
    """One message or status, its common parts read. `person` is whoever of the two is not the business."""

    raw: Mapping[str, Any]
    entry: Entry
    raw_kind: str
    person: Person
    is_echo: bool = False

    @property
    def id(self) -> str | None:
        """WhatsApp's id of it."""
        return text_of(self.raw.get("id"))

    @property
    def actor(self) -> Actor | None:
        """Who said it."""
        return self.entry.page() if self.is_echo else self.person.actor()

    @property
    def at(self) -> datetime | None:
        """When."""
        return from_seconds(self.raw.get("timestamp"))

    def part(self, name: str) -> dict[str, Any]:
        """The object under that name."""
        return mapping_of(self.raw.get(name))


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What one element tells, before it is put into the common shape."""

    kind: Kind
    action: Action
    native_key: str
    thing: Object
    parent_id: str | None = None
    direction: Direction | None = None
    more: Mapping[str, Any] = {}


def read_change(change: object, entry: Entry) -> Sequence[Interaction]:
    """Everything that a change tells; of kind `unknown` what we have no word for."""
    raw = mapping_of(change)
    field, value = text_of(raw.get("field")) or "change", mapping_of(raw.get("value"))
    number = text_of(mapping_of(value.get("metadata")).get("phone_number_id"))
    ours = entry.of_number(number) if number is not None else entry
    return list(_elements(field, value, ours)) or [ours.unknown(change, platform=PLATFORM, raw_kind=field)]


def _elements(field: str, value: Mapping[str, Any], entry: Entry) -> Iterator[Interaction]:
    people = People.of(value)
    if field in _ECHOES:
        for raw in map(mapping_of, list_of(value.get(_ECHOES[field]))):
            person = people.who(raw.get("to"), raw.get("to_user_id"))
            yield _read_message(raw, person, entry, field=field, is_echo=True)
    if field == "messages":
        for raw in map(mapping_of, list_of(value.get("messages"))):
            person = people.who(raw.get("from"), raw.get("from_user_id"))
            yield _read_message(raw, person, entry, field=field)
        for raw in map(mapping_of, list_of(value.get("statuses"))):
            yield _read_status(raw, people, entry)


def _read_message(
    raw: Mapping[str, Any], person: Person, entry: Entry, *, field: str, is_echo: bool = False
) -> Interaction:
    kind = text_of(raw.get("type")) or "message"
    element = Element(raw=raw, entry=entry, raw_kind=f"{field}.{kind}", person=person, is_echo=is_echo)
    reader = _READERS.get(kind)
    reading = reader(element) if reader else None
    return _interaction(element, reading)


def _read_status(raw: Mapping[str, Any], people: People, entry: Entry) -> Interaction:
    # In a group it is one of its members who has read; between two it is the recipient.
    is_group = raw.get("recipient_type") == "group"
    end = "recipient_participant" if is_group else "recipient"
    person = people.who(raw.get(f"{end}_id"), raw.get(f"{end}_user_id"))
    status = text_of(raw.get("status")) or "status"
    element = Element(raw=raw, entry=entry, raw_kind=f"statuses.{status}", person=person)
    return _interaction(element, _status(element, status))


def _message(element: Element) -> Reading | None:
    message_id = element.id
    if message_id is None:
        return None
    name = text_of(element.raw.get("type")) or ""
    is_choice = name in _CHOICES
    return Reading(
        kind=Kind.COMMAND if is_choice else Kind.MESSAGE,
        action=Action.CREATED,
        native_key=f"{'command' if is_choice else 'message'}:{message_id}",
        thing=Object(id=message_id, text=text_in(name, element.raw), attachments=attachments_in(name, element.raw)),
        parent_id=text_of(element.part("context").get("id")),
        more=details_in(element.raw),
    )


def _edit(element: Element) -> Reading | None:
    edit = element.part("edit")
    original_id, content = text_of(edit.get("original_message_id")), mapping_of(edit.get("message"))
    if original_id is None:
        return None
    name = text_of(content.get("type")) or ""
    # The edit has an id of its own, so the same one told again is the same.
    key = element.id or digest_of_bytes(f"{original_id}{element.raw.get('timestamp')}".encode("utf-8", "replace"))
    return Reading(
        kind=Kind.MESSAGE,
        action=Action.UPDATED,
        native_key=f"message:{original_id}:edit:{key}",
        thing=Object(id=original_id, text=text_in(name, content), attachments=attachments_in(name, content)),
    )


def _revoke(element: Element) -> Reading | None:
    original_id = text_of(element.part("revoke").get("original_message_id"))
    if original_id is None:
        return None
    return Reading(
        kind=Kind.MESSAGE,
        action=Action.DELETED,
        native_key=f"message:{original_id}:deleted",
        thing=Object(id=original_id),
    )


def _reaction(element: Element) -> Reading | None:
    reaction_id, reaction = element.id, element.part("reaction")
    if reaction_id is None:
        return None
    emoji = text_of(reaction.get("emoji"))
    return Reading(
        kind=Kind.REACTION,
        # Without an emoji the last one was taken back.
        action=Action.CREATED if emoji else Action.REMOVED,
        native_key=f"reaction:{reaction_id}",
        thing=Object(id=reaction_id, reaction=emoji),
        parent_id=text_of(reaction.get("message_id")),
    )


def _system(element: Element) -> Reading | None:
    system_id, system = element.id, element.part("system")
    if system_id is None:
        return None
    details = ("type", "user_id", "parent_user_id", "wa_id", "new_wa_id")
    return Reading(
        kind=Kind.SYSTEM,
        action=Action.UPDATED,
        native_key=f"system:{system_id}",
        thing=Object(id=system_id, text=text_of(system.get("body"))),
        direction=Direction.SYSTEM,
        more={name: value for name in details if (value := text_of(system.get(name)))},
    )


def _welcome(element: Element) -> Reading | None:
    if element.id is None:
        return None
    return Reading(
        kind=Kind.SYSTEM, action=Action.ENTERED, native_key=f"welcome:{element.id}", thing=Object(id=element.id)
    )


def _status(element: Element, status: str) -> Reading | None:
    message_id = element.id
    if message_id is None:
        return None
    # In a group everybody reads for themselves.
    reader = f":{element.person.id}" if element.raw.get("recipient_type") == "group" else ""
    key = f"{message_id}:{status}{reader}"
    return Reading(
        kind=Kind.RECEIPT,
        action=_STATUSES.get(status, Action.UNKNOWN),
        native_key=f"receipt:{key}",
        thing=Object(id=key),
        direction=None if _STATUSES.get(status) is Action.READ else Direction.SYSTEM,
        more={"status": status, "mids": [message_id], **details_in(element.raw)},
    )


def _interaction(element: Element, reading: Reading | None) -> Interaction:
    entry, origin = element.entry, element.entry.origin
    if reading is None:
        return entry.unknown(
            element.raw, platform=PLATFORM, raw_kind=element.raw_kind, actor=element.actor, event=element.at
        )
    occurred_at, source = origin.when(element.at, delivery=entry.time)
    direction = reading.direction or (Direction.OUTBOUND if element.is_echo else Direction.INBOUND)
    conversation = text_of(element.raw.get("group_id")) or _group_of_status(element.raw) or element.person.id
    target = Target(parent_id=reading.parent_id, conversation_id=conversation)
    return Interaction(
        id=origin.identify(PLATFORM, reading.native_key),
        platform=PLATFORM,
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
        extensions=entry.extensions(dict(reading.more)),
    )


def _group_of_status(raw: Mapping[str, Any]) -> str | None:
    return text_of(raw.get("recipient_id")) if raw.get("recipient_type") == "group" else None


def _answers(element: Element, reading: Reading, direction: Direction, occurred_at: datetime) -> ReplyOptions:
    opens = reading.kind in {Kind.MESSAGE, Kind.COMMAND} and reading.action is Action.CREATED
    if direction is not Direction.INBOUND or not opens:
        return ReplyOptions()
    group_id = text_of(element.raw.get("group_id"))
    return ReplyOptions(
        capabilities=(Capability.DIRECT_MESSAGE, Capability.LIKE),
        window_expires_at=occurred_at + WINDOW,
        handle={"group": group_id} if group_id else element.person.handle(),
    )


_READERS: Mapping[str, Callable[[Element], Reading | None]] = MappingProxyType(
    {
        **dict.fromkeys(_SAID, _message),
        "edit": _edit,
        "revoke": _revoke,
        "reaction": _reaction,
        "system": _system,
        "request_welcome": _welcome,
    }
)
