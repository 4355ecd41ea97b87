"""The Account Activity API, which X has called deprecated and still delivers: lists of events beside `for_user_id`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from huiying.events.interactions import Action, Interaction, Kind, Object, Target
from ingest.clients.connectors.foreign import (
    from_milliseconds,
    from_rfc3339,
    from_weekday,
    list_of,
    mapping_of,
    text_of,
)
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.x_activity import revocation_of
from ingest.clients.connectors.x_messages import read_message, read_receipt
from ingest.clients.connectors.x_posts import deletion_of, interaction_of, post_of_first_api
from ingest.clients.connectors.x_scene import Scene, people_in

_REVOCATION = "user_event"
_BESIDES = frozenset({"for_user_id", "user_has_blocked", "users", "apps", _REVOCATION})


def read_activity(body: Mapping[str, Any], origin: Origin) -> Sequence[Interaction]:
    """Everything in it, one interaction for each event."""
    brand_id, revoked = text_of(body.get("for_user_id")), mapping_of(mapping_of(body.get(_REVOCATION)).get("revoke"))
    if brand_id is None and revoked:
        brand_id = text_of(mapping_of(revoked.get("source")).get("user_id"))
    people = people_in(mapping_of(body.get("users")).values())
    mine = origin.belonging_to(brand_id)
    found = list(_revocations(body, Scene(origin=mine, brand_id=brand_id, raw_kind=_REVOCATION)))
    for name in sorted(body.keys() - _BESIDES):
        scene = Scene(origin=mine, brand_id=brand_id, raw_kind=text_of(name) or "activity", people=people)
        events = body[name]
        found += [_read(event, scene) for event in (events if isinstance(events, list) else [events])]
    return found or (Scene(origin=mine, brand_id=brand_id, raw_kind="activity").unknown(dict(body)),)


def _revocations(body: Mapping[str, Any], scene: Scene) -> Iterator[Interaction]:
    event = body.get(_REVOCATION)
    revoked = mapping_of(mapping_of(event).get("revoke"))
    if revoked:
        moment = text_of(revoked.get("date_time"))
        app_id = text_of(mapping_of(revoked.get("target")).get("app_id"))
        at = from_rfc3339(revoked.get("date_time"))
        yield revocation_of(f"{scene.brand_id}:{moment}", app_id=app_id, at=at, scene=scene)
    elif event is not None:
        yield scene.unknown(event)


def _read(event: object, scene: Scene) -> Interaction:
    reader = _READERS.get(scene.raw_kind)
    raw = mapping_of(event)
    return (reader(raw, scene) if reader else None) or scene.unknown(event, at=_when(raw))


def _post(raw: Mapping[str, Any], scene: Scene) -> Interaction | None:
    post = post_of_first_api(raw)
    return interaction_of(post, scene.knowing(people_in([raw.get("user")]))) if post else None


def _deletion(raw: Mapping[str, Any], scene: Scene) -> Interaction | None:
    status = mapping_of(raw.get("status"))
    post_id = text_of(status.get("id"))
    author_id = text_of(status.get("user_id")) or scene.brand_id
    return deletion_of(post_id, author_id=author_id, at=_when(raw), scene=scene) if post_id else None


def _like(raw: Mapping[str, Any], scene: Scene) -> Interaction | None:
    scene = scene.knowing(people_in([raw.get("user")]))
    name, post = text_of(raw.get("id")), mapping_of(raw.get("favorited_status"))
    liked = text_of(post.get("id_str")) or text_of(post.get("id"))
    user = mapping_of(raw.get("user"))
    actor = scene.actor(text_of(user.get("id_str")) or text_of(user.get("id")))
    if name is None or liked is None or actor is None:
        return None
    return scene.told(
        Kind.REACTION,
        Action.CREATED,
        native_key=f"reaction:{name}",
        thing=Object(id=name, reaction="like"),
        actor=actor,
        at=_when(raw),
        target=Target(post_id=liked),
    )


def _follow(raw: Mapping[str, Any], scene: Scene) -> Interaction | None:
    scene = scene.knowing(people_in([raw.get("source"), raw.get("target")]))
    follower = scene.actor(text_of(mapping_of(raw.get("source")).get("id")))
    followed = text_of(mapping_of(raw.get("target")).get("id"))
    actions = {"follow": Action.CREATED, "unfollow": Action.REMOVED}
    verb, moment = text_of(raw.get("type")) or "", text_of(raw.get("created_timestamp"))
    if follower is None or followed is None or verb not in actions or moment is None:
        return None
    return scene.told(
        Kind.FOLLOW,
        actions[verb],
        native_key=f"follow:{follower.id}:{followed}:{verb}:{moment}",
        thing=Object(id=followed if follower.is_self else follower.id),
        actor=follower,
        at=_when(raw),
    )


def _when(raw: Mapping[str, Any]) -> datetime | None:
    return (
        from_milliseconds(raw.get("timestamp_ms"))
        or from_milliseconds(raw.get("created_timestamp"))
        or from_weekday(raw.get("created_at"))
    )


_READERS: Mapping[str, Callable[[Mapping[str, Any], Scene], Interaction | None]] = MappingProxyType(
    {
        "tweet_create_events": _post,
        "tweet_delete_events": _deletion,
        "favorite_events": _like,
        "follow_events": _follow,
        "direct_message_events": read_message,
        "direct_message_mark_read_events": read_receipt,
    }
)


def size_of(body: Mapping[str, Any]) -> int:
    """How many events there are in it."""
    return sum(len(list_of(events)) for events in body.values())
