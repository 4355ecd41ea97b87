"""What happens on a Douyin account, read from the events of its webhooks."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from huiying.events.interactions import (
    Action,
    Actor,
    Capability,
    Direction,
    Interaction,
    Kind,
    Mention,
    Object,
    ReplyOptions,
    Target,
)
from ingest.clients.connectors.douyin_envelope import NO_ANSWERS, PLATFORM, Told
from ingest.clients.connectors.douyin_messages import attachments_of, text_in
from ingest.clients.connectors.foreign import (
    digest_of,
    from_milliseconds,
    from_seconds,
    mapping_of,
    text_of,
)
from ingest.clients.connectors.origin import Origin, direction_of

# A message can be answered with its own id for a day, six times; a visit for half a minute, three times.
_AFTER_MESSAGE = (timedelta(hours=24), 6, "im_reply_msg")
_AFTER_ENTERING = (timedelta(seconds=30), 3, "im_enter_direct_msg")
_DIRECT = "1"
_COMMENT_ANSWERS = ReplyOptions(capabilities=(Capability.PUBLIC_REPLY,))


def read_event(body: object, origin: Origin, *, name: str | None = None) -> Interaction:
    """The interaction that an event tells of; of kind `unknown` if we have no word for it. Raises Unreadable."""
    told = Told.of(mapping_of(body), origin, name=name)
    reader = _READERS.get(told.event)
    interaction = reader(told) if reader else None
    if interaction is not None:
        return interaction
    return told.origin.unknown(
        {name: told.envelope.get(name) for name in ("event", "from_user_id", "to_user_id", "content")},
        platform=PLATFORM,
        raw_kind=told.event,
        actor=told.actor(),
    )


def comment(
    fields: Mapping[str, Any], origin: Origin, *, post_id: str | None, parent_id: str | None, raw_kind: str
) -> Interaction | None:
    """A comment as an event tells it or a list shows it, which is in the same words; None without its id."""
    comment_id, author = text_of(fields.get("comment_id")), text_of(fields.get("comment_user_id"))
    if comment_id is None:
        return None
    own_id = origin.account.external_id
    actor = Actor(id=author, name=text_of(fields.get("nick_name")), is_self=author == own_id) if author else None
    named = text_of(fields.get("at_user_id"))
    occurred_at, source = origin.when(from_seconds(fields.get("create_time")))
    direction = Direction.INBOUND if actor is None else direction_of(actor)
    return Interaction(
        id=origin.identify(PLATFORM, f"comment:{comment_id}"),
        platform=PLATFORM,
        kind=Kind.COMMENT,
        action=Action.CREATED,
        direction=direction,
        account=origin.account,
        actor=actor,
        object=Object(
            id=comment_id,
            text=text_of(fields.get("content")),
            mentions=(Mention(id=named, is_self=named == own_id),) if named else (),
        ),
        target=Target(post_id=post_id, parent_id=parent_id),
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        reply=_COMMENT_ANSWERS if direction is Direction.INBOUND else NO_ANSWERS,
        verified=origin.verified,
        raw_kind=raw_kind,
    )


def _comment(told: Told) -> Interaction | None:
    post_id, parent_id = told.id_at("reply_to_item_id"), told.id_at("reply_to_comment_id")
    fields = {"comment_user_id": told.sender, **told.content}
    return comment(fields, told.origin, post_id=post_id, parent_id=parent_id, raw_kind=told.event)


def _message(told: Told) -> Interaction | None:
    content, at = told.content, from_milliseconds(told.content.get("create_time"))
    message_id = told.id_at("server_message_id") or told.name
    if message_id is None:
        message_id = digest_of([told.event, told.sender, told.recipient, content])
    place = told.id_at("conversation_short_id")
    is_direct = (text_of(content.get("conversation_type")) or _DIRECT) == _DIRECT
    person = told.recipient if told.is_own else told.sender
    thing = Object(id=message_id, text=text_in(content), attachments=attachments_of(content))
    # An answer shows the message that it answers, by Douyin's own name for it.
    is_answerable = is_direct and "server_message_id" in content
    answers = _answers(told, at, _AFTER_MESSAGE) if is_answerable else NO_ANSWERS
    if told.is_own and place:
        # What the brand said may be taken back; Douyin wants to know where it was said.
        handle = {"conversation_id": place, "conversation_type": text_of(content.get("conversation_type")) or _DIRECT}
        answers = ReplyOptions(capabilities=(Capability.DELETE,), handle=handle)
    return told.interaction(
        Kind.MESSAGE,
        Action.CREATED,
        native_key=f"message:{message_id}",
        thing=thing,
        # The other person, so that both sides of a conversation name it alike; only a group has an id of its own.
        target=Target(conversation_id=person if is_direct else place),
        at=at,
        answers=answers,
        extensions=told.extensions("message_type", "source", "scene_type", "card_id", "card_status"),
    )


def _recall(told: Told) -> Interaction | None:
    message_id = told.id_at("server_message_id")
    if message_id is None:
        return None
    person = told.recipient if told.is_own else told.sender
    return told.interaction(
        Kind.MESSAGE,
        Action.DELETED,
        native_key=f"message:{message_id}:deleted",
        thing=Object(id=message_id),
        target=Target(conversation_id=person),
    )


def _entering(told: Told) -> Interaction | None:
    at = from_milliseconds(told.content.get("create_time"))
    name = told.id_at("server_message_id") or told.name or digest_of([told.sender, told.content])
    return told.interaction(
        Kind.SYSTEM,
        Action.ENTERED,
        native_key=f"enter:{name}",
        thing=Object(id=name),
        target=Target(conversation_id=told.sender, post_id=told.id_at("objectId")),
        at=at,
        answers=_answers(told, at, _AFTER_ENTERING),
        extensions=told.extensions("scene_type", "ad_info"),
    )


def _follow(told: Told) -> Interaction | None:
    if told.sender is None:
        return None
    at, sort = from_seconds(told.content.get("action_time")), text_of(told.content.get("action_type"))
    # A follow has no id: it is known by who, and when.
    key = f"follow:{told.sender}:{sort or ''}:{text_of(told.content.get('action_time')) or told.name or ''}"
    action = Action.CREATED if sort == "1" else Action.UNKNOWN
    return told.interaction(Kind.FOLLOW, action, native_key=key, thing=Object(id=told.sender), at=at)


def _like(told: Told) -> Interaction | None:
    item_id = told.id_at("item_id")
    if told.sender is None or item_id is None:
        return None
    at, sort = from_seconds(told.content.get("action_time")), text_of(told.content.get("action_type"))
    moment = text_of(told.content.get("action_time")) or told.name or ""
    key = f"reaction:{told.sender}:{item_id}:{sort or ''}:{moment}"
    action = Action.CREATED if sort in {"1", None} else Action.UNKNOWN
    thing = Object(id=key, reaction="like")
    return told.interaction(Kind.REACTION, action, native_key=key, thing=thing, target=Target(post_id=item_id), at=at)


def _video(told: Told) -> Interaction | None:
    item_id = told.id_at("item_id")
    if item_id is None:
        return None
    return told.interaction(
        Kind.POST,
        Action.CREATED,
        native_key=f"post:{item_id}",
        thing=Object(id=item_id),
        extensions=told.extensions("share_id", "has_default_hashtag"),
    )


def _permission(told: Told) -> Interaction | None:
    action = Action.REVOKED if told.event.startswith(("un", "contract_un")) else Action.AUTHORIZED
    name = told.name or digest_of([told.event, told.sender, told.content])
    return told.interaction(
        Kind.SYSTEM,
        action,
        native_key=f"{told.event}:{name}",
        thing=Object(id=name),
        direction=Direction.SYSTEM,
        extensions=told.extensions("scopes", "scope"),
    )


def _answers(told: Told, at: datetime | None, rule: tuple[timedelta, int, str]) -> ReplyOptions:
    if told.is_own or told.sender is None:
        return NO_ANSWERS
    length, count, scene = rule
    place = told.id_at("conversation_short_id")
    return ReplyOptions(
        capabilities=(Capability.DIRECT_MESSAGE,),
        window_expires_at=(at or told.origin.received_at) + length,
        max_replies=count,
        handle={"scene": scene, **({"conversation_id": place} if place else {})},
    )


_READERS: Mapping[str, Callable[[Told], Interaction | None]] = MappingProxyType(
    {
        "im_receive_msg": _message,
        "im_send_msg": _message,
        "im_group_receive_msg": _message,
        "im_group_send_msg": _message,
        "receive_msg": _message,
        "im_recall_msg": _recall,
        "im_enter_direct_msg": _entering,
        "item_comment_reply": _comment,
        "new_follow_action": _follow,
        "new_video_digg": _like,
        "create_video": _video,
        "authorize": _permission,
        "unauthorize": _permission,
        "contract_authorize": _permission,
        "contract_unauthorize": _permission,
    }
)
