"""What happens on an Instagram account, read from the `changes` of its webhooks and from its lists."""

from collections.abc import Mapping
from datetime import datetime
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
from ingest.clients.connectors.foreign import from_rfc3339, mapping_of, text_of
from ingest.clients.connectors.meta_entry import Entry
from ingest.clients.connectors.origin import direction_of

PLATFORM = "instagram"

# In a mention's handle: by what Instagram is asked about it, and answered.
MEDIA_ID, COMMENT_ID = "media_id", "comment_id"

# Until when a comment may be answered in private is not the same as until when in public, so no window is claimed.
_COMMENT_ANSWERS = ReplyOptions(
    capabilities=(Capability.PUBLIC_REPLY, Capability.PRIVATE_REPLY, Capability.HIDE, Capability.DELETE)
)
# During a broadcast nobody can be answered in public.
_LIVE_ANSWERS = ReplyOptions(capabilities=(Capability.PRIVATE_REPLY, Capability.HIDE, Capability.DELETE))
_ANSWERS = MappingProxyType({"comments": _COMMENT_ANSWERS, "live_comments": _LIVE_ANSWERS})
_MEDIA_DETAILS = ("media_product_type", "ad_id", "ad_title", "original_media_id")


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A comment or mention, before it is put into the common shape."""

    kind: Kind
    native_key: str
    thing: Object
    target: Target
    actor: Actor | None = None
    at: datetime | None = None
    answers: ReplyOptions
    more: Mapping[str, Any] = {}


def read_change(change: object, entry: Entry) -> Interaction:
    """The interaction that a change tells of; of kind `unknown` if we have no word for it."""
    raw = mapping_of(change)
    field, value = text_of(raw.get("field")) or "change", mapping_of(raw.get("value"))
    said = _mention(value) if field == "mentions" else None
    if field in _ANSWERS:
        said = _comment(value, entry, _ANSWERS[field])
    if said is None:
        return entry.unknown(change, platform=PLATFORM, raw_kind=field)
    return _interaction(said, entry, raw_kind=field)


def comment_of(raw: Mapping[str, Any], entry: Entry, *, media: Mapping[str, Any]) -> Interaction | None:
    """The same comment as its medium lists it; None without an id."""
    said = _comment({**raw, "media": media}, entry, _COMMENT_ANSWERS)
    return _interaction(said, entry, raw_kind="comments") if said else None


def _comment(value: Mapping[str, Any], entry: Entry, answers: ReplyOptions) -> Said | None:
    # One page of Instagram's own calls the id otherwise.
    comment_id = text_of(value.get("id")) or text_of(value.get("comment_id"))
    if comment_id is None:
        return None
    media, author = mapping_of(value.get("media")), mapping_of(value.get("from"))
    details = ((name, text_of(media.get(name))) for name in _MEDIA_DETAILS)
    return Said(
        kind=Kind.COMMENT,
        native_key=f"comment:{comment_id}",
        thing=Object(id=comment_id, text=text_of(value.get("text"))),
        target=Target(
            post_id=text_of(media.get("id")),
            parent_id=text_of(value.get("parent_id")),
            post_url=text_of(media.get("permalink")),
        ),
        actor=_person(author, entry),
        # Only lists tell when; a push is told at once, and its entry says when it was told.
        at=from_rfc3339(value.get("timestamp")),
        answers=answers,
        more={name: detail for name, detail in details if detail is not None},
    )


def _mention(value: Mapping[str, Any]) -> Said | None:
    media_id, comment_id = text_of(value.get("media_id")), text_of(value.get("comment_id"))
    where = comment_id or media_id
    if where is None:
        return None
    handle = {**({MEDIA_ID: media_id} if media_id else {}), **({COMMENT_ID: comment_id} if comment_id else {})}
    return Said(
        kind=Kind.MENTION,
        native_key=f"mention:{where}",
        thing=Object(id=where),
        target=Target(post_id=media_id),
        answers=ReplyOptions(capabilities=(Capability.PUBLIC_REPLY,) if media_id else (), handle=handle),
    )


def _person(author: Mapping[str, Any], entry: Entry) -> Actor | None:
    someone, username = text_of(author.get("id")), text_of(author.get("username"))
    if someone is None:
        return None
    return Actor(id=someone, username=username, is_self=entry.is_page(someone))


def _interaction(said: Said, entry: Entry, *, raw_kind: str) -> Interaction:
    origin = entry.origin
    # Instagram leaves the author of a mention out, and sometimes of a comment; it is a person all the same.
    direction = Direction.INBOUND if said.actor is None else direction_of(said.actor)
    occurred_at, source = origin.when(said.at, delivery=entry.time)
    return Interaction(
        id=origin.identify(PLATFORM, said.native_key),
        platform=PLATFORM,
        kind=said.kind,
        action=Action.CREATED,
        direction=direction,
        account=origin.account,
        actor=said.actor,
        object=said.thing,
        target=None if said.target == Target() else said.target,
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        reply=said.answers if direction is Direction.INBOUND else ReplyOptions(),
        verified=origin.verified,
        raw_kind=raw_kind,
        extensions=entry.extensions(dict(said.more)),
    )
