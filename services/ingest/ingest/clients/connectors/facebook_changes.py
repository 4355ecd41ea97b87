"""What happens on a Facebook page, read from the `changes` of its webhooks and from its lists."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
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
    Object,
    ReplyOptions,
    Target,
)
from ingest.clients.connectors.foreign import digest_of_bytes, from_rfc3339, from_seconds, mapping_of, text_of
from ingest.clients.connectors.meta_entry import Entry
from ingest.clients.connectors.origin import direction_of

PLATFORM = "facebook"

_ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "add": Action.CREATED,
        "edit": Action.UPDATED,
        "edited": Action.UPDATED,
        "update": Action.UPDATED,
        "remove": Action.DELETED,
        "hide": Action.HIDDEN,
        "unhide": Action.UNHIDDEN,
    }
)
# How long a comment may be answered in private is not published, so no window is claimed.
_COMMENT_ANSWERS = ReplyOptions(
    capabilities=(
        Capability.PUBLIC_REPLY,
        Capability.PRIVATE_REPLY,
        Capability.HIDE,
        Capability.DELETE,
        Capability.LIKE,
    )
)
_MENTION_ANSWERS = ReplyOptions(capabilities=(Capability.PUBLIC_REPLY,))
_NO_ANSWERS = ReplyOptions()
_MEDIA = ("photo", "video", "link")
_LISTED_MEDIA = MappingProxyType({"photo": "photo", "video_inline": "video"})
_POSTS = frozenset({"status", "post", "photo", "video", "link", "album", "event", "note", "milestone"})


class Change(msgspec.Struct, frozen=True):
    """One change of a page's feed or mentions, its common parts read."""

    value: dict[str, Any]
    entry: Entry
    raw_kind: str
    action: Action
    actor: Actor | None
    at: datetime | None

    def id_at(self, name: str) -> str | None:
        """The id under that name."""
        return text_of(self.value.get(name))


def read_change(change: object, entry: Entry) -> Interaction:
    """The interaction that a change tells of; of kind `unknown` if we have no word for it."""
    raw = mapping_of(change)
    value = mapping_of(raw.get("value"))
    field, item, verb = text_of(raw.get("field")), text_of(value.get("item")), text_of(value.get("verb"))
    read = Change(
        value,
        entry,
        ".".join(part for part in (field, item, verb) if part) or "change",
        _ACTIONS.get(verb or "", Action.UNKNOWN),
        _actor(value, entry),
        from_seconds(value.get("created_time")),
    )
    reader = _FEED.get(item or "") if field == "feed" else _mention if field == "mention" else None
    interaction = reader(read) if reader else None
    return interaction or entry.unknown(
        change, platform=PLATFORM, raw_kind=read.raw_kind, actor=read.actor, event=read.at
    )


def comment_of(raw: Mapping[str, Any], entry: Entry, *, post: Mapping[str, Any]) -> Interaction | None:
    """The same comment as its post lists it; None without an id."""
    attached = mapping_of(raw.get("attachment"))
    picture = mapping_of(mapping_of(attached.get("media")).get("image")).get("src")
    value = {
        "comment_id": raw.get("id"),
        "post_id": post.get("id"),
        "parent_id": mapping_of(raw.get("parent")).get("id") or post.get("id"),
        "post": {"permalink_url": post.get("permalink_url")},
        "from": raw.get("from"),
        "message": raw.get("message"),
        _LISTED_MEDIA.get(text_of(attached.get("type")) or "", "link"): attached.get("url"),
        **({"photo": picture} if attached.get("type") == "photo" else {}),
    }
    at = from_rfc3339(raw.get("created_time"))
    return _comment(Change(value, entry, "feed.comment.add", Action.CREATED, _actor(value, entry), at))


def _actor(value: Mapping[str, Any], entry: Entry) -> Actor | None:
    # `from` since Graph 2.11; before, the sender stood beside the rest, and a like of the page named a user.
    author = mapping_of(value.get("from"))
    someone = text_of(author.get("id")) or text_of(value.get("sender_id")) or text_of(value.get("user_id"))
    return entry.actor(someone, name=text_of(author.get("name")) or text_of(value.get("sender_name")))


def _comment(change: Change) -> Interaction | None:
    comment_id = change.id_at("comment_id")
    if comment_id is None:
        return None
    return _interaction(
        change,
        Kind.COMMENT,
        native_key=_native_key(change, "comment", comment_id),
        thing=_object(change, comment_id),
        target=_target(change),
        answers=_COMMENT_ANSWERS,
    )


def _mention(change: Change) -> Interaction | None:
    where = change.id_at("comment_id") or change.id_at("post_id")
    if where is None:
        return None
    return _interaction(
        change,
        Kind.MENTION,
        native_key=_native_key(change, "mention", where),
        thing=_object(change, where),
        target=_target(change),
        answers=_MENTION_ANSWERS,
    )


