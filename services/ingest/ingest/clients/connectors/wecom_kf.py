"""Reading what WeCom's customer service (微信客服) gives to who asks: messages of customers and staff, and events."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import msgspec

from huiying.events.interactions import (
    Action,
    Actor,
    Attachment,
    Capability,
    Direction,
    Interaction,
    Kind,
    Object,
    ReplyOptions,
    Target,
)
from ingest.clients.connectors.foreign import digest_of, from_seconds, mapping_of, storable, text_of
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.wecom_messages import PLATFORM, SERVICE_ACCOUNT

# After each message of a customer, so long and so often.
_WINDOW, _MOST_REPLIES = timedelta(hours=48), 5

# Where a message came from.
_FROM_CUSTOMER, _FROM_STAFF = 3, 5

_ATTACHMENTS: Mapping[str, str] = MappingProxyType(
    {
        "image": "image",
        "voice": "audio",
        "video": "video",
        "file": "file",
        "location": "location",
        "link": "link",
        "business_card": "card",
        "miniprogram": "card",
        "channels_shop_product": "card",
        "channels_shop_order": "card",
        "channels": "card",
        "merged_msg": "card",
        "meeting": "card",
        "schedule": "card",
        "note": "card",
    }
)
_EVENTS: Mapping[str, tuple[Kind, Action]] = MappingProxyType(
    {
        "enter_session": (Kind.COMMAND, Action.ENTERED),
        "msg_send_fail": (Kind.RECEIPT, Action.UNKNOWN),
        "user_recall_msg": (Kind.MESSAGE, Action.DELETED),
        "servicer_recall_msg": (Kind.MESSAGE, Action.DELETED),
        "servicer_status_change": (Kind.SYSTEM, Action.UPDATED),
        "session_status_change": (Kind.SYSTEM, Action.UPDATED),
        "reject_customer_msg_switch_change": (Kind.SYSTEM, Action.UPDATED),
    }
)
_BY_CUSTOMER = frozenset({"enter_session", "user_recall_msg"})
_EVENT_DETAILS = ("scene", "scene_param", "fail_type", "status", "change_type", "old_servicer_userid")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One element of the list, and what all sorts of them have in common."""

    element: Mapping[str, Any]
    event: Mapping[str, Any]
    origin: Origin

    def text(self, name: str) -> str | None:
        """A field of the element, which an event has one level deeper."""
        return text_of(self.element.get(name)) or text_of(self.event.get(name))

    @property
    def at(self) -> datetime | None:
        """When it was sent."""
        return from_seconds(self.element.get("send_time"))

    @property
    def extensions(self) -> dict[str, Any]:
        """What nobody should branch on."""
        details = {name: value for name in _EVENT_DETAILS if (value := text_of(self.event.get(name)))}
        names = {SERVICE_ACCOUNT: self.text("open_kfid"), "servicer_userid": self.text("servicer_userid")}
        content = self.element.get(text_of(self.element.get("msgtype")) or "")
        more = (
            {"content": storable(content)}
            if content and not self.event and "content" not in mapping_of(content)
            else {}
        )
        return {name: value for name, value in names.items() if value} | details | more


def read_element(raw: object, origin: Origin) -> Interaction:
    """What one element of `msg_list` tells; of kind `unknown` if we have no word for it."""
    element = mapping_of(raw)
    told = Told(element=element, event=mapping_of(element.get("event")), origin=origin)
    msg_type = text_of(element.get("msgtype")) or "unnamed"
    if msg_type == "event":
        return _event(told)
    is_known = element.get("origin") in (_FROM_CUSTOMER, _FROM_STAFF) and told.text("external_userid")
    if not is_known or (msg_type not in _ATTACHMENTS and msg_type not in {"text", "msgmenu"}):
        return _unknown(told, f"kf.{msg_type}")
    return _message(told, msg_type, is_staff=element.get("origin") == _FROM_STAFF)


