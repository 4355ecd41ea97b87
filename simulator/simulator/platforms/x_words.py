"""How X words what it tells: users, posts, messages, and the envelope of the X Activity API around them."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from simulator.people import BRAND_NAME, Person

_FIRST_PERSON, _FIRST_POST = 1_600_000_000_000_000_000, 1_900_000_000_000_000_000
_HANDLE = "tanghulutea"


def person_id(person: Person) -> str:
    """A person's id at X."""
    return str(_FIRST_PERSON + person.number)


def post_id(number: int) -> str:
    """The id of the post of that number: 19 digits, more than a double can hold."""
    return str(_FIRST_POST + number)


def user(person: Person) -> dict[str, Any]:
    """A person as X shows them."""
    counted = {"followers_count": person.followers, "followers_count_str": str(person.followers), "tweet_count": 80}
    return {"id": person_id(person), "name": person.name, "username": person.name, "public_metrics": counted}


def brand(user_id: str) -> dict[str, Any]:
    """The account itself as X shows it."""
    counted = {"followers_count": 20_311, "following_count": 12, "tweet_count": 1_480, "listed_count": 47}
    return {"id": user_id, "name": BRAND_NAME, "username": _HANDLE, "public_metrics": counted}


def post(
    name: str,
    text: str,
    *,
    author_id: str,
    at: datetime,
    root_id: str | None = None,
    refers: Mapping[str, str] | None = None,
    answered_user_id: str | None = None,
    mentions: Sequence[tuple[str, str]] = (),
    versions: Sequence[str] = (),
) -> dict[str, Any]:
    """A post; `refers` are the posts that it answers, quotes or passes on, by the name X has for that."""
    figures = ("retweet_count", "reply_count", "like_count", "quote_count", "impression_count")
    return {
        "id": name,
        "text": text,
        "author_id": author_id,
        "created_at": stamp(at),
        "conversation_id": root_id or name,
        "edit_history_tweet_ids": list(versions) or [name],
        "public_metrics": dict.fromkeys(figures, 0),
        **({"in_reply_to_user_id": answered_user_id} if answered_user_id else {}),
        **({"referenced_tweets": [{"type": kind, "id": other} for kind, other in refers.items()]} if refers else {}),
        **(
            {"entities": {"mentions": [{"id": who, "username": handle} for who, handle in mentions]}}
            if mentions
            else {}
        ),
    }


def brand_mention(user_id: str) -> tuple[str, str]:
    """The brand, named in a post."""
    return user_id, _HANDLE


def message(event_id: str, text: str, *, sender_id: str, recipient_id: str, at: datetime) -> dict[str, Any]:
    """A direct message as it is pushed."""
    return {
        "type": "message_create",
        "id": event_id,
        "created_timestamp": str(int(at.timestamp() * 1000)),
        "message_create": {
            "target": {"recipient_id": recipient_id},
            "sender_id": sender_id,
            "message_data": {
                "text": text,
                "entities": {"hashtags": [], "symbols": [], "user_mentions": [], "urls": []},
            },
        },
    }


def listed_message(pushed: Mapping[str, Any]) -> dict[str, Any]:
    """The same message as the list of events has it."""
    created = pushed["message_create"]
    sender, recipient = created["sender_id"], created["target"]["recipient_id"]
    at = datetime.fromtimestamp(int(pushed["created_timestamp"]) / 1000, UTC)
    return {
        "id": pushed["id"],
        "event_type": "MessageCreate",
        "text": created["message_data"]["text"],
        "sender_id": sender,
        "created_at": stamp(at),
        "dm_conversation_id": "-".join(sorted((sender, recipient), key=int)),
    }


def event(kind: str, payload: Mapping[str, Any], *, uuid: int, user_id: str, **more: Any) -> bytes:
    """A delivery of the X Activity API: one event. Half of the ids have a minus."""
    told = {"event_uuid": str(uuid if uuid % 2 else -uuid), "filter": {"user_id": user_id}, "event_type": kind}
    body = {"data": {**told, "tag": kind, "payload": payload, **more}}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def stamp(at: datetime) -> str:
    """A moment as X writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"
