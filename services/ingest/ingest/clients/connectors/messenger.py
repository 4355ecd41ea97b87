"""A Facebook page's inbox."""

from collections.abc import Sequence
from datetime import datetime

from huiying.events.interactions import Interaction
from ingest.clients.connectors.abilities import Feed, Listed
from ingest.clients.connectors.connector import Access
from ingest.clients.connectors.meta_conversations import CONVERSATIONS, list_conversations
from ingest.clients.connectors.meta_page import PageConnector


class MessengerConnector(PageConnector):
    """The page's private side; what is said in public through the same app is read and answered too."""

    platform = "messenger"
    needed_fields = frozenset({"messages"})
    feeds: Sequence[Feed] = (CONVERSATIONS,)

    def woken(self, interactions: Sequence[Interaction]) -> Sequence[str]:
        return ()

    async def list_feed(
        self, feed: str, *, since: datetime, cursor: str | None, access: Access, now: datetime
    ) -> Listed:
        return await list_conversations(
            self.platform, since=since, cursor=cursor, graph=self.graph, access=access, now=now
        )
