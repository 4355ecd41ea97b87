"""Whatever WeCom's customer service lists becomes one interaction each; nothing else can happen."""

from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ingest.clients.connectors.table import CONNECTORS

NOW = datetime(2026, 9, 21, tzinfo=UTC)

_NAMES = st.sampled_from(["msgid", "open_kfid", "external_userid", "send_time", "origin", "msgtype", "servicer_userid"])
_INNER = st.sampled_from(["content", "event_type", "recall_msgid", "fail_msgid", "media_id", "title", "scene", "url"])
_WORDS = st.sampled_from(
    ["text", "image", "event", "user_recall_msg", "enter_session", "merged_msg", "\x00", "", "wk-1"]
)
_LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | _WORDS | st.sampled_from([3, 4, 5])
_PARTS = st.dictionaries(_INNER | st.just("open_kfid"), _LEAVES | st.lists(_LEAVES, max_size=2), max_size=5)
_ELEMENTS = st.dictionaries(_NAMES, _LEAVES, max_size=7) | _LEAVES


@given(element=_ELEMENTS, part=_PARTS, name=st.sampled_from(["text", "event", "image", "merged_msg"]))
def test_any_element_is_told_once(element: object, part: object, name: str) -> None:
    whole = {"msgtype": name, **element, name: part} if isinstance(element, dict) else element
    body = msgspec.json.encode({"msg_list": [whole, part, None]})

    interactions = CONNECTORS["wecom"].normalise_body(body, content_type="", received_at=NOW)

    assert len(interactions) == 3
    for interaction in interactions:
        assert interaction.object.id
        assert b"\\u0000" not in msgspec.json.encode(interaction)
