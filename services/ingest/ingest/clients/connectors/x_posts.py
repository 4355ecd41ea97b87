"""Posts on X, in the words of its second API and of the first: what each of them is to the brand.

The same post comes by several ways (two event types, a list of mentions), so what it is follows from itself alone, and
its native key is its own id.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from huiying.events.interactions import (
    Action,
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
from ingest.clients.connectors.foreign import (
    from_milliseconds,
    from_rfc3339,
    from_weekday,
    list_of,
    mapping_of,
    text_of,
)
from ingest.clients.connectors.x_scene import Scene

_QUOTE_EVENT, _MENTION_EVENT = "post.quote.create", "post.mention.create"
# X puts the names of those who are answered before the text of an answer.
_ADDRESSEES = re.compile(r"(?:@\w{1,50}\s+)+")
_CAPABILITIES: Mapping[Kind, tuple[Capability, ...]] = {
    Kind.COMMENT: (Capability.PUBLIC_REPLY, Capability.PRIVATE_REPLY, Capability.HIDE, Capability.LIKE),
    Kind.MENTION: (Capability.PUBLIC_REPLY, Capability.PRIVATE_REPLY, Capability.LIKE),
    Kind.SHARE: (Capability.PUBLIC_REPLY, Capability.LIKE),
}


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """A post, whichever API told of it. `root_id` is the post that its conversation began with, where known."""

    id: str
    text: str | None
    author_id: str | None
    at: datetime | None
    lang: str | None = None
    attachments: tuple[Attachment, ...] = ()
    mentions: tuple[tuple[str | None, str | None], ...] = ()
    root_id: str | None = None
    parent_id: str | None = None
    parent_author_id: str | None = None
    reposted_id: str | None = None
    quoted_id: str | None = None
    quoted_author_id: str | None = None
    first_id: str | None = None


def post_in(raw: Mapping[str, Any], *, others: Iterable[object] = ()) -> Post | None:
    """A post of the second API; `others` are the posts that came with it."""
    post_id = text_of(raw.get("id"))
    if post_id is None:
        return None
    references = {
        text_of(one.get("type")): text_of(one.get("id"))
        for one in map(mapping_of, list_of(raw.get("referenced_tweets")))
    }
    quoted = references.get("quoted")
    authors = {text_of(one.get("id")): text_of(one.get("author_id")) for one in map(mapping_of, others)}
    versions = [version for item in list_of(raw.get("edit_history_tweet_ids")) if (version := text_of(item))]
    return Post(
        id=post_id,
        # What does not fit into `text` is told beside it.
        text=text_of(mapping_of(raw.get("note_tweet")).get("text")) or text_of(raw.get("text")),
        author_id=text_of(raw.get("author_id")),
        at=from_rfc3339(raw.get("created_at")),
        lang=_language(raw.get("lang")),
        attachments=tuple(
            Attachment(kind="media", media_id=key)
            for item in list_of(mapping_of(raw.get("attachments")).get("media_keys"))
            if (key := text_of(item))
        ),
        mentions=_named(mapping_of(raw.get("entities")).get("mentions"), id_name="id", username="username"),
        root_id=text_of(raw.get("conversation_id")),
        parent_id=references.get("replied_to") or text_of(raw.get("in_reply_to_tweet_id")),
        parent_author_id=text_of(raw.get("in_reply_to_user_id")),
        reposted_id=references.get("retweeted"),
        quoted_id=quoted,
        quoted_author_id=authors.get(quoted) if quoted else None,
        first_id=versions[0] if versions else None,
    )


def post_of_first_api(raw: Mapping[str, Any]) -> Post | None:
    """A post of the first API, which Account Activity speaks. It does not say where a conversation began."""
    post_id = text_of(raw.get("id_str")) or text_of(raw.get("id"))
    if post_id is None:
        return None
    longer = mapping_of(raw.get("extended_tweet"))
    quoted = mapping_of(raw.get("quoted_status"))
    entities = mapping_of(longer.get("entities")) or mapping_of(raw.get("entities"))
    author = mapping_of(raw.get("user"))
    return Post(
        id=post_id,
        text=text_of(longer.get("full_text")) or text_of(raw.get("full_text")) or text_of(raw.get("text")),
        author_id=text_of(author.get("id_str")) or text_of(author.get("id")),
        at=from_milliseconds(raw.get("timestamp_ms")) or from_weekday(raw.get("created_at")),
        lang=_language(raw.get("lang")),
        attachments=_media(longer.get("extended_entities") or raw.get("extended_entities")),
        mentions=_named(entities.get("user_mentions"), id_name="id_str", username="screen_name"),
        parent_id=text_of(raw.get("in_reply_to_status_id_str")),
        parent_author_id=text_of(raw.get("in_reply_to_user_id_str")),
        reposted_id=text_of(mapping_of(raw.get("retweeted_status")).get("id_str")),
        quoted_id=text_of(raw.get("quoted_status_id_str")) or text_of(quoted.get("id_str")),
        quoted_author_id=text_of(mapping_of(quoted.get("user")).get("id_str")),
    )


def interaction_of(post: Post, scene: Scene) -> Interaction:
    """What the post is to the brand."""
    kind, actor = _kind(post, scene), scene.actor(post.author_id)
    is_edit = post.first_id is not None and post.first_id != post.id
    object_id = post.first_id or post.id
    mentions = (Mention(id=who, username=name, is_self=scene.is_brand(who)) for who, name in post.mentions)
    is_repost = post.reposted_id is not None
    return scene.told(
        kind,
        Action.UPDATED if is_edit else Action.CREATED,
        native_key=f"post:{object_id}:edited:{post.id}" if is_edit else f"post:{post.id}",
        thing=Object(
            id=object_id,
            text=_said(post, scene),
            lang=post.lang,
            attachments=() if is_repost else post.attachments,
            mentions=() if is_repost else tuple(mentions),
        ),
        actor=actor,
        at=post.at,
        direction=Direction.INBOUND if actor is None else None,
        target=_target(post, scene),
        answers=ReplyOptions(
            capabilities=() if is_repost else _CAPABILITIES.get(kind, ()),
            # An edit is a new post under an old name, and X takes answers to the newest only.
            handle={"post_id": post.id} if is_edit else {},
        ),
    )


def deletion_of(post_id: str, *, author_id: str | None, at: datetime | None, scene: Scene) -> Interaction:
    """That a post is gone. X tells of the brand's own only, and not what it was."""
    return scene.told(
        Kind.COMMENT,
        Action.DELETED,
        native_key=f"post:{post_id}:deleted",
        thing=Object(id=post_id),
        actor=scene.actor(author_id),
        at=at,
    )


