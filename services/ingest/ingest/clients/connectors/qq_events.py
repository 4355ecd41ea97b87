"""What is said to a QQ bot, in private, in groups and in channels, and who befriends it.

Nobody has a name outside of channels, and a person's id is another in every group.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
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
from ingest.clients.connectors.foreign import digest_of, from_rfc3339, from_seconds, mapping_of, text_of
from ingest.clients.connectors.origin import Origin, direction_of
from ingest.clients.connectors.qq_messages import attachments_of, words_in

PLATFORM = "qq"

# Where something was said, which is also where an answer goes.
C2C, GROUP, CHANNEL, DIRECT = "c2c", "group", "channel", "direct"

_NO_ANSWERS = ReplyOptions()
_NOTHING: Mapping[str, str | None] = MappingProxyType({})
_ANSWERED_WITHIN: Mapping[str, tuple[timedelta, int | None]] = MappingProxyType(
    {
        C2C: (timedelta(minutes=60), 5),
        GROUP: (timedelta(minutes=5), 5),
        CHANNEL: (timedelta(minutes=5), None),
        DIRECT: (timedelta(minutes=5), None),
    }
)


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One dispatch, its common parts read. `name` is QQ's own for it, the same whenever it is sent again."""

    sort: str
    part: Mapping[str, Any]
    name: str | None
    origin: Origin

    def id_at(self, name: str) -> str | None:
        """The id under that name."""
        return text_of(self.part.get(name))

    def author(self) -> Actor | None:
        """Whoever wrote, by the id that holds in that place."""
        author = mapping_of(self.part.get("author"))
        someone = next(
            (one for name in ("user_openid", "member_openid", "id") if (one := text_of(author.get(name)))), None
        )
        return Actor(id=someone, name=text_of(author.get("username"))) if someone else None


def read_event(body: Mapping[str, Any], origin: Origin) -> Interaction:
    """The interaction that a dispatch tells of; of kind `unknown` if we have no word for it. Raises Unreadable."""
    sort, part = text_of(body.get("t")), body.get("d")
    if sort is None or not isinstance(part, dict):
        raise Unreadable("a QQ body is {op, t, d}", pointer="/d" if sort else "/t")
    event = Event(sort=sort, part=part, name=text_of(body.get("id")), origin=origin)
    reader = _READERS.get(sort)
    interaction = reader(event) if reader else None
    if interaction is not None:
        return interaction
    element = {"t": sort, "d": part, "id": event.name}
    return origin.unknown(element, platform=PLATFORM, raw_kind=sort, actor=event.author(), event=_moment(event))


def _private_message(event: Event) -> Interaction | None:
    return _message(event, Kind.MESSAGE, place=C2C, where=None)


def _group_mention(event: Event) -> Interaction | None:
    return _message(event, Kind.MENTION, place=GROUP, where=event.id_at("group_openid"))


def _channel_mention(event: Event) -> Interaction | None:
    return _message(event, Kind.MENTION, place=CHANNEL, where=event.id_at("channel_id"))


def _channel_message(event: Event) -> Interaction | None:
    return _message(event, Kind.COMMENT, place=CHANNEL, where=event.id_at("channel_id"))


def _direct_message(event: Event) -> Interaction | None:
    return _message(event, Kind.MESSAGE, place=DIRECT, where=event.id_at("guild_id"))


def _message(event: Event, kind: Kind, *, place: str, where: str | None) -> Interaction | None:
    message_id, author = event.id_at("id"), event.author()
    if message_id is None or author is None:
        return None
    text, mentions = words_in(event.part, is_called=kind is Kind.MENTION)
    is_private = kind is Kind.MESSAGE
    return _interaction(
        event,
        kind,
        Action.CREATED,
        native_key=f"{kind}:{message_id}",
        thing=Object(id=message_id, text=text, attachments=attachments_of(event.part), mentions=mentions),
        actor=author,
        target=Target(
            conversation_id=author.id if is_private else where,
            parent_id=text_of(mapping_of(event.part.get("message_reference")).get("message_id")),
        ),
        answers=_answers(event, place=place, where=where or author.id, is_private=is_private),
    )


def _private_deletion(event: Event) -> Interaction | None:
    return _deletion(event, Kind.MESSAGE)


def _mention_deletion(event: Event) -> Interaction | None:
    return _deletion(event, Kind.MENTION)


def _channel_deletion(event: Event) -> Interaction | None:
    return _deletion(event, Kind.COMMENT)


def _deletion(event: Event, kind: Kind) -> Interaction | None:
    message = mapping_of(event.part.get("message"))
    message_id, writer = text_of(message.get("id")), text_of(mapping_of(message.get("author")).get("id"))
    if message_id is None:
        return None
    deleted_by = text_of(mapping_of(event.part.get("op_user")).get("id"))
    place = writer if kind is Kind.MESSAGE else text_of(message.get("channel_id"))
    return _interaction(
        event,
        kind,
        Action.DELETED,
        native_key=f"{kind}:{message_id}:deleted",
        thing=Object(id=message_id),
        # Whoever runs the channel may have done it; it happened to what the writer wrote.
        actor=Actor(id=writer) if writer else None,
        target=Target(conversation_id=place),
        more={"deleted_by": deleted_by},
    )


