"""Whatever a change on Instagram or WhatsApp holds, it is told, the same each time, and nothing else can happen."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clients.connectors.table import CONNECTORS

NOW = datetime(2026, 9, 21, tzinfo=UTC)

_KINDS = st.sampled_from([
    "text", "image", "location", "contacts", "interactive", "button", "order", "reaction", "edit", "revoke", "system",
    "unsupported", "request_welcome", "hologram", "",
])  # fmt: skip
_NAMES = st.sampled_from([
    "id", "comment_id", "media_id", "text", "from", "username", "media", "parent_id", "timestamp", "metadata",
    "phone_number_id", "contacts", "wa_id", "user_id", "profile", "name", "messages", "statuses", "message_echoes",
    "from_user_id", "group_id", "type", "context", "emoji", "message_id", "original_message_id", "message", "body",
    "caption", "status", "recipient_id", "recipient_type", "errors", "referral", "phones", "latitude", "button_reply",
])  # fmt: skip
_LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()
)
_JSON = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=8),
    max_leaves=25,
)
_OBJECT = st.dictionaries(_NAMES, _JSON, max_size=8)


def read(platform: str, product: str, changes: list[object]) -> int:
    body = msgspec.json.encode({"object": product, "entry": [{"id": "1", "time": 1790000000, "changes": changes}]})
    first, again = (CONNECTORS[platform].normalise_body(body, content_type="", received_at=NOW) for _ in range(2))
    assert [one.id for one in first] == [one.id for one in again]
    for one in first:
        assert one.object.id
        assert one.occurred_at.tzinfo is UTC
        assert b"\\u0000" not in msgspec.json.encode(one)
    return len(first)


@pytest.mark.parametrize("field", ["comments", "live_comments", "mentions", "story_insights"])
@given(value=_OBJECT | _JSON)
def test_any_change_on_instagram_is_told_once(field: str, value: object) -> None:
    assert read("instagram", "instagram", [{"field": field, "value": value}, value, None]) == 3


@given(value=_OBJECT, kind=_KINDS, part=_JSON, message=_OBJECT, status=_OBJECT)
def test_any_message_on_whatsapp_is_told_once(
    value: dict[str, object], kind: str, part: object, message: dict[str, object], status: dict[str, object]
) -> None:
    said = {**value, "messages": [{**message, "type": kind, kind: part}, part], "statuses": [status]}
    echoed = {**value, "message_echoes": [{**message, "type": kind, kind: part}]}

    told = read(
        "whatsapp",
        "whatsapp_business_account",
        [{"field": "messages", "value": said}, {"field": "smb_message_echoes", "value": echoed}, part],
    )

    assert told == 5
