"""What a WhatsApp message holds: words, media, places, cards, choices."""

from collections.abc import Mapping
from typing import Any

from huiying.events.interactions import Attachment
from ingest.clients.connectors.foreign import list_of, mapping_of, text_of

_MEDIA = frozenset({"image", "video", "audio", "voice", "document", "sticker"})
_CHOICES = ("button_reply", "list_reply")
_KEPT = ("referral", "order", "errors", "pricing", "conversation", "biz_opaque_callback_data", "origin")


def text_in(kind: str, message: Mapping[str, Any]) -> str | None:
    """The words of a message of that kind: its text, a caption, or what a choice is called."""
    part = mapping_of(message.get(kind))
    match kind:
        case "text":
            return text_of(part.get("body"))
        case "button":
            return text_of(part.get("text"))
        case "interactive":
            return text_of(_chosen(part).get("title")) or text_of(mapping_of(part.get("nfm_reply")).get("body"))
        case "order":
            return text_of(part.get("text"))
    return text_of(part.get("caption"))


def attachments_in(kind: str, message: Mapping[str, Any]) -> tuple[Attachment, ...]:
    """What comes with it. Media have ids, by which alone they can be had."""
    part = mapping_of(message.get(kind))
    if kind in _MEDIA:
        media_id, url = text_of(part.get("id")), text_of(part.get("url"))
        return (Attachment(kind=kind, url=url, media_id=media_id, title=text_of(part.get("filename"))),)
    if kind == "location":
        return (Attachment(kind=kind, url=text_of(part.get("url")), title=_place(part)),)
    if kind == "contacts":
        cards = [mapping_of(item) for item in list_of(message.get(kind))]
        return tuple(Attachment(kind="contact", title=_card(card)) for card in cards)
    return ()


def details_in(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What nobody should branch on, but somebody may want to see: an advertisement it came by, an order, an error."""
    details = {name: raw[name] for name in _KEPT if raw.get(name)}
    payload = text_of(mapping_of(raw.get("button")).get("payload"))
    chosen = text_of(_chosen(mapping_of(raw.get("interactive"))).get("id"))
    if payload or chosen:
        details["payload"] = payload or chosen
    if mapping_of(raw.get("context")).get("forwarded") is True:
        details["is_forwarded"] = True
    return details


def _chosen(interactive: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((mapping_of(interactive[name]) for name in _CHOICES if name in interactive), {})


def _place(part: Mapping[str, Any]) -> str | None:
    where = ", ".join(str(part[name]) for name in ("latitude", "longitude") if isinstance(part.get(name), int | float))
    named = [text for text in (text_of(part.get("name")), text_of(part.get("address")), where or None) if text]
    return " · ".join(named) or None


def _card(card: Mapping[str, Any]) -> str | None:
    name = text_of(mapping_of(card.get("name")).get("formatted_name"))
    phones = [text_of(mapping_of(phone).get("phone")) for phone in list_of(card.get("phones"))]
    return " · ".join(text for text in (name, *phones) if text) or None