def _share(change: Change) -> Interaction | None:
    share_id = change.id_at("share_id") or change.id_at("post_id")
    if share_id is None:
        return None
    key = _native_key(change, "share", share_id)
    return _interaction(change, Kind.SHARE, native_key=key, thing=_object(change, share_id), target=_target(change))


def _post(change: Change) -> Interaction | None:
    post_id = change.id_at("post_id")
    if post_id is None:
        return None
    # An album comes as one change per photo, all of them of the same post.
    part = change.id_at("photo_id") or change.id_at("video_id")
    key = _native_key(change, "post", f"{post_id}:{part}" if part else post_id)
    return _interaction(change, Kind.POST, native_key=key, thing=_object(change, post_id), target=_target(change))


def _reaction(change: Change) -> Interaction | None:
    liked = change.id_at("comment_id") or change.id_at("post_id")
    if liked is None:
        return _follow(change)
    feeling = change.id_at("reaction_type") or "like"
    who = change.actor.id if change.actor else ""
    # Facebook gives a reaction no id, so it is known by who felt what about which thing, and when.
    key = f"reaction:{who}:{liked}:{feeling}:{text_of(change.value.get('verb'))}:{change.entry.stamp(change.at)}"
    target = _target(change)
    parent = change.id_at("comment_id") or target.parent_id
    return _interaction(
        change,
        Kind.REACTION,
        native_key=key,
        thing=Object(id=key, reaction=feeling),
        target=Target(post_id=target.post_id, parent_id=parent, post_url=target.post_url),
    )


def _follow(change: Change) -> Interaction | None:
    if change.actor is None or "reaction_type" in change.value:
        return None
    key = f"follow:{change.actor.id}:{change.action}:{change.entry.stamp(change.at)}"
    return _interaction(change, Kind.FOLLOW, native_key=key, thing=Object(id=change.actor.id), target=None)


def _interaction(
    change: Change,
    kind: Kind,
    *,
    native_key: str,
    thing: Object,
    target: Target | None,
    answers: ReplyOptions = _NO_ANSWERS,
) -> Interaction:
    origin, action = change.entry.origin, change.action
    if action is Action.DELETED and kind in {Kind.REACTION, Kind.FOLLOW}:
        action = Action.REMOVED
    # Facebook leaves the author out where the page may not know them; it is a person all the same.
    direction = Direction.INBOUND if change.actor is None else direction_of(change.actor)
    gone = action in {Action.DELETED, Action.REMOVED} or direction is not Direction.INBOUND
    occurred_at, source = origin.when(change.at, delivery=change.entry.time)
    return Interaction(
        id=origin.identify(PLATFORM, native_key),
        platform=PLATFORM,
        kind=kind,
        action=action,
        direction=direction,
        account=origin.account,
        actor=change.actor,
        object=thing,
        target=target,
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        reply=_NO_ANSWERS if gone else answers,
        verified=origin.verified,
        raw_kind=change.raw_kind,
        extensions=change.entry.extensions(),
    )


def _native_key(change: Change, kind: str, native_id: str) -> str:
    if change.action is Action.CREATED:
        return f"{kind}:{native_id}"
    if change.action is Action.DELETED:
        return f"{kind}:{native_id}:deleted"
    # Editing and hiding may happen again: the moment tells one time from the next, and the text two in one second.
    text = digest_of_bytes((text_of(change.value.get("message")) or "").encode("utf-8", "replace"))[:8]
    return f"{kind}:{native_id}:{text_of(change.value.get('verb'))}:{change.entry.stamp(change.at)}:{text}"


def _object(change: Change, object_id: str) -> Object:
    value = change.value
    media = ((kind, text_of(value.get(kind))) for kind in _MEDIA)
    return Object(
        id=object_id,
        text=text_of(value.get("message")),
        attachments=tuple(Attachment(kind="image" if kind == "photo" else kind, url=url) for kind, url in media if url),
    )


def _target(change: Change) -> Target:
    post_id, parent_id = change.id_at("post_id"), change.id_at("parent_id")
    return Target(
        post_id=post_id,
        # A comment right under a post has no parent but the post.
        parent_id=parent_id if parent_id != post_id else None,
        post_url=text_of(mapping_of(change.value.get("post")).get("permalink_url")),
    )


_FEED: Mapping[str, Callable[[Change], Interaction | None]] = MappingProxyType(
    {
        "comment": _comment,
        "reaction": _reaction,
        "like": _reaction,
        "share": _share,
        **dict.fromkeys(_POSTS, _post),
    }
)