def _message(told: Told, msg_type: str, *, is_staff: bool) -> Interaction:
    content = mapping_of(told.element.get(msg_type))
    message_id = told.text("msgid") or digest_of(told.element)
    thing = Object(
        id=message_id,
        text=text_of(content.get("content")) or text_of(content.get("head_content")),
        attachments=_attachments(content, msg_type),
    )
    return _interaction(
        told,
        (Kind.MESSAGE, Action.CREATED),
        native_key=f"kf:{message_id}",
        thing=thing,
        actor=_staff(told) if is_staff else _customer(told),
        raw_kind=f"kf.{msg_type}",
    )


def _event(told: Told) -> Interaction:
    name = told.text("event_type") or "unnamed"
    known = _EVENTS.get(name)
    if known is None:
        return _unknown(told, f"kf.event.{name}")
    concerned = told.text("recall_msgid") or told.text("fail_msgid")
    key = text_of(told.element.get("msgid")) or digest_of(told.element)
    actor = _customer(told) if name in _BY_CUSTOMER else _staff(told) if name == "servicer_recall_msg" else None
    # A message is recalled but once, so its own id says more than that of the event.
    native_key = f"kf:{concerned}:deleted" if known[1] is Action.DELETED and concerned else f"kf:event:{key}"
    thing = Object(id=concerned or key)
    return _interaction(told, known, native_key=native_key, thing=thing, actor=actor, raw_kind=f"kf.event.{name}")


def _unknown(told: Told, raw_kind: str) -> Interaction:
    # What is fetched has no delivery that would keep its bytes, so it is kept here.
    kept = {**told.extensions, "element": storable(told.element)}
    unknown = told.origin.unknown(told.element, platform=PLATFORM, raw_kind=raw_kind, event=told.at)
    return msgspec.structs.replace(unknown, extensions=kept)


def _interaction(
    told: Told,
    what: tuple[Kind, Action],
    *,
    native_key: str,
    thing: Object,
    actor: Actor | None,
    raw_kind: str,
) -> Interaction:
    origin, customer = told.origin, told.text("external_userid")
    occurred_at, source = origin.when(told.at)
    direction = Direction.SYSTEM if actor is None else Direction.OUTBOUND if actor.is_self else Direction.INBOUND
    is_answerable = what == (Kind.MESSAGE, Action.CREATED) and direction is Direction.INBOUND
    return Interaction(
        id=origin.identify(PLATFORM, native_key),
        platform=PLATFORM,
        kind=what[0],
        action=what[1],
        direction=direction,
        account=origin.account,
        actor=actor,
        object=thing,
        target=Target(conversation_id=customer) if customer else None,
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        reply=_answers(told, occurred_at) if is_answerable else ReplyOptions(),
        verified=origin.verified,
        raw_kind=raw_kind,
        extensions=told.extensions,
    )


def _answers(told: Told, occurred_at: datetime) -> ReplyOptions:
    service_account = told.text("open_kfid")
    return ReplyOptions(
        capabilities=(Capability.DIRECT_MESSAGE,),
        window_expires_at=occurred_at + _WINDOW,
        max_replies=_MOST_REPLIES,
        handle={SERVICE_ACCOUNT: service_account} if service_account else {},
    )


def _customer(told: Told) -> Actor | None:
    customer = told.text("external_userid")
    return Actor(id=customer) if customer else None


def _staff(told: Told) -> Actor:
    return Actor(id=told.text("servicer_userid") or told.origin.account.external_id, is_self=True)


def _attachments(content: Mapping[str, Any], msg_type: str) -> tuple[Attachment, ...]:
    kind = _ATTACHMENTS.get(msg_type)
    if kind is None:
        return ()
    titles = (text_of(content.get(name)) for name in ("title", "name", "product_titles", "userid", "nickname"))
    return (
        Attachment(
            kind=kind,
            url=text_of(content.get("url")) or text_of(content.get("image_url")) or text_of(content.get("head_img")),
            media_id=text_of(content.get("media_id")) or text_of(content.get("thumb_media_id")),
            title=next((title for title in titles if title), None),
        ),
    )