def _kind(post: Post, scene: Scene) -> Kind:
    if post.reposted_id is not None:
        return Kind.SHARE
    if scene.is_brand(post.author_id):
        return Kind.COMMENT if post.parent_id is not None else Kind.POST
    if post.parent_id is not None and scene.is_brand(post.parent_author_id):
        return Kind.COMMENT
    if scene.raw_kind == _MENTION_EVENT or any(scene.is_brand(who) for who, _ in post.mentions):
        return Kind.MENTION
    if post.quoted_id is not None and (scene.raw_kind == _QUOTE_EVENT or scene.is_brand(post.quoted_author_id)):
        return Kind.SHARE
    return Kind.COMMENT if post.parent_id is not None else Kind.POST


def _said(post: Post, scene: Scene) -> str | None:
    # A repost carries the words of whoever wrote the original.
    if post.reposted_id is not None or post.text is None:
        return None
    if post.parent_id is None or not scene.is_brand(post.author_id):
        return post.text
    # What was sent is found again by its words, and these names are not among them.
    names = _ADDRESSEES.match(post.text)
    return post.text[names.end() :] if names else post.text


def _target(post: Post, scene: Scene) -> Target:
    if post.reposted_id is not None:
        return Target(post_id=post.reposted_id)
    if post.parent_id is None:
        return Target(post_id=post.quoted_id or post.root_id or post.id)
    # What is said right under a post of the brand is a comment of its own, with no parent but the post; under
    # somebody else's it belongs to what was said there. The first API does not tell whether the brand's post was the
    # first one, and to put strangers into one thread would be the worse mistake.
    is_root = post.root_id is None or post.parent_id == post.root_id
    starts_anew = is_root and scene.is_brand(post.parent_author_id)
    return Target(post_id=post.root_id or post.parent_id, parent_id=None if starts_anew else post.parent_id)


def _named(items: object, *, id_name: str, username: str) -> tuple[tuple[str | None, str | None], ...]:
    named = (mapping_of(item) for item in list_of(items))
    return tuple((text_of(one.get(id_name)), text_of(one.get(username))) for one in named)


def _media(extended: object) -> tuple[Attachment, ...]:
    items = (mapping_of(item) for item in list_of(mapping_of(extended).get("media")))
    return tuple(
        Attachment(
            kind="image" if text_of(item.get("type")) == "photo" else text_of(item.get("type")) or "media",
            url=text_of(item.get("media_url_https")),
            media_id=text_of(item.get("id_str")),
        )
        for item in items
    )


def _language(value: object) -> str | None:
    # `und` is X's word for not knowing.
    said = text_of(value)
    return None if said == "und" else said
