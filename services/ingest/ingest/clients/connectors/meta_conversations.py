"""The messages of a page or an Instagram account, as Meta's conversations list them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from huiying.events.interactions import Interaction
from ingest.clients.connectors.abilities import Feed, Listed
from ingest.clients.connectors.connector import Access
from ingest.clients.connectors.foreign import list_of, mapping_of, text_of
from ingest.clients.connectors.meta_entry import Entry
from ingest.clients.connectors.meta_graph import Graph
from ingest.clients.connectors.meta_lists import NestedList, list_nested
from ingest.clients.connectors.meta_messages import message_of

CONVERSATIONS = Feed(name="conversations", every=timedelta(minutes=10), is_pushed=True)

_TOLD_COUNT = 20
_MESSAGE_FIELDS = "id,created_time,from,to,message,attachments"


async def list_conversations(
    platform: str, *, since: datetime, cursor: str | None, graph: Graph, access: Access, now: datetime
) -> Listed:
    """One page: the conversations that somebody spoke in since then, with the newest messages of each.

    Of messages before the last twenty Meta says that they were deleted, so nobody can find those.
    """
    entry = Entry.polled(access, now=now)

    def read(conversation: Mapping[str, Any], message: Mapping[str, Any]) -> Interaction | None:
        return message_of(message, entry, platform=platform, person=_person(message, entry))

    nested = NestedList(
        path="/me/conversations",
        params={"platform": platform},
        fields=("id", "updated_time"),
        outer_time="updated_time",
        outer_since=since,
        edge="messages",
        inner_fields=_MESSAGE_FIELDS,
        inner_time="created_time",
        inner_count=_TOLD_COUNT,
        goes_on=False,
        since=since,
    )
    return await list_nested(nested, read, cursor=cursor, graph=graph, access=access, said="conversations:")


def _person(message: Mapping[str, Any], entry: Entry) -> str | None:
    receivers = list_of(mapping_of(message.get("to")).get("data"))
    everybody = (text_of(mapping_of(one).get("id")) for one in (message.get("from"), *receivers))
    return next((someone for someone in everybody if someone is not None and not entry.is_page(someone)), None)
