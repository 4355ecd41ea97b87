"""What is in a message to a QQ bot: its words, who is called in it, and what came with it."""

import re
from collections.abc import Mapping
from typing import Any

from huiying.events.interactions import Attachment, Mention
from ingest.clients.connectors.foreign import list_of, mapping_of, text_of

_CALLS = re.compile(r"^\s*(?:<@!?\d{1,32}>\s*)+")


def words_in(part: Mapping[str, Any], *, is_called: bool) -> tuple[str | None, tuple[Mention, ...]]:
    """The text without the call that it begins with, and who is called."""
    said = text_of(part.get("content")) or ""
    named = [mapping_of(one) for one in list_of(part.get("mentions"))]
    mentions = tuple(
        Mention(id=text_of(one.get("id")), username=text_of(one.get("username")), is_self=one.get("bot") is True)
        for one in named
    )
    if not is_called:
        return said or None, mentions
    # In a group QQ itself takes the call out, and leaves a blank.
    return _CALLS.sub("", said).strip() or None, mentions or (Mention(is_self=True),)


def attachments_of(part: Mapping[str, Any]) -> tuple[Attachment, ...]:
    """The pictures, sounds and files that came with it."""
    items = (mapping_of(item) for item in list_of(part.get("attachments")))
    return tuple(
        Attachment(
            kind=_sort_of(text_of(item.get("content_type")) or "file"),
            url=_address(text_of(item.get("url"))),
            title=text_of(item.get("filename")),
        )
        for item in items
    )


def _sort_of(content_type: str) -> str:
    sort = content_type.partition("/")[0]
    return {"voice": "audio"}.get(sort, sort)


def _address(url: str | None) -> str | None:
    # In channels the scheme is left out.
    return url if url is None or "://" in url else f"https://{url}"
