"""What a page or an Instagram account has published, as Meta lists it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from ingest.clients.connectors.abilities import Post, PostsListed
from ingest.clients.connectors.connector import Access
from ingest.clients.connectors.foreign import from_rfc3339, list_of, mapping_of, text_of
from ingest.clients.connectors.meta_graph import Graph
from ingest.clients.connectors.meta_lists import next_cursor

_COUNT = 50


class PostNames(msgspec.Struct, frozen=True, kw_only=True):
    """What one of Meta's products calls the parts of a post."""

    url: str
    text: str
    time: str


async def list_posts(
    path: str, names: PostNames, *, since: datetime, cursor: str | None, graph: Graph, access: Access
) -> PostsListed:
    """One page of what was published since then, the newest first."""
    fields = f"id,{names.url},{names.text},{names.time}"
    params = {"fields": fields, "limit": str(_COUNT), "since": str(int(since.timestamp()))}
    if cursor is not None:
        params["after"] = cursor
    answer = await graph.read(path, params, access=access, said="posts:")
    posts = [post for item in list_of(answer.get("data")) if (post := _post(mapping_of(item), names)) is not None]
    return PostsListed(posts=posts, cursor=next_cursor(answer))


def _post(raw: Mapping[str, Any], names: PostNames) -> Post | None:
    post_id = text_of(raw.get("id"))
    if post_id is None:
        return None
    return Post(
        id=post_id,
        url=text_of(raw.get(names.url)),
        text=text_of(raw.get(names.text)),
        published_at=from_rfc3339(raw.get(names.time)),
    )
