"""Comments on TikTok, mentions and videos: as they are pushed, and as the list of comments has them.

A push tells neither the name of who comments nor whether it is the brand itself, which goes by another id here than
everywhere else. So a comment is completed from the list, unless the account knows its own.
"""

from collections.abc import Mapping
from types import MappingProxyType
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
    TimeSource,
)
from ingest.clients.connectors.foreign import digest_of, from_seconds, text_of
from ingest.clients.connectors.tiktok_notice import Notice

COMMENT_EVENT = "comment.update"

_ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "insert": Action.CREATED,
        "delete": Action.DELETED,
        "set_to_hidden": Action.HIDDEN,
        "set_to_friends_only": Action.HIDDEN,
        "set_to_public": Action.UNHIDDEN,
    }
)
# Only the account's own comments can be deleted.
_ANSWERS = ReplyOptions(capabilities=(Capability.PUBLIC_REPLY, Capability.HIDE, Capability.LIKE))
_NOBODY = frozenset({"0", ""})


def read_comment(notice: Notice) -> Interaction | None:
    """`comment.update`: a comment or an answer to one came, went, or is seen by others than before."""
    content = notice.content
    comment_id, verb = _id_at(content, "comment_id"), text_of(content.get("comment_action")) or ""
    action = _ACTIONS.get(verb)
    if comment_id is None or action is None:
        return None
    at = from_seconds(content.get("timestamp"))
    moment = notice.stamp(at)
    keys = {Action.CREATED: f"comment:{comment_id}", Action.DELETED: f"comment:{comment_id}:deleted"}
    actor = notice.actor(text_of(content.get("unique_identifier")))
    text = text_of(content.get("text")) if action is Action.CREATED else None
    return notice.told(
        Kind.COMMENT,
        action,
        native_key=keys.get(action, f"comment:{comment_id}:{verb}:{moment}"),
        thing=Object(id=comment_id, text=text),
        actor=actor,
        at=at,
        direction=Direction.INBOUND if actor is None else None,
        target=Target(post_id=_id_at(content, "video_id"), parent_id=_id_at(content, "parent_comment_id")),
        answers=_ANSWERS,
    )


def listed_comment(raw: Mapping[str, Any], notice: Notice) -> Interaction | None:
    """An entry of the list of comments, under the same id as its push."""
    comment_id = _id_at(raw, "comment_id")
    if comment_id is None:
        return None
    handle, image = text_of(raw.get("username")), text_of(raw.get("image_url"))
    actor = notice.actor(
        text_of(raw.get("unique_identifier")) or text_of(raw.get("user_id")), is_self=raw.get("owner") is True
    )
    if actor is not None:
        actor = msgspec.structs.replace(actor, name=text_of(raw.get("display_name")) or handle, username=handle)
    return notice.told(
        Kind.COMMENT,
        Action.CREATED,
        native_key=f"comment:{comment_id}",
        thing=Object(
            id=comment_id,
            text=text_of(raw.get("text")),
            attachments=(Attachment(kind="image", url=image),) if image else (),
        ),
        actor=actor,
        at=from_seconds(raw.get("create_time")),
        direction=Direction.INBOUND if actor is None else None,
        target=Target(post_id=_id_at(raw, "video_id"), parent_id=_id_at(raw, "parent_comment_id")),
        answers=_ANSWERS,
    )


def lacks_author(interaction: Interaction) -> bool:
    """Whether it is a pushed comment of which nobody can say yet who wrote it."""
    is_pushed = interaction.raw_kind == COMMENT_EVENT and interaction.action is Action.CREATED
    return is_pushed and (interaction.actor is None or not (interaction.actor.is_self or interaction.actor.name))


def completed(interaction: Interaction, listed: Interaction) -> Interaction:
    """The pushed comment with what the list knows of it."""
    is_dated = listed.occurred_at_source is TimeSource.EVENT
    return msgspec.structs.replace(
        interaction,
        id=f"{interaction.id}:completed",
        action=Action.UPDATED,
        direction=listed.direction,
        actor=listed.actor or interaction.actor,
        object=listed.object if listed.object.text or listed.object.attachments else interaction.object,
        target=listed.target if listed.target and listed.target.parent_id else interaction.target,
        occurred_at=listed.occurred_at if is_dated else interaction.occurred_at,
        reply=listed.reply,
    )


def read_mention(notice: Notice) -> Interaction | None:
    """`brand.mention.event`: the brand is named under a video or in a comment, told hours later."""
    content = notice.content
    video_id, comment_id = _id_at(content, "video_id"), _id_at(content, "comment_id")
    actions = {"CREATE": Action.CREATED, "EDIT": Action.UPDATED}
    verb = text_of(content.get("type_of_event")) or ""
    where = comment_id or video_id
    if where is None or verb not in actions:
        return None
    handle = text_of(content.get("unique_name_of_mentioned_user"))
    caption = text_of(content.get("video_caption"))
    made_at = from_seconds(content.get("video_create_time")) if comment_id is None else None
    is_new = verb == "CREATE"
    return notice.told(
        Kind.MENTION,
        actions[verb],
        native_key=f"mention:{where}" if is_new else f"mention:{where}:{notice.stamp(None)}:{digest_of(dict(content))}",
        thing=Object(
            id=where,
            # The words of a comment are not told with the mention in it.
            text=caption if comment_id is None else None,
            mentions=(Mention(id=notice.origin.account.external_id, username=handle, is_self=True),),
        ),
        actor=notice.actor(text_of(content.get("unique_identifier"))),
        at=made_at if is_new else None,
        target=Target(
            post_id=video_id,
            post_url=text_of(content.get("share_url")),
            post_title=caption if comment_id is not None else None,
        ),
    )


def read_post(notice: Notice) -> Interaction | None:
    """`post.publish.…publicly_available`: a video that the app has uploaded can be seen, or no longer."""
    post_id = _id_at(notice.content, "post_id")
    if post_id is None:
        return None
    is_gone = "no_longer" in notice.event
    return notice.told(
        Kind.POST,
        Action.HIDDEN if is_gone else Action.CREATED,
        native_key=f"post:{post_id}:hidden:{notice.stamp(None)}" if is_gone else f"post:{post_id}",
        thing=Object(id=post_id),
        actor=notice.actor(notice.origin.account.external_id or None),
        at=None,
        target=Target(post_id=post_id),
        more={"publish_id": text_of(notice.content.get("publish_id"))},
    )


def _id_at(raw: Mapping[str, Any], name: str) -> str | None:
    # A number beyond what a double holds, or its digits; nought for none.
    found = text_of(raw.get(name))
    return None if found in _NOBODY else found
