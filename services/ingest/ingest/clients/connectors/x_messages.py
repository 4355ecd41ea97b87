"""Direct messages on X: as both activity products push them, as the second API lists them, and the encrypted ones.

A conversation of two goes by the id of the other person; one of more by X's own id, which its answers need.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from huiying.events.interactions import (
    Action,
    Actor,
    Attachment,
    Capability,
    Interaction,
    Kind,
    Object,
    ReplyOptions,
    Target,
)
from ingest.clients.connectors.foreign import from_milliseconds, from_rfc3339, list_of, mapping_of, text_of
from ingest.clients.connectors.x_scene import Scene

GROUP = "dm_conversation_id"
"""The handle under which the conversation of a group comes back with an answer."""

_ANSWERS = (Capability.DIRECT_MESSAGE,)


def read_message(element: object, scene: Scene) -> Interaction:
    """One of the `direct_message_events` of a push."""
    raw = mapping_of(element)
    message_id, at = text_of(raw.get("id")), from_milliseconds(raw.get("created_timestamp"))
    created = mapping_of(raw.get("message_create"))
    sender = scene.actor(text_of(created.get("sender_id")))
    if message_id is None or not created or sender is None:
        return scene.unknown(element, actor=sender, at=at)
    data = mapping_of(created.get("message_data"))
    recipient = text_of(mapping_of(created.get("target")).get("recipient_id"))
    return _message(
        scene,
        thing=Object(id=message_id, text=text_of(data.get("text")), attachments=_attached(data)),
        sender=sender,
        conversation=recipient if sender.is_self else sender.id,
        at=at,
        answers=ReplyOptions(capabilities=_ANSWERS),
    )


def listed_message(element: object, scene: Scene) -> Interaction | None:
    """One of the events of `GET /2/dm_events`; None for what is no message, which nobody pushes either."""
    raw = mapping_of(element)
    message_id, sender = text_of(raw.get("id")), scene.actor(text_of(raw.get("sender_id")))
    if message_id is None or sender is None or text_of(raw.get("event_type")) != "MessageCreate":
        return None
    conversation_id = text_of(raw.get(GROUP))
    ends = (conversation_id or "").split("-")
    is_group = conversation_id is not None and len(ends) != 2
    other = next((end for end in ends if end and not scene.is_brand(end)), None)
    keys = list_of(mapping_of(raw.get("attachments")).get("media_keys"))
    attachments = tuple(Attachment(kind="media", media_id=key) for item in keys if (key := text_of(item)))
    return _message(
        scene,
        thing=Object(id=message_id, text=text_of(raw.get("text")), attachments=attachments),
        sender=sender,
        conversation=conversation_id if is_group else other or sender.id,
        at=from_rfc3339(raw.get("created_at")),
        answers=ReplyOptions(capabilities=_ANSWERS, handle={GROUP: conversation_id or ""} if is_group else {}),
    )


def read_encrypted(payload: Mapping[str, Any], scene: Scene) -> Interaction | None:
    """A `chat` event, which only the two ends can read: that something was said, by whom and when, and not what."""
    message_id, sender = text_of(payload.get("id")), scene.actor(text_of(payload.get("sender_id")))
    if message_id is None or sender is None:
        return None
    ends = (text_of(payload.get("conversation_id")) or "").split(":")
    other = next((end for end in ends if end and not scene.is_brand(end)), None)
    return _message(
        scene,
        thing=Object(id=message_id),
        sender=sender,
        conversation=other if sender.is_self else sender.id,
        at=from_milliseconds(payload.get("created_at_msec")),
        # Nobody can answer what nobody can read.
        answers=ReplyOptions(),
        more={"encrypted": True},
    )


def read_receipt(element: object, scene: Scene) -> Interaction:
    """That somebody has read up to some message."""
    raw = mapping_of(element)
    reader, last = scene.actor(text_of(raw.get("sender_id"))), text_of(raw.get("last_read_event_id"))
    at = from_milliseconds(raw.get("created_timestamp"))
    if reader is None or last is None:
        return scene.unknown(element, actor=reader, at=at)
    recipient = text_of(mapping_of(raw.get("target")).get("recipient_id"))
    name = f"{reader.id}:read:{last}"
    return scene.told(
        Kind.RECEIPT,
        Action.READ,
        native_key=f"receipt:{name}",
        thing=Object(id=name),
        actor=reader,
        at=at,
        target=Target(parent_id=last, conversation_id=recipient if reader.is_self else reader.id),
    )


def _message(
    scene: Scene,
    *,
    thing: Object,
    sender: Actor,
    conversation: str | None,
    at: datetime | None,
    answers: ReplyOptions,
    more: Mapping[str, Any] | None = None,
) -> Interaction:
    return scene.told(
        Kind.MESSAGE,
        Action.CREATED,
        native_key=f"message:{thing.id}",
        thing=thing,
        actor=sender,
        at=at,
        target=Target(conversation_id=conversation) if conversation else None,
        answers=answers,
        more=more,
    )


def _attached(data: Mapping[str, Any]) -> tuple[Attachment, ...]:
    attachment = mapping_of(data.get("attachment"))
    media = mapping_of(attachment.get("media"))
    if not attachment:
        return ()
    kind = text_of(media.get("type")) or text_of(attachment.get("type")) or "file"
    return (
        Attachment(
            kind="image" if kind == "photo" else kind,
            url=text_of(media.get("media_url_https")),
            media_id=text_of(media.get("id_str")) or text_of(media.get("id")),
        ),
    )
