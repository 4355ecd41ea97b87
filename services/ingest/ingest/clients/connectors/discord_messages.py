"""Discord's people, snowflakes and messages, as lists, events and interactions have them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
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
from ingest.clients.connectors.foreign import from_milliseconds, from_rfc3339, list_of, mapping_of, text_of
from ingest.clients.connectors.origin import Origin, direction_of

PLATFORM = "discord"
CHANNEL = "channel_id"

_EPOCH_MILLISECONDS = 1_420_070_400_000
_TIME_SHIFT = 22
_MOST_PARTS = 100
# What people say: plainly, in reply, by a command, in a thread's first message.
SPOKEN_TYPES = frozenset({0, 19, 20, 21, 23})


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Whose app it is that reads: `ours` are the ids under which the app itself speaks."""

    origin: Origin
    ours: frozenset[str]


def from_snowflake(value: object) -> datetime | None:
    """When something got its id."""
    number = text_of(value)
    if number is None or not number.isascii() or not number.isdigit() or len(number) > 20:
        return None
    return from_milliseconds((int(number) >> _TIME_SHIFT) + _EPOCH_MILLISECONDS)


def person(raw: object, ours: frozenset[str]) -> Actor | None:
    """A user, by the name they show if they have one."""
    user = mapping_of(raw)
    user_id = text_of(user.get("id"))
    if user_id is None:
        return None
    username = text_of(user.get("username"))
    return Actor(
        id=user_id, name=text_of(user.get("global_name")) or username, username=username, is_self=user_id in ours
    )


def read_message(part: Mapping[str, Any], server: Server) -> Sequence[Interaction]:
    """A listed message, and if it was changed since, the change; nothing for what nobody said."""
    message_id, channel_id = text_of(part.get("id")), text_of(part.get("channel_id"))
    if message_id is None or channel_id is None or part.get("type", 0) not in SPOKEN_TYPES:
        return ()
    actor = person(part.get("author"), server.ours)
    if actor is not None and text_of(part.get("application_id")) in server.ours:
        actor = msgspec.structs.replace(actor, is_self=True)
    mentions = _mentions(part, server)
    kind = Kind.MENTION if any(mention.is_self for mention in mentions) else Kind.COMMENT
    answered = text_of(mapping_of(part.get("message_reference")).get("message_id"))
    direction = direction_of(actor)
    occurred_at, source = server.origin.when(from_rfc3339(part.get("timestamp")) or from_snowflake(message_id))
    created = Interaction(
        id=server.origin.identify(PLATFORM, f"message:{message_id}"),
        platform=PLATFORM,
        kind=kind,
        action=Action.CREATED,
        direction=direction,
        account=server.origin.account,
        actor=actor,
        object=Object(
            id=message_id, text=text_of(part.get("content")), attachments=_attachments(part), mentions=mentions
        ),
        target=Target(post_id=channel_id, parent_id=answered),
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=server.origin.received_at,
        reply=_answers(direction, channel_id),
        verified=server.origin.verified,
        raw_kind="message",
    )
    edited_at = from_rfc3339(part.get("edited_timestamp"))
    if edited_at is None:
        return (created,)
    stamp = int(edited_at.timestamp() * 1000)
    change = {"id": f"{created.id}:edit:{stamp}", "action": Action.UPDATED, "occurred_at": edited_at}
    return (created, msgspec.structs.replace(created, **change))


def _answers(direction: Direction, channel_id: str) -> ReplyOptions:
    handle = {CHANNEL: channel_id}
    if direction is Direction.OUTBOUND:
        return ReplyOptions(capabilities=(Capability.DELETE,), handle=handle)
    capabilities = (Capability.PUBLIC_REPLY, Capability.PRIVATE_REPLY, Capability.LIKE, Capability.DELETE)
    return ReplyOptions(capabilities=capabilities, handle=handle)


def _mentions(part: Mapping[str, Any], server: Server) -> tuple[Mention, ...]:
    named = [person(item, server.ours) for item in list_of(part.get("mentions"))[:_MOST_PARTS]]
    return tuple(Mention(id=one.id, username=one.username, is_self=one.is_self) for one in named if one is not None)


def _attachments(part: Mapping[str, Any]) -> tuple[Attachment, ...]:
    files = [mapping_of(item) for item in list_of(part.get("attachments"))[:_MOST_PARTS]]
    found = [
        Attachment(
            kind=_file_kind(text_of(one.get("content_type")) or ""),
            url=text_of(one.get("url")),
            media_id=text_of(one.get("id")),
            title=text_of(one.get("filename")),
        )
        for one in files
    ]
    stickers = (mapping_of(item) for item in list_of(part.get("sticker_items"))[:_MOST_PARTS])
    found += [
        Attachment(kind="sticker", media_id=text_of(one.get("id")), title=text_of(one.get("name"))) for one in stickers
    ]
    return tuple(found)


def _file_kind(content_type: str) -> str:
    kind = content_type.partition("/")[0]
    return kind if kind in {"image", "video", "audio"} else "file"
