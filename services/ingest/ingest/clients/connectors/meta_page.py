"""What a Facebook page's two sides have in common: its feed and its messages come through one app.

They arrive at whatever address that app has, so both connectors read both: what is said on the page is `facebook`, what
is said in private is `messenger`, whichever hook it came through.
"""

from collections.abc import Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from huiying.events.interactions import Interaction
from huiying.events.replies import Visibility
from ingest.clients.connectors.abilities import Subscription
from ingest.clients.connectors.connector import Access, CallRefused, Limit, LimitScope, OutgoingReply, Sent
from ingest.clients.connectors.credentials import any_text, one_of
from ingest.clients.connectors.facebook_changes import read_change
from ingest.clients.connectors.foreign import text_of
from ingest.clients.connectors.meta import MetaHook, changes_in, messages_in
from ingest.clients.connectors.meta_entry import Entry
from ingest.clients.connectors.meta_graph import Graph, path_part
from ingest.clients.connectors.meta_send import answer_in_private, send_message
from ingest.clients.connectors.meta_subscription import PAGE_FIELDS, Wish, look_up, subscribe
from ingest.clients.connectors.meta_usage import Usage

# What is answered on the page, or in private to who said it there.
_SAID_ON_THE_PAGE = frozenset({"comment", "mention", "post", "share"})


class PageConnector(MetaHook):
    """A page, both ways: answers go where they belong, whichever side the account is of."""

    product = "page"
    sends_are_idempotent = False
    # Documented for a page: 300 texts a second, or 10 sounds and films. Who writes by hand stays below the latter.
    limits: Sequence[Limit] = (Limit(count=10, per=timedelta(seconds=1), scope=LimitScope.ACCOUNT),)
    further_credentials = MappingProxyType({"app_id": any_text, "human_agent": one_of("yes", "no")})
    needed_fields: frozenset[str]

    def __init__(self, usage: Usage) -> None:
        self.graph = Graph(usage)

    def read_entry(self, raw: dict[str, Any], entry: Entry) -> Sequence[Interaction]:
        changes = [read_change(change, entry) for change in changes_in(raw)]
        return changes + messages_in(raw, entry, platform="messenger")

    async def send(self, reply: OutgoingReply, *, access: Access) -> Sent:
        if reply.target.kind not in _SAID_ON_THE_PAGE:
            return await send_message(reply, graph=self.graph, access=access)
        if reply.visibility is Visibility.PRIVATE:
            return await answer_in_private(reply, graph=self.graph, access=access)
        answer = await self.graph.call(
            "POST",
            f"/{path_part(reply.target.object_id)}/comments",
            access=access,
            said=f"reply {reply.reply_id}:",
            content=_comment(reply),
        )
        return Sent(object_id=text_of(answer.get("id")))

    async def subscribe(self, hook_url: str, *, access: Access) -> Subscription:
        return await subscribe(self._wish(), hook_url, graph=self.graph, access=access)

    async def look_up_subscription(self, hook_url: str, *, access: Access) -> Subscription:
        return await look_up(self._wish(), hook_url, graph=self.graph, access=access)

    def _wish(self) -> Wish:
        return Wish(product=self.product, app_fields=PAGE_FIELDS, page_fields=PAGE_FIELDS, needed=self.needed_fields)


def _comment(reply: OutgoingReply) -> dict[str, str]:
    if not reply.attachments:
        return {"message": reply.text}
    if len(reply.attachments) > 1 or reply.attachments[0].kind != "image":
        raise CallRefused(f"reply {reply.reply_id}: a comment takes one image, no other attachments")
    return {"message": reply.text, "attachment_url": reply.attachments[0].url}