def _reaction(event: Event) -> Interaction | None:
    thing, emoji = mapping_of(event.part.get("target")), mapping_of(event.part.get("emoji"))
    message_id, who = text_of(thing.get("id")), event.id_at("user_id")
    if message_id is None or who is None:
        return None
    feeling = f"{text_of(emoji.get('type')) or ''}:{text_of(emoji.get('id')) or ''}"
    is_taken_back = event.sort.endswith("_REMOVE")
    # QQ tells no time: its name for the event tells one reaction from the same again.
    key = f"reaction:{who}:{message_id}:{feeling}:{'removed' if is_taken_back else 'created'}:{event.name or ''}"
    return _interaction(
        event,
        Kind.REACTION,
        Action.REMOVED if is_taken_back else Action.CREATED,
        native_key=key,
        thing=Object(id=key, reaction=feeling),
        actor=Actor(id=who),
        target=Target(parent_id=message_id, conversation_id=event.id_at("channel_id")),
    )


def _friend(event: Event) -> Interaction | None:
    person = event.id_at("openid")
    if person is None:
        return None
    action = Action.REMOVED if event.sort == "FRIEND_DEL" else Action.CREATED
    stamp = event.id_at("timestamp") or event.name or ""
    key, thing = f"follow:{person}:{action}:{stamp}", Object(id=person)
    return _interaction(event, Kind.FOLLOW, action, native_key=key, thing=thing, actor=Actor(id=person))


def _permission(event: Event) -> Interaction | None:
    """A group takes the bot in or throws it out; somebody wants to hear from it or not."""
    place, who = event.id_at("group_openid"), event.id_at("openid") or event.id_at("op_member_openid")
    name = f"{place or who or ''}:{event.id_at('timestamp') or event.name or digest_of(event.part)}"
    action = Action.REVOKED if event.sort.endswith(("_DEL_ROBOT", "_REJECT")) else Action.AUTHORIZED
    return _interaction(
        event,
        Kind.SYSTEM,
        action,
        native_key=f"{event.sort}:{name}",
        thing=Object(id=name),
        actor=Actor(id=who) if who else None,
        target=Target(conversation_id=place or who),
    )


def _press(event: Event) -> Interaction | None:
    press_id = event.id_at("id")
    who = event.id_at("user_openid") or event.id_at("group_member_openid")
    resolved = mapping_of(mapping_of(event.part.get("data")).get("resolved"))
    who = who or text_of(resolved.get("user_id"))
    if press_id is None or who is None:
        return None
    place = event.id_at("group_openid") or event.id_at("channel_id")
    return _interaction(
        event,
        Kind.COMMAND,
        Action.CREATED,
        native_key=f"command:{press_id}",
        thing=Object(id=press_id, text=text_of(resolved.get("button_data"))),
        actor=Actor(id=who),
        target=Target(conversation_id=place or who, parent_id=text_of(resolved.get("message_id"))),
    )


def _interaction(
    event: Event,
    kind: Kind,
    action: Action,
    *,
    native_key: str,
    thing: Object,
    actor: Actor | None,
    target: Target | None = None,
    answers: ReplyOptions = _NO_ANSWERS,
    more: Mapping[str, str | None] = _NOTHING,
) -> Interaction:
    origin = event.origin
    occurred_at, source = origin.when(_moment(event))
    extensions = {name: event.id_at(name) for name in ("guild_id", "channel_id", "seq")} | dict(more)
    return Interaction(
        id=origin.identify(PLATFORM, native_key),
        platform=PLATFORM,
        kind=kind,
        action=action,
        direction=direction_of(actor),
        account=origin.account,
        actor=actor,
        object=thing,
        target=None if target in {None, Target()} else target,
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        reply=answers,
        verified=origin.verified,
        raw_kind=event.sort,
        extensions={name: value for name, value in extensions.items() if value},
    )


def _moment(event: Event) -> datetime | None:
    # Messages say it in words, friendships in seconds.
    stamp = event.part.get("timestamp")
    return from_rfc3339(stamp) or from_seconds(stamp)


def _answers(event: Event, *, place: str, where: str, is_private: bool) -> ReplyOptions:
    length, count = _ANSWERED_WITHIN[place]
    capability = Capability.DIRECT_MESSAGE if is_private else Capability.PUBLIC_REPLY
    return ReplyOptions(
        capabilities=(capability,),
        window_expires_at=(_moment(event) or event.origin.received_at) + length,
        max_replies=count,
        handle={"place": place, "where": where},
    )


_READERS: Mapping[str, Callable[[Event], Interaction | None]] = MappingProxyType(
    {
        "C2C_MESSAGE_CREATE": _private_message,
        "GROUP_AT_MESSAGE_CREATE": _group_mention,
        "AT_MESSAGE_CREATE": _channel_mention,
        "MESSAGE_CREATE": _channel_message,
        "DIRECT_MESSAGE_CREATE": _direct_message,
        "MESSAGE_DELETE": _channel_deletion,
        "PUBLIC_MESSAGE_DELETE": _mention_deletion,
        "DIRECT_MESSAGE_DELETE": _private_deletion,
        "MESSAGE_REACTION_ADD": _reaction,
        "MESSAGE_REACTION_REMOVE": _reaction,
        "FRIEND_ADD": _friend,
        "FRIEND_DEL": _friend,
        "C2C_MSG_RECEIVE": _permission,
        "C2C_MSG_REJECT": _permission,
        "GROUP_ADD_ROBOT": _permission,
        "GROUP_DEL_ROBOT": _permission,
        "GROUP_MSG_RECEIVE": _permission,
        "GROUP_MSG_REJECT": _permission,
        "INTERACTION_CREATE": _press,
    }
)
