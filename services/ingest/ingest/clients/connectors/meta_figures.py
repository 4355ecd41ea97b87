"""Reading how often a post of Meta's was seen and answered."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ingest.clients.connectors.abilities import PostFigures
from ingest.clients.connectors.connector import Access
from ingest.clients.connectors.foreign import list_of, mapping_of
from ingest.clients.connectors.meta_graph import Graph, GraphRefused, path_part


async def measure_each(
    post_ids: Sequence[str],
    read: Callable[[str, Mapping[str, Any]], PostFigures],
    *,
    fields: str,
    insights: str,
    graph: Graph,
    access: Access,
) -> Sequence[PostFigures]:
    """The figures of each post that is still there.

    Meta refuses the whole of a question in which one insight is not to be had, as for pages with few followers; then
    the post is asked for without them.
    """
    measured = []
    for post_id in post_ids:
        path, said = f"/{path_part(post_id)}", f"measuring {post_id}:"
        asked = f"{fields},insights.metric({insights})"
        try:
            answer = await graph.read(path, {"fields": asked}, access=access, said=said)
        except GraphRefused:
            answer = await _without_insights(path, fields, graph=graph, access=access, said=said)
        if answer:
            measured.append(read(post_id, answer))
    return measured


def insight(post: Mapping[str, Any], name: str) -> int | None:
    """The latest value of an insight."""
    for item in map(mapping_of, list_of(mapping_of(post.get("insights")).get("data"))):
        if item.get("name") == name:
            values = [count(mapping_of(one).get("value")) for one in list_of(item.get("values"))]
            return values[-1] if values else None
    return None


def total(post: Mapping[str, Any], edge: str) -> int | None:
    """How many there are of something, as a list's summary counts them."""
    return count(mapping_of(mapping_of(post.get(edge)).get("summary")).get("total_count"))


def count(value: object) -> int | None:
    """A number of things; anything else is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


async def _without_insights(path: str, fields: str, *, graph: Graph, access: Access, said: str) -> dict[str, Any]:
    try:
        return await graph.read(path, {"fields": fields}, access=access, said=said)
    except GraphRefused as refusal:
        if refusal.is_gone:
            return {}
        raise
