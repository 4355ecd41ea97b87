"""What is in a private message on Douyin: its words, and what came with them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from huiying.events.interactions import Attachment
from ingest.clients.connectors.foreign import list_of, mapping_of, text_of

_TEXT = "text"
_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "image": "image",
        "user_local_image": "image",
        "video": "video",
        "user_local_video": "video",
        "emoji": "sticker",
        "retain_consult_card": "card",
    }
)


def text_in(content: Mapping[str, Any]) -> str | None:
    """The words of a message; those that somebody put into a form are told line by line."""
    said = text_of(content.get("text")) or text_of(mapping_of(content.get("text")).get("text"))
    return said or "\n".join(_lines(content)) or None


def attachments_of(content: Mapping[str, Any]) -> tuple[Attachment, ...]:
    """What is not words. Douyin gives no address for pictures and videos: they are seen in its own app."""
    sort = text_of(content.get("message_type")) or _TEXT
    if sort == _TEXT:
        return ()
    return (
        Attachment(
            kind=_KINDS.get(sort, sort),
            url=text_of(content.get("resource_url")) or text_of(content.get("link_url")),
            media_id=text_of(content.get("item_id")) or text_of(content.get("card_id")),
            title=text_of(content.get("title")),
        ),
    )


def _lines(content: Mapping[str, Any]) -> list[str]:
    fields = (mapping_of(field) for field in list_of(content.get("card_data")))
    pairs = ((text_of(field.get("label")), text_of(field.get("value"))) for field in fields)
    return [f"{label}: {value}" for label, value in pairs if label and value]
