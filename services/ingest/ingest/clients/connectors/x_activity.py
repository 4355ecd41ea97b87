"""The X Activity API: one event to a delivery, `{"data": {event_type, filter, payload, includes}}`."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec

from huiying.events.interactions import Action, Actor, Direction, Interaction, Kind, Object, Target
from ingest.clients.connectors.foreign import from_milliseconds, from_rfc3339, list_of, mapping_of, text_of
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.x_messages import read_encrypted, read_message
from ingest.clients.connectors.x_posts import deletion_of, interaction_of, post_in
from ingest.clients.connectors.x_scene import Scene, people_in


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event, its common parts read. Its id is a text of digits, with a minus before half of them."""

    id: str
    data: Mapping[str, Any]
    payload: Mapping[str, Any]
    includes: Mapping[str, Any]
    scene: Scene


def read_event(data: Mapping[str, Any], origin: Origin) -> Sequence[Interaction]:
    """Everything that an event tells; of kind `unknown` if we have no word for it."""
    payload, includes = mapping_of(data.get("payload")), mapping_of(data.get("includes"))
    name = text_of(data.get("event_type")) or "event"
    # A revocation matches no filter; it names the user in its payload.
    brand_id = text_of(mapping_of(data.get("filter")).get("user_id"))
    if brand_id is None and name == "oauth.revoke":
        brand_id = text_of(payload.get("user_id"))
    named = [*list_of(includes.get("users")), *mapping_of(payload.get("users")).values()]
    scene = Scene(
        origin=origin.belonging_to(brand_id),
        brand_id=brand_id,
        raw_kind=name,
        people=people_in([*named, payload.get("source"), payload.get("target")]),
    )
    event = Event(id=text_of(data.get("event_uuid")) or "", data=data, payload=payload, includes=includes, scene=scene)
    reader = _READERS.get(name)
    return (reader(event) if reader else ()) or (_unknown(event),)


def _unknown(event: Event) -> Interaction:
    # What has no filter by user, such as news, is nobody's doing.
    actor = event.scene.actor(event.scene.brand_id)
    return event.scene.unknown(event.data, actor=actor)


def _post(event: Event) -> Sequence[Interaction]:
    post = post_in(event.payload, others=list_of(event.includes.get("tweets")))
    return (interaction_of(post, event.scene),) if post else ()


def _deletion(event: Event) -> Sequence[Interaction]:
    post_id = text_of(event.payload.get("id"))
    if post_id is None:
        return ()
    author_id = text_of(event.payload.get("author_id")) or event.scene.brand_id
    return (deletion_of(post_id, author_id=author_id, at=None, scene=event.scene),)


def _like(event: Event) -> Sequence[Interaction]:
    payload, scene = event.payload, event.scene
    liked, name = text_of(payload.get("liked_tweet_id")), text_of(payload.get("id")) or event.id
    if liked is None or not name:
        return ()
    author_id = text_of(payload.get("liked_tweet_author_id"))
    said = text_of(mapping_of(event.data.get("filter")).get("direction"))
    is_inbound = said == "inbound" if said else scene.is_brand(author_id)
    # Of a like that came in, X does not say in which field it names who liked; it may be nobody we know.
    actor = _only_stranger(scene) if is_inbound else scene.actor(scene.brand_id)
    return (
        scene.told(
            Kind.REACTION,
            Action.CREATED,
            native_key=f"reaction:{name}",
            thing=Object(id=name, reaction="like"),
            actor=actor,
            at=from_milliseconds(payload.get("timestamp_ms")) or from_rfc3339(payload.get("created_at")),
            direction=Direction.INBOUND if is_inbound else Direction.OUTBOUND,
            target=Target(post_id=liked),
        ),
    )


def _only_stranger(scene: Scene) -> Actor | None:
    strangers = [someone for someone in scene.people if not scene.is_brand(someone)]
    return scene.actor(strangers[0]) if len(strangers) == 1 else None


def _follow(event: Event) -> Sequence[Interaction]:
    source, target = (mapping_of(mapping_of(event.payload.get(end)).get("data")) for end in ("source", "target"))
    follower, followed = event.scene.actor(text_of(source.get("id"))), text_of(target.get("id"))
    if follower is None or followed is None or not event.id:
        return ()
    gone = event.scene.raw_kind == "follow.unfollow"
    return (
        event.scene.told(
            Kind.FOLLOW,
            Action.REMOVED if gone else Action.CREATED,
            # Of a follow neither id nor time is told, and it happens more than once: there is but the id of the event.
            native_key=f"follow:{follower.id}:{followed}:{event.id}",
            thing=Object(id=followed if follower.is_self else follower.id),
            actor=follower,
            at=None,
        ),
    )


def _messages(event: Event) -> Sequence[Interaction]:
    return [read_message(element, event.scene) for element in list_of(event.payload.get("direct_message_events"))]


def _encrypted(event: Event) -> Sequence[Interaction]:
    message = read_encrypted(event.payload, event.scene)
    return (message,) if message else ()


def _revoked(event: Event) -> Sequence[Interaction]:
    at = from_rfc3339(event.payload.get("date_time"))
    name = event.id or f"{event.scene.brand_id}:{text_of(event.payload.get('date_time'))}"
    return (revocation_of(name, app_id=text_of(event.payload.get("app_id")), at=at, scene=event.scene),)


def revocation_of(name: str, *, app_id: str | None, at: datetime | None, scene: Scene) -> Interaction:
    """That the account's owner has taken the app's permission back."""
    return scene.told(
        Kind.SYSTEM,
        Action.REVOKED,
        native_key=f"revocation:{name}",
        thing=Object(id=name),
        actor=None,
        at=at,
        more={"app_id": app_id} if app_id else None,
    )


_READERS: Mapping[str, Callable[[Event], Sequence[Interaction]]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("post.create", "post.reply.create", "post.mention.create", "post.quote.create", "post.repost.create"),
            _post,
        ),
        "post.delete": _deletion,
        "like.create": _like,
        "follow.follow": _follow,
        "follow.unfollow": _follow,
        "dm.received": _messages,
        "dm.sent": _messages,
        "chat.received": _encrypted,
        "chat.sent": _encrypted,
        "oauth.revoke": _revoked,
    }
)
