"""Telling Meta what to deliver: an app has one address for each of its products, and pages that it listens to."""

from typing import Any

import msgspec

from ingest.clients.connectors.abilities import Subscription, SubscriptionState
from ingest.clients.connectors.connector import Access
from ingest.clients.connectors.credentials import secrets
from ingest.clients.connectors.foreign import list_of, mapping_of, text_of
from ingest.clients.connectors.meta_graph import Graph, path_part

# Whoever subscribes says all that he wants, so what a page's comments and what its inbox needs is asked for together.
PAGE_FIELDS = frozenset({
    "feed", "mention", "messages", "messaging_postbacks", "messaging_referrals", "message_deliveries", "message_echoes",
    "message_edits", "message_reactions", "message_reads", "standby",
})  # fmt: skip


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be delivered: an app's fields of one product, those of its page, and which of the latter matter."""

    product: str
    app_fields: frozenset[str]
    page_fields: frozenset[str]
    needed: frozenset[str]


async def subscribe(wish: Wish, hook_url: str, *, graph: Graph, access: Access) -> Subscription:
    """Listen to the page, and, where the account knows its app's id, have the app deliver to this address.

    The address is the whole app's, so accounts that share an app share the hook of whoever subscribed last.
    """
    said = "subscribing:"
    app = _app_of(access)
    if app is not None:
        app_id, token = app
        content = {
            "object": wish.product,
            "callback_url": hook_url,
            "verify_token": secrets(access.credentials, "verify_token")[0],
            "fields": ",".join(sorted(wish.app_fields)),
        }
        path = f"/{app_id}/subscriptions"
        await graph.call("POST", path, access=access, said=said, content=content, token=token)
    fields = {"subscribed_fields": ",".join(sorted(wish.page_fields))}
    await graph.call("POST", "/me/subscribed_apps", access=access, said=said, content=fields)
    return await look_up(wish, hook_url, graph=graph, access=access)


async def look_up(wish: Wish, hook_url: str, *, graph: Graph, access: Access) -> Subscription:
    """Whether the page is listened to, and, where the account knows its app's id, whether the app delivers here."""
    said = "looking up the subscription:"
    app = _app_of(access)
    if app is not None:
        app_id, token = app
        answer = await graph.call("GET", f"/{app_id}/subscriptions", access=access, said=said, token=token)
        elsewhere = _other_address(answer, wish.product, hook_url)
        if elsewhere is not None:
            return Subscription(state=SubscriptionState.INACTIVE, detail=elsewhere)
    answer = await graph.call("GET", "/me/subscribed_apps", access=access, said=said)
    ours = [
        item
        for item in map(mapping_of, list_of(answer.get("data")))
        if app is None or text_of(item.get("id")) == app[0]
    ]
    if not ours:
        return Subscription(state=SubscriptionState.INACTIVE, detail="the app is not subscribed to anything")
    missing = wish.needed - {field for item in ours for field in list_of(item.get("subscribed_fields"))}
    if missing:
        detail = f"the app is not subscribed to {', '.join(sorted(missing))}"
        return Subscription(state=SubscriptionState.INACTIVE, detail=detail)
    unknown = None if app is not None else "without app_id nobody can tell which address the app delivers to"
    return Subscription(state=SubscriptionState.ACTIVE, detail=unknown)


def _app_of(access: Access) -> tuple[str, str] | None:
    """The app's id and its token, which is the id and its secret."""
    app_id = next(iter(access.credentials.get("app_id", ())), None)
    if app_id is None:
        return None
    return path_part(app_id), f"{app_id}|{secrets(access.credentials, 'app_secret')[0]}"


def _other_address(answer: dict[str, Any], product: str, hook_url: str) -> str | None:
    found = [item for item in map(mapping_of, list_of(answer.get("data"))) if item.get("object") == product]
    if not found:
        return f"the app delivers nothing of {product}"
    if found[0].get("callback_url") != hook_url or found[0].get("active") is False:
        return "the app delivers to another address"
    return None
