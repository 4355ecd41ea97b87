"""What viewers of a live stream do, which platforms push in their own words but of the same sorts.

A live room is both the post and the place: whatever is said or given there has its id as `target.post_id`, and comments
also as their conversation, so that a stream is one thread to whoever watches it.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from huiying.events.interactions import Action, Actor, Direction, Interaction, Kind, Object, Target
from ingest.clients.connectors.foreign import text_of
from ingest.clients.connectors.origin import Origin


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Who did something in a live room, where and when. `origin` is that of the delivery."""

    origin: Origin
    platform: str
    actor: Actor | None
    room_id: str | None
    at: datetime | None
    raw_kind: str


def comment(viewer: Viewer, *, name: str, text: str | None) -> Interaction:
    """Somebody says something that everyone in the room sees. `name` is the same however often it is told."""
    return _interaction(viewer, Kind.COMMENT, Object(id=name, text=text), native_key=f"comment:{name}", more={})


def reaction(viewer: Viewer, *, name: str, feeling: str, more: Mapping[str, object]) -> Interaction:
    """Somebody likes or gives something; `more` says how often and what."""
    key = f"reaction:{name}"
    return _interaction(viewer, Kind.REACTION, Object(id=name, reaction=feeling), native_key=key, more=more)


def _interaction(
    viewer: Viewer, kind: Kind, thing: Object, *, native_key: str, more: Mapping[str, object]
) -> Interaction:
    origin = viewer.origin
    occurred_at, source = origin.when(viewer.at)
    target = Target(post_id=viewer.room_id, conversation_id=viewer.room_id if kind is Kind.COMMENT else None)
    is_self = viewer.actor is not None and viewer.actor.is_self
    return Interaction(
        id=origin.identify(viewer.platform, native_key),
        platform=viewer.platform,
        kind=kind,
        action=Action.CREATED,
        direction=Direction.OUTBOUND if is_self else Direction.INBOUND,
        account=origin.account,
        actor=viewer.actor,
        object=thing,
        target=target if viewer.room_id else None,
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        verified=origin.verified,
        raw_kind=viewer.raw_kind,
        extensions={name: text for name, value in more.items() if (text := text_of(value))},
    )
