"""What a Telegram bot is told, read from one Update."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec

from huiying.events.interactions import (
    Action,
    Actor,
    Capability,
    Interaction,
    Kind,
    Object,
    ReplyOptions,
    Target,
)
from ingest.clients.connectors.connector import Unreadable
from ingest.clients.connectors.foreign import from_seconds, list_of, mapping_of, text_of
from ingest.clients.connectors.origin import Origin, direction_of
from ingest.clients.connectors.telegram_messages import Bot, Message, read_message

PLATFORM = "telegram"

_MAX_ELEMENTS = 1_000
_PRESENT = frozenset({"creator", "administrator", "member", "restricted"})
_GONE = frozenset({"left", "kicked"})


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """One update: its number, which is the same on every redelivery, and its one part."""

    number: str
    name: str
    part: Mapping[str, Any]
    origin: Origin
    bot: Bot

    @property
    def at(self) -> datetime | None:
        """When it happened, where Telegram says so."""
        return from_seconds(self.part.get("edit_date")) or from_seconds(self.part.get("date"))

    def actor(self, raw: object) -> Actor | None:
        """A user, or the chat that speaks in a user's place."""
        person = mapping_of(raw)
        person_id = text_of(person.get("id"))
        if person_id is None:
            return None
        names = (text_of(person.get("first_name")), text_of(person.get("last_name")))
        return Actor(
            id=person_id,
            name=" ".join(name for name in names if name) or text_of(person.get("title")),
            username=text_of(person.get("username")),
            is_self=person_id in self.bot.ids,
        )


def read_update(body: object, origin: Origin, bot: Bot) -> Sequence[Interaction]:
    """Everything that an update tells; one of kind `unknown` if we have no word for it.

    Raises Unreadable for what is no update.
    """
    raw = mapping_of(body)
    number = text_of(raw.get("update_id"))
    if number is None:
        raise Unreadable("an update has its update_id", pointer="/update_id")
    name = next((key for key, value in raw.items() if isinstance(value, dict)), "update")
    update = Update(number=number, name=name, part=mapping_of(raw.get(name)), origin=origin, bot=bot)
    reader = _READERS.get(name)
    return (reader(update) if reader else ()) or (_unknown(update, name),)


def _unknown(update: Update, raw_kind: str) -> Interaction:
    actor = update.actor(update.part.get("from"))
    element = [update.number, update.part]
    return update.origin.unknown(
        element, platform=PLATFORM, raw_kind=raw_kind.replace("\0", ""), actor=actor, event=update.at
    )


def _said(update: Update) -> Sequence[Interaction]:
    message = Message.of(update.part, bot=update.bot)
    if message is None:
        return ()
    if not message.has_content:
        return (_unknown(update, f"{update.name}.{message.service}"),)
    actor = update.actor(update.part.get("sender_chat") or update.part.get("from"))
    if actor is not None and message.is_ours(actor.id):
        actor = msgspec.structs.replace(actor, is_self=True)
    is_edit = update.name.startswith("edited_")
    return (
        read_message(
            message,
            origin=update.origin,
            platform=PLATFORM,
            actor=actor,
            # Telegram counts edits in whole seconds, of which one may hold two; updates it numbers.
            revision=update.number if is_edit else None,
            at=update.at,
            raw_kind=update.name,
        ),
    )


def _deleted(update: Update) -> Sequence[Interaction]:
    chat_id = text_of(mapping_of(update.part.get("chat")).get("id"))
    ids = [message_id for item in list_of(update.part.get("message_ids")) if (message_id := text_of(item))]
    if chat_id is None or len(ids) > _MAX_ELEMENTS:
        return ()
    place = ":".join(part for part in (text_of(update.part.get("business_connection_id")), chat_id) if part)
    return [
        _happened(
            update,
            Kind.MESSAGE,
            Action.DELETED,
            native_key=f"message:{place}:{message_id}:deleted",
            thing=Object(id=f"{place}:{message_id}"),
            actor=None,
            target=Target(conversation_id=chat_id),
        )
        for message_id in ids
    ]


def _pressed(update: Update) -> Sequence[Interaction]:
    query_id, data = text_of(update.part.get("id")), text_of(update.part.get("data"))
    under = Message.of(mapping_of(update.part.get("message")), bot=update.bot)
    if query_id is None:
        return ()
    actor = update.actor(update.part.get("from"))
    pressed = _happened(
        update,
        Kind.COMMAND,
        Action.CREATED,
        native_key=f"command:{query_id}",
        thing=Object(id=query_id, text=_label(under, data) or data),
        actor=actor,
        target=Target(parent_id=under.object_id, conversation_id=under.chat_id) if under else None,
        more={"data": data} if data else {},
    )
    if under is None or actor is None or actor.is_self:
        return (pressed,)
    answers = ReplyOptions(capabilities=(Capability.DIRECT_MESSAGE,), handle=under.handle())
    return (msgspec.structs.replace(pressed, reply=answers),)


