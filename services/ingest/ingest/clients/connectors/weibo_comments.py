"""Comments on an account's posts, read from the lists that Weibo gives to apps it has granted them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

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
from ingest.clients.connectors.foreign import from_weekday, mapping_of, text_of
from ingest.clients.connectors.origin import Origin, direction_of
from ingest.clients.connectors.weibo_messages import PLATFORM

# What a handle calls the post, which an answer must name beside the comment.
STATUS = "status_id"


def id_of(element: Mapping[str, Any]) -> str | None:
    """Weibo writes an id as a number, and beside it as text for those who cannot hold such numbers."""
    return text_of(element.get("idstr")) or text_of(element.get("id"))


def time_of(element: Mapping[str, Any]) -> datetime | None:
    """When it was written."""
    return from_weekday(element.get("created_at"))


def read_comment(raw: object, origin: Origin) -> Interaction:
    """A comment; of kind `unknown` without an id."""
    element = mapping_of(raw)
    comment_id, user = id_of(element), mapping_of(element.get("user"))
    at = time_of(element)
    if comment_id is None:
        return origin.unknown(raw, platform=PLATFORM, raw_kind="comment", event=at)
    status = mapping_of(element.get("status"))
    status_id, actor = id_of(status), _actor(user, origin)
    occurred_at, source = origin.when(at)
    return Interaction(
        id=origin.identify(PLATFORM, f"comment:{comment_id}"),
        platform=PLATFORM,
        kind=Kind.COMMENT,
        action=Action.CREATED,
        direction=direction_of(actor),
        account=origin.account,
        actor=actor,
        object=Object(id=comment_id, text=text_of(element.get("text"))),
        target=Target(
            post_id=status_id,
            parent_id=id_of(mapping_of(element.get("reply_comment"))),
            post_title=_title_of(status),
        ),
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        reply=_answers(actor, status_id),
        verified=origin.verified,
        raw_kind="comment",
    )


def _actor(user: Mapping[str, Any], origin: Origin) -> Actor | None:
    person, followers = id_of(user), user.get("followers_count")
    if person is None:
        return None
    return Actor(
        id=person,
        name=text_of(user.get("screen_name")) or text_of(user.get("name")),
        url=f"https://weibo.com/u/{person}",
        followers=followers if isinstance(followers, int) and not isinstance(followers, bool) else None,
        is_self=person == origin.account.external_id,
    )


def _answers(actor: Actor | None, status_id: str | None) -> ReplyOptions:
    handle = {STATUS: status_id} if status_id else {}
    if actor is not None and actor.is_self:
        # Weibo lets an account delete its own words, and nobody else's.
        return ReplyOptions(capabilities=(Capability.DELETE,), handle=handle)
    return ReplyOptions(capabilities=(Capability.PUBLIC_REPLY,) if status_id else (), handle=handle)


def _title_of(status: Mapping[str, Any]) -> str | None:
    text = text_of(status.get("text"))
    return text.strip()[:80] or None if text else None
