"""Whatever a stranger sends becomes interactions or is called unreadable; nothing else can happen."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.events.interactions import Kind
from ingest.clients.connectors.connector import Unreadable
from ingest.clients.connectors.table import CONNECTORS

NOW = datetime(2026, 9, 21, tzinfo=UTC)
PLATFORMS = sorted(CONNECTORS)

# Words that the readers look for, so that chance gets past the first door.
_WORDS = st.sampled_from([
    "page", "feed", "mention", "comment", "reaction", "like", "share", "status", "add", "remove", "edited", "love",
    "comment.created", "message.deleted", "follow.removed", "react", "unreact", "text", "event", "subscribe", "CLICK",
    "2026-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "1790000000", "9" * 30, "\x00", "a:b", "", "😀",
])  # fmt: skip
_NAMES = st.sampled_from([
    "object", "entry", "id", "time", "changes", "messaging", "standby", "field", "value", "item", "verb", "comment_id",
    "post_id", "parent_id", "from", "name", "created_time", "message", "sender", "recipient", "timestamp", "mid",
    "text", "attachments", "payload", "url", "type", "data", "author", "post", "platform", "conversation_id",
    "reaction", "read", "delivery", "mids", "postback", "message_edit", "num_edit", "is_echo", "is_deleted", "reply_to",
    "followers", "ToUserName", "FromUserName", "CreateTime", "MsgType", "Event", "MsgId", "Content", "Encrypt",
    "sender_id",
])  # fmt: skip
_LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(), _WORDS
)
_JSON = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES | st.text(max_size=5), inner, max_size=8),
    max_leaves=30,
)


def check_reading(platform: str, body: bytes) -> int | None:
    """How many interactions the body tells, the same each time, each fit to be stored; None if it is unreadable."""
    try:
        interactions = CONNECTORS[platform].normalise_body(body, content_type="", received_at=NOW)
    except Unreadable:
        return None
    again = CONNECTORS[platform].normalise_body(body, content_type="", received_at=NOW)
    assert [interaction.id for interaction in interactions] == [interaction.id for interaction in again]
    for interaction in interactions:
        said = msgspec.json.encode(interaction)
        assert b"\\u0000" not in said
        assert interaction.object.id
        assert interaction.occurred_at.tzinfo is UTC
    return len(interactions)


@pytest.mark.parametrize("platform", PLATFORMS)
@given(body=st.binary())
def test_any_bytes_are_read_or_unreadable(platform: str, body: bytes) -> None:
    check_reading(platform, body)


@pytest.mark.parametrize("platform", PLATFORMS)
@given(value=_JSON)
def test_any_json_is_read_or_unreadable(platform: str, value: object) -> None:
    check_reading(platform, msgspec.json.encode(value))


@pytest.mark.parametrize("platform", ["facebook", "messenger"])
@given(value=_JSON, field=st.sampled_from(["feed", "mention", "foo"]), item=_WORDS, verb=_WORDS)
def test_any_change_is_told_once(platform: str, value: object, field: str, item: str, verb: str) -> None:
    change = {"field": field, "value": {"item": item, "verb": verb, **(value if isinstance(value, dict) else {})}}
    body = msgspec.json.encode({"object": "page", "entry": [{"id": "1", "changes": [change, value, None]}]})

    interactions = CONNECTORS[platform].normalise_body(body, content_type="", received_at=NOW)

    assert len(interactions) == 3
    check_reading(platform, body)


@pytest.mark.parametrize("name", ["message", "message_edit", "postback", "reaction", "read", "delivery", "referral"])
@given(part=_JSON, sender=_LEAVES, timestamp=_LEAVES)
def test_any_messenger_element_is_told_once(name: str, part: object, sender: object, timestamp: object) -> None:
    element = {"sender": {"id": sender}, "recipient": {"id": "1"}, "timestamp": timestamp, name: part}
    body = msgspec.json.encode({"object": "page", "entry": [{"id": "1", "messaging": [element], "standby": [part]}]})

    interactions = CONNECTORS["messenger"].normalise_body(body, content_type="", received_at=NOW)

    assert len(interactions) == 2
    check_reading("messenger", body)


@given(fields=st.dictionaries(_NAMES, _LEAVES), kind=_WORDS, event=_WORDS)
def test_any_push_is_told_once(fields: dict[str, object], kind: str, event: str) -> None:
    body = msgspec.json.encode({**fields, "MsgType": kind or "x", "Event": event})

    assert check_reading("wechat_oa", body) in {1, None}


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("depth", [65, 900, 100_000])
def test_nesting_that_nobody_means_is_unreadable(platform: str, depth: int) -> None:
    with pytest.raises(Unreadable):
        CONNECTORS[platform].normalise_body(
            b'{"entry":[],"a":' + b"[" * depth + b"]" * depth + b"}", content_type="", received_at=NOW
        )


@pytest.mark.parametrize("body", [b"NaN", b'{"a":Infinity}', b"{}{}", b'{"a":1,}', b'"\xff"', b"\xfe\xff{}"])
@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_only_nearly_is_json_is_unreadable(platform: str, body: bytes) -> None:
    with pytest.raises(Unreadable):
        CONNECTORS[platform].normalise_body(body, content_type="", received_at=NOW)


def test_a_character_cut_in_half_costs_only_itself() -> None:
    body = rb'{"type":"comment.created","data":{"id":"1","text":"good \ud83d"}}'

    (interaction,) = CONNECTORS["generic"].normalise_body(body, content_type="", received_at=NOW)

    assert interaction.object.text == "good ?"


def test_what_another_product_of_meta_sends_is_kept_as_unknown() -> None:
    body = b'{"object":"instagram","entry":[{"id":"1","changes":[{"field":"comments","value":{"id":"2"}}]}]}'

    (interaction,) = CONNECTORS["facebook"].normalise_body(body, content_type="", received_at=NOW)

    assert (interaction.kind, interaction.raw_kind) == (Kind.UNKNOWN, "instagram")
