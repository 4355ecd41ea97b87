"""A number on WhatsApp's Cloud API: messages, both ways, and what became of ours."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from huiying.events.interactions import Interaction
from huiying.events.moderation import ModerationKind
from huiying.events.replies import ReplyAttachment
from ingest.clients.connectors.abilities import Moderation, Subscription, SubscriptionState
from ingest.clients.connectors.connector import Access, CallRefused, Limit, LimitScope, OutgoingReply, Sent
from ingest.clients.connectors.credentials import any_text, secrets
from ingest.clients.connectors.foreign import list_of, mapping_of, text_of
from ingest.clients.connectors.meta import MetaHook, changes_in
from ingest.clients.connectors.meta_entry import Entry
from ingest.clients.connectors.meta_graph import Graph, path_part
from ingest.clients.connectors.meta_send import send_in_turn
from ingest.clients.connectors.meta_usage import Usage
from ingest.clients.connectors.whatsapp_messages import read_change
from ingest.clients.connectors.whatsapp_people import PHONE, USER_ID

_OUTSIDE_WINDOW = frozenset({131047})
_ATTACHABLE = frozenset({"image", "video", "audio", "document"})
_CAPTIONED = frozenset({"image", "video", "document"})


class WhatsAppConnector(MetaHook):
    """One number. Its account is named by the number's id, which is not the number."""

    platform = "whatsapp"
    product = "whatsapp_business_account"
    # An entry is of a business, each change in it of one of that one's numbers.
    names_account = False
    sends_are_idempotent = False
    # Documented: 80 messages a second for a number, of which one to a person every six seconds, saved up for a while.
    limits: Sequence[Limit] = (
        Limit(count=80, per=timedelta(seconds=1)),
        Limit(count=10, per=timedelta(minutes=1), scope=LimitScope.CONVERSATION),
    )
    further_credentials = MappingProxyType({"waba_id": any_text})

    def __init__(self, usage: Usage) -> None:
        self._graph = Graph(usage)

    def read_entry(self, raw: dict[str, Any], entry: Entry) -> Sequence[Interaction]:
        return [interaction for change in changes_in(raw) for interaction in read_change(change, entry)]

    async def send(self, reply: OutgoingReply, *, access: Access) -> Sent:
        # What became of it is told with our own id for it.
        ours = {"messaging_product": "whatsapp", "biz_opaque_callback_data": reply.reply_id}
        envelope = {**ours, **_recipient(reply)}
        contents = [{**envelope, **part} for part in _parts(reply)]
        path = f"{_number(access)}/messages"
        answer = await send_in_turn(
            contents, path, reply, graph=self._graph, access=access, window_codes=_OUTSIDE_WINDOW
        )
        return Sent(object_id=_message_id(answer))

    async def moderate(self, moderation: Moderation, *, access: Access) -> None:
        target, kind = moderation.target, moderation.kind
        said = f"{kind} {target.object_id}:"
        if kind not in {ModerationKind.LIKE, ModerationKind.UNLIKE}:
            raise CallRefused(f"{said} WhatsApp has no way to do this")
        emoji = "👍" if kind is ModerationKind.LIKE else ""
        to = _reached(target.handle, target.counterpart_id or target.conversation_id, said)
        content = {
            "messaging_product": "whatsapp",
            **to,
            "type": "reaction",
            "reaction": {"message_id": target.object_id, "emoji": emoji},
        }
        path = f"{_number(access)}/messages"
        await self._graph.call("POST", path, access=access, said=said, content=content, window_codes=_OUTSIDE_WINDOW)

    async def subscribe(self, hook_url: str, *, access: Access) -> Subscription:
        said = "subscribing:"
        waba_id = next(iter(access.credentials.get("waba_id", ())), None)
        if waba_id is not None:
            await self._graph.call("POST", f"/{path_part(waba_id)}/subscribed_apps", access=access, said=said)
        address = {"override_callback_uri": hook_url, "verify_token": secrets(access.credentials, "verify_token")[0]}
        content = {"webhook_configuration": address}
        await self._graph.call("POST", _number(access), access=access, said=said, content=content)
        return await self.look_up_subscription(hook_url, access=access)

    async def look_up_subscription(self, hook_url: str, *, access: Access) -> Subscription:
        said = "looking up the subscription:"
        waba_id = next(iter(access.credentials.get("waba_id", ())), None)
        if waba_id is not None:
            path = f"/{path_part(waba_id)}/subscribed_apps"
            answer = await self._graph.call("GET", path, access=access, said=said)
            if not list_of(answer.get("data")):
                detail = "no app is subscribed to the WhatsApp business account"
                return Subscription(state=SubscriptionState.INACTIVE, detail=detail)
        params = {"fields": "webhook_configuration"}
        answer = await self._graph.call("GET", _number(access), access=access, said=said, params=params)
        addresses = mapping_of(answer.get("webhook_configuration"))
        # The number's own address wins over the business account's, and that over the app's.
        where = next((addresses[name] for name in _ADDRESSES if addresses.get(name)), None)
        if where != hook_url:
            return Subscription(state=SubscriptionState.INACTIVE, detail="the number delivers to another address")
        return Subscription(state=SubscriptionState.ACTIVE)


_ADDRESSES = ("phone_number", "whatsapp_business_account", "application")


def _number(access: Access) -> str:
    return f"/{path_part(access.account.external_id)}"


def _recipient(reply: OutgoingReply) -> dict[str, str]:
    target = reply.target
    someone = target.counterpart_id or target.conversation_id
    return _reached(target.handle, someone, f"reply {reply.reply_id}:")


def _reached(handle: Mapping[str, str], someone: str | None, said: str) -> dict[str, str]:
    """How WhatsApp is told to whom: a group, a number, or, where there is none, a business-scoped id."""
    if "group" in handle:
        return {"recipient_type": "group", "to": handle["group"]}
    if PHONE in handle:
        return {"recipient_type": "individual", "to": handle[PHONE]}
    scoped = handle.get(USER_ID) or someone
    if scoped is None:
        raise CallRefused(f"{said} nobody is known whom a message could be sent to")
    # A number is digits; an id begins with its country.
    name = "to" if scoped.lstrip("+").isdigit() else "recipient"
    return {"recipient_type": "individual", name: scoped}


def _parts(reply: OutgoingReply) -> list[dict[str, Any]]:
    """The messages that the reply makes: the text is the last attachment's caption where that can have one."""
    parts = [_attached(attachment) for attachment in reply.attachments]
    if not reply.text:
        return parts
    kind = parts[-1]["type"] if parts else None
    if kind in _CAPTIONED:
        parts[-1][str(kind)]["caption"] = reply.text
        return parts
    return [*parts, {"type": "text", "text": {"body": reply.text}}]


def _attached(attachment: ReplyAttachment) -> dict[str, Any]:
    kind = attachment.kind if attachment.kind in _ATTACHABLE else "document"
    return {"type": kind, kind: {"link": attachment.url}}


def _message_id(answer: Mapping[str, Any]) -> str | None:
    messages = list_of(answer.get("messages"))
    return text_of(mapping_of(messages[0]).get("id")) if messages else None
