"""Comments and their replies, as YouTube's API lists them. They are never pushed."""

from collections.abc import Iterator, Mapping
from datetime import datetime
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
from ingest.clients.connectors.connector import Unreadable
from ingest.clients.connectors.foreign import from_rfc3339, list_of, mapping_of, text_of
from ingest.clients.connectors.origin import Origin, direction_of
from ingest.clients.connectors.youtube_feed import PLATFORM, video_url

_THREAD, _COMMENT = "youtube#commentThread", "youtube#comment"
_ITEMS = frozenset({_THREAD, _COMMENT})
_LISTS = frozenset({"youtube#commentThreadListResponse", "youtube#commentListResponse"})
_NONE = ReplyOptions()


class CommentThread(msgspec.Struct, frozen=True, kw_only=True):
    """A comment under a video, and as many of its replies as came with it."""

    id: str
    video_id: str | None
    published_at: datetime | None
    reply_count: int
    interactions: tuple[Interaction, ...]
    shown: int

    @property
    def has_more_replies(self) -> bool:
        """Whether some replies have to be asked for."""
        return self.reply_count > self.shown


def read_answer(answer: Mapping[str, Any], origin: Origin) -> list[Interaction]:
    """The comments in an answer of the API, whatever sort it is. Raises Unreadable for one that is none of comments."""
    kind = text_of(answer.get("kind")) or ""
    if kind in _LISTS:
        return [one for item in list_of(answer.get("items")) for one in _read_item(mapping_of(item), origin)]
    if kind in _ITEMS:
        return list(_read_item(answer, origin))
    raise Unreadable("neither an Atom feed nor comments as the API lists them")


def read_thread(item: Mapping[str, Any], origin: Origin) -> CommentThread:
    """A thread with what it shows of itself."""
    snippet = mapping_of(item.get("snippet"))
    origin = origin.belonging_to(text_of(snippet.get("channelId")))
    video_id, top = text_of(snippet.get("videoId")), mapping_of(snippet.get("topLevelComment"))
    can_reply = snippet.get("canReply") is not False
    replies = [mapping_of(reply) for reply in list_of(mapping_of(item.get("replies")).get("comments"))]
    count = snippet.get("totalReplyCount")
    return CommentThread(
        id=text_of(item.get("id")) or text_of(top.get("id")) or "",
        video_id=video_id,
        published_at=from_rfc3339(mapping_of(top.get("snippet")).get("publishedAt")),
        reply_count=count if isinstance(count, int) else 0,
        shown=len(replies),
        interactions=tuple(
            interaction
            for comment in (top, *replies)
            for interaction in read_comment(comment, origin, video_id=video_id, can_reply=can_reply)
        ),
    )


def read_comment(
    comment: Mapping[str, Any], origin: Origin, *, video_id: str | None = None, can_reply: bool = True
) -> Iterator[Interaction]:
    """That somebody wrote this, and, if it was changed since, that they did."""
    snippet = mapping_of(comment.get("snippet"))
    comment_id = text_of(comment.get("id"))
    origin = origin.belonging_to(text_of(snippet.get("channelId")))
    if comment_id is None:
        yield origin.unknown(comment, platform=PLATFORM, raw_kind=text_of(comment.get("kind")) or "comment")
        return
    video_id = video_id or text_of(snippet.get("videoId"))
    published, updated = from_rfc3339(snippet.get("publishedAt")), from_rfc3339(snippet.get("updatedAt"))
    key = f"comment:{comment_id}"
    created = _interaction(comment_id, snippet, origin, video_id=video_id, key=key, at=published, can_reply=can_reply)
    yield created
    if published is not None and updated is not None and updated > published:
        # Only the text of now is known. Where the comment was seen before, this is how its change is heard of.
        changed = f"{key}:edited:{int(updated.timestamp() * 1000)}"
        yield msgspec.structs.replace(
            created, id=origin.identify(PLATFORM, changed), action=Action.UPDATED, occurred_at=updated
        )


def _read_item(item: Mapping[str, Any], origin: Origin) -> Iterator[Interaction]:
    kind = text_of(item.get("kind"))
    if kind == _THREAD:
        yield from read_thread(item, origin).interactions
    elif kind == _COMMENT:
        yield from read_comment(item, origin)
    else:
        yield origin.unknown(item, platform=PLATFORM, raw_kind=kind or "item")


def _interaction(
    comment_id: str,
    snippet: Mapping[str, Any],
    origin: Origin,
    *,
    video_id: str | None,
    key: str,
    at: datetime | None,
    can_reply: bool,
) -> Interaction:
    actor, parent_id = _author(snippet, origin), text_of(snippet.get("parentId"))
    direction = Direction.INBOUND if actor is None else direction_of(actor)
    occurred_at, source = origin.when(at)
    return Interaction(
        id=origin.identify(PLATFORM, key),
        platform=PLATFORM,
        kind=Kind.COMMENT,
        action=Action.CREATED,
        direction=direction,
        account=origin.account,
        actor=actor,
        # What is displayed is asked for as plain text; the original is not shown to everybody.
        object=Object(id=comment_id, text=text_of(snippet.get("textOriginal")) or text_of(snippet.get("textDisplay"))),
        target=Target(post_id=video_id, parent_id=parent_id, post_url=video_url(video_id) if video_id else None),
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        reply=_answers(parent_id or comment_id, can_reply=can_reply) if direction is Direction.INBOUND else _NONE,
        verified=origin.verified,
        raw_kind="comment",
        extensions=_extensions(snippet, actor),
    )


def _answers(thread_id: str, *, can_reply: bool) -> ReplyOptions:
    moderation = (Capability.HIDE, Capability.DELETE)
    return ReplyOptions(
        capabilities=(Capability.PUBLIC_REPLY, *moderation) if can_reply else moderation,
        # Replies have no replies of their own: an answer to one goes into the same thread.
        handle={"thread_id": thread_id},
    )


def _author(snippet: Mapping[str, Any], origin: Origin) -> Actor | None:
    channel_id = text_of(mapping_of(snippet.get("authorChannelId")).get("value"))
    if channel_id is None:
        return None
    name = text_of(snippet.get("authorDisplayName"))
    return Actor(
        id=channel_id,
        name=name,
        username=name.removeprefix("@") if name and name.startswith("@") else None,
        url=text_of(snippet.get("authorChannelUrl")),
        is_self=channel_id == origin.account.external_id,
    )


def _extensions(snippet: Mapping[str, Any], actor: Actor | None) -> dict[str, Any]:
    status, name = text_of(snippet.get("moderationStatus")), text_of(snippet.get("authorDisplayName"))
    found = {"moderation_status": status, "author_name": name if actor is None else None}
    return {key: value for key, value in found.items() if value is not None}