def _label(message: Message | None, data: str | None) -> str | None:
    """What is written on the button that carries this."""
    part = message.part if message else {}
    rows = list_of(mapping_of(part.get("reply_markup")).get("inline_keyboard"))
    buttons = (mapping_of(button) for row in rows for button in list_of(row))
    return next((text_of(one.get("text")) for one in buttons if data and one.get("callback_data") == data), None)


def _our_membership(update: Update) -> Sequence[Interaction]:
    chat = mapping_of(update.part.get("chat"))
    if chat.get("type") == "private":
        return _membership(update, who=update.part.get("from"))
    # The bot was taken into a group, or out of it, or may do more or less there than before.
    before, after = (_presence(update.part.get(f"{when}_chat_member")) for when in ("old", "new"))
    action = Action.AUTHORIZED if after else Action.REVOKED
    chat_id = text_of(chat.get("id"))
    if chat_id is None:
        return ()
    return (
        _happened(
            update,
            Kind.SYSTEM,
            Action.UPDATED if before is after else action,
            native_key=f"{update.name}:{chat_id}:{update.number}",
            thing=Object(id=chat_id),
            actor=update.actor(update.part.get("from")),
        ),
    )


def _their_membership(update: Update) -> Sequence[Interaction]:
    return _membership(update, who=mapping_of(update.part.get("new_chat_member")).get("user"))


def _membership(update: Update, *, who: object) -> Sequence[Interaction]:
    before, after = (_presence(update.part.get(f"{when}_chat_member")) for when in ("old", "new"))
    chat = mapping_of(update.part.get("chat"))
    actor, chat_id = update.actor(who), text_of(chat.get("id"))
    if actor is None or chat_id is None or after is None or (before is after and chat.get("type") != "private"):
        return ()
    return (
        _happened(
            update,
            Kind.FOLLOW,
            Action.CREATED if after else Action.REMOVED,
            native_key=f"follow:{chat_id}:{actor.id}:{update.number}",
            thing=Object(id=actor.id),
            actor=actor,
            target=None if chat.get("type") == "private" else Target(post_id=chat_id),
        ),
    )


def _presence(raw: object) -> bool | None:
    member = mapping_of(raw)
    status = text_of(member.get("status"))
    if status == "restricted" and member.get("is_member") is False:
        return False
    return True if status in _PRESENT else False if status in _GONE else None


def _reacted(update: Update) -> Sequence[Interaction]:
    part = update.part
    chat_id, message_id = text_of(mapping_of(part.get("chat")).get("id")), text_of(part.get("message_id"))
    actor = update.actor(part.get("user") or part.get("actor_chat"))
    if chat_id is None or message_id is None or actor is None:
        return ()
    before, after = _feelings(part.get("old_reaction")), _feelings(part.get("new_reaction"))
    changes = [(feeling, Action.REMOVED) for feeling in before if feeling not in after]
    changes += [(feeling, Action.CREATED) for feeling in after if feeling not in before]
    return [
        _happened(
            update,
            Kind.REACTION,
            action,
            native_key=(key := f"reaction:{chat_id}:{message_id}:{actor.id}:{feeling}:{update.number}"),
            thing=Object(id=key, reaction=feeling),
            actor=actor,
            target=Target(parent_id=f"{chat_id}:{message_id}", conversation_id=chat_id),
        )
        for feeling, action in changes
    ]


def _feelings(raw: object) -> Sequence[str]:
    items = (mapping_of(item) for item in list_of(raw)[:_MAX_ELEMENTS])
    named = (
        text_of(one.get("emoji")) or text_of(one.get("custom_emoji_id")) or text_of(one.get("type")) for one in items
    )
    return list(dict.fromkeys(name for name in named if name))


def _happened(
    update: Update,
    kind: Kind,
    action: Action,
    *,
    native_key: str,
    thing: Object,
    actor: Actor | None,
    target: Target | None = None,
    more: Mapping[str, Any] | None = None,
) -> Interaction:
    origin = update.origin
    occurred_at, source = origin.when(update.at)
    return Interaction(
        id=origin.identify(PLATFORM, native_key),
        platform=PLATFORM,
        kind=kind,
        action=action,
        direction=direction_of(actor),
        account=origin.account,
        actor=actor,
        object=thing,
        target=target,
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        verified=origin.verified,
        raw_kind=update.name,
        extensions=dict(more or {}),
    )


_READERS: Mapping[str, Callable[[Update], Sequence[Interaction]]] = MappingProxyType(
    {
        "message": _said,
        "edited_message": _said,
        "channel_post": _said,
        "edited_channel_post": _said,
        "business_message": _said,
        "edited_business_message": _said,
        "deleted_business_messages": _deleted,
        "callback_query": _pressed,
        "my_chat_member": _our_membership,
        "chat_member": _their_membership,
        "message_reaction": _reacted,
    }
)
