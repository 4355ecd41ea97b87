"""Whatever WeChat lists as a comment becomes an interaction, and its answer another; nothing else can happen."""

from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from huiying.events.deliveries import Proof
from huiying.events.interactions import AccountRef
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.wechat_articles import Article
from ingest.clients.connectors.wechat_comments import read_comment

ORIGIN = Origin(
    account=AccountRef(id="account-1", external_id="gh_1", brand="tea-house"),
    received_at=datetime(2026, 9, 21, tzinfo=UTC),
    verified=Proof.POLLED,
)

_NAMES = st.sampled_from(["user_comment_id", "openid", "create_time", "content", "comment_type", "reply"])
_LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["\x00", "", "17"])
_PARTS = st.dictionaries(_NAMES, _LEAVES, max_size=4)


@given(element=st.dictionaries(_NAMES, _LEAVES | _PARTS, max_size=6) | _LEAVES)
def test_any_comment_is_told(element: object) -> None:
    told = read_comment(element, Article(msg_data_id="7", place=1), ORIGIN)

    assert len(told) in {1, 2}
    for interaction in told:
        assert interaction.object.id
        assert b"\\u0000" not in msgspec.json.encode(interaction)
