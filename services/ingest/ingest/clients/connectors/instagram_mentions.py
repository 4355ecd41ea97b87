"""Asking Instagram what a mention says: its webhook tells ids and nothing else."""

from collections.abc import Mapping
from typing import Any

import msgspec

from huiying.events.interactions import Action, Actor, Attachment, Interaction, Kind, Object, Target, TimeSource
from ingest.clients.connectors.connector import Access
from ingest.clients.connectors.foreign import from_rfc3339, mapping_of, text_of
from ingest.clients.connectors.instagram_changes import COMMENT_ID, MEDIA_ID
from ingest.clients.connectors.meta_graph import Graph, GraphRefused, path_part

_COMMENT_FIELDS = "id,text,timestamp,username,media{id,permalink}"
_MEDIA_FIELDS = "id,caption,timestamp,username,permalink,media_type,media_url"


def lacks_words(interaction: Interaction) -> bool:
    """Whether it is a mention of which only the ids are known."""
    is_new_mention = interaction.kind is Kind.MENTION and interaction.action is Action.CREATED
    return is_new_mention and interaction.object.text is None and bool(interaction.reply.handle)


async def complete(interaction: Interaction, *, graph: Graph, access: Access) -> Interaction | None:
    """The mention with its words and author; None if it is gone."""
    handle = interaction.reply.handle
    comment_id, media_id = handle.get(COMMENT_ID), handle.get(MEDIA_ID, "")
    if comment_id is not None:
        name, field = "mentioned_comment", f"comment_id({path_part(comment_id)}){{{_COMMENT_FIELDS}}}"
    else:
        name, field = "mentioned_media", f"media_id({path_part(media_id)}){{{_MEDIA_FIELDS}}}"
    path = f"/{path_part(access.account.external_id)}"
    try:
        answer = await graph.read(path, {"fields": f"{name}.{field}"}, access=access, said="a mention:")
    except GraphRefused as refusal:
        if refusal.is_gone:
            return None
        raise
    found = mapping_of(answer.get(name))
    return _completed(interaction, found) if found else None


def _completed(interaction: Interaction, found: Mapping[str, Any]) -> Interaction:
    target = interaction.target or Target()
    media = mapping_of(found.get("media")) or found
    at = from_rfc3339(found.get("timestamp"))
    return msgspec.structs.replace(
        interaction,
        id=f"{interaction.id}:completed",
        action=Action.UPDATED,
        actor=_author(found),
        object=Object(
            id=interaction.object.id,
            text=text_of(found.get("text")) or text_of(found.get("caption")),
            attachments=_attachments(found),
        ),
        target=msgspec.structs.replace(target, post_url=text_of(media.get("permalink")) or target.post_url),
        occurred_at=at or interaction.occurred_at,
        occurred_at_source=TimeSource.EVENT if at else interaction.occurred_at_source,
    )


def _author(found: Mapping[str, Any]) -> Actor | None:
    # Whoever mentions an account is told by name alone; the name is theirs until they change it.
    username = text_of(found.get("username"))
    return Actor(id=username, username=username) if username else None


def _attachments(found: Mapping[str, Any]) -> tuple[Attachment, ...]:
    url, kind = text_of(found.get("media_url")), text_of(found.get("media_type")) or "file"
    return (Attachment(kind=kind.lower(), url=url),) if url else ()
