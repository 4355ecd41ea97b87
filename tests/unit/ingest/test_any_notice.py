"""Whatever X, TikTok or LinkedIn puts into its envelopes, each thing in them is told, once, and the same each time."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.clients.connectors.linkedin_notifications import ACTIONS
from tests.unit.ingest.test_any_input import check_reading

_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=8),
    st.sampled_from(["1", "0", "-7", "2026-09-21T14:00:00Z", "1790000000123", "urn:li:comment:(activity:1,2)", "a-b"]),
)
_NAMES = st.sampled_from([
    "id", "id_str", "text", "author_id", "created_at", "conversation_id", "in_reply_to_user_id", "referenced_tweets",
    "type", "entities", "mentions", "user", "users", "data", "source", "target", "liked_tweet_id", "timestamp_ms",
    "direct_message_events", "message_create", "sender_id", "message_data", "user_id", "edit_history_tweet_ids",
    "status",
    "comment_id", "video_id", "comment_action", "timestamp", "unique_identifier", "message_id", "from_user", "reaction",
    "original_msg_id", "operation", "read", "last_read_timestamp", "referral", "post_id", "type_of_event",
    "owner", "message", "entity", "comment", "share", "lastModifiedAt", "notificationId", "parentComment",
])  # fmt: skip
_JSON = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=8),
    max_leaves=16,
)
_OBJECTS = st.dictionaries(_NAMES, _JSON, max_size=10)
_X_EVENTS = (
    "post.create", "post.reply.create", "post.delete", "like.create", "follow.follow", "follow.unfollow", "dm.received",
    "dm.sent", "chat.received", "oauth.revoke", "profile.update.bio", "",
)  # fmt: skip
_X_LISTS = (
    "tweet_create_events", "tweet_delete_events", "favorite_events", "follow_events", "direct_message_events",
    "direct_message_mark_read_events", "block_events",
)  # fmt: skip
_TIKTOK_EVENTS = (
    "comment.update", "brand.mention.event", "im_receive_msg", "im_send_msg", "im_mark_read_msg", "im_referral_msg",
    "im_receive_msg_eu", "post.publish.publicly_available", "authorization.removed", "video.publish.completed",
)  # fmt: skip


@settings(max_examples=150)
@given(event=st.sampled_from(_X_EVENTS), payload=_OBJECTS, includes=_JSON, filtered=_JSON)
def test_any_event_of_x_is_told(event: str, payload: object, includes: object, filtered: object) -> None:
    data = {"event_uuid": "-1", "event_type": event, "filter": filtered, "payload": payload, "includes": includes}

    count = check_reading("x", msgspec.json.encode({"data": data}))

    assert count is not None
    assert count >= 1


@settings(max_examples=150)
@given(name=st.sampled_from(_X_LISTS), events=st.lists(_JSON, min_size=1, max_size=4), users=_JSON)
def test_each_account_activity_is_told_once(name: str, events: list[object], users: object) -> None:
    body = msgspec.json.encode({"for_user_id": "1", name: events, "users": users})

    assert check_reading("x", body) == len(events)


@settings(max_examples=150)
@given(event=st.sampled_from(_TIKTOK_EVENTS), content=_OBJECTS, is_text=st.booleans(), at=_LEAVES, account=_LEAVES)
def test_any_notice_of_tiktok_is_told(event: str, content: object, is_text: bool, at: object, account: object) -> None:
    inner = msgspec.json.encode(content).decode() if is_text else content
    body = msgspec.json.encode({"event": event, "create_time": at, "user_openid": account, "content": inner})

    count = check_reading("tiktok", body)

    assert count is not None
    assert count >= 1


@settings(max_examples=150)
@given(
    action=st.sampled_from([*ACTIONS, "FOLLOW"]),
    notifications=st.lists(_OBJECTS | _JSON, max_size=4),
    made=_LEAVES,
    shown=_JSON,
)
def test_each_notification_of_linkedin_is_told_once(
    action: str, notifications: list[object], made: object, shown: object
) -> None:
    common = {"action": action, "generatedActivity": made, "decoratedGeneratedActivity": {"comment": shown}}
    told = [{**common, **one} if isinstance(one, dict) else one for one in notifications]

    assert check_reading("linkedin", msgspec.json.encode({"notifications": told})) == len(told)
