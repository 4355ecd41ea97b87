"""How TikTok words things: JSON inside JSON, numbers that no double can hold, and two ids for one person."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from simulator.people import Person

BRAND_HANDLE = "tanghulu.tea"

_FIRST_VIDEO = 7_200_000_000_000_000_000


def open_id(person: Person) -> str:
    """A person's id in conversations."""
    return f"-000Person{person.number}"


def unique_identifier(person: Person) -> str:
    """The same person's id under comments."""
    return f"unique-{person.number}"


def video_id(number: int) -> int:
    """The id of a video: a number of 19 digits."""
    return _FIRST_VIDEO + number


def notice(event: str, content: Mapping[str, Any], *, client_key: str, business_id: str, at: datetime) -> bytes:
    """The body of a delivery."""
    body = {
        "client_key": client_key,
        "event": event,
        "create_time": int(at.timestamp()),
        "user_openid": business_id,
        "content": json.dumps(content, ensure_ascii=False, separators=(",", ":")),
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def comment(
    number: int, text: str, *, post: int, at: datetime, author: str, handle: str, name: str, parent: int | None = None
) -> dict[str, Any]:
    """A comment as the list has it."""
    return {
        "comment_id": str(number),
        "video_id": str(post),
        "unique_identifier": author,
        "username": handle,
        "display_name": name,
        "create_time": str(int(at.timestamp())),
        "text": text,
        "status": "PUBLIC",
        "likes": 0,
        "replies": 0,
        "owner": handle == BRAND_HANDLE,
        **({"parent_comment_id": str(parent)} if parent is not None else {}),
    }


def comment_told(listed: Mapping[str, Any], action: str, *, at: datetime) -> dict[str, Any]:
    """What `comment.update` says about a comment: its ids as numbers."""
    parent = listed.get("parent_comment_id")
    return {
        "comment_id": int(listed["comment_id"]),
        "video_id": int(listed["video_id"]),
        **({"parent_comment_id": int(parent)} if parent else {}),
        "comment_type": "reply" if parent else "comment",
        "comment_action": action,
        "timestamp": int(at.timestamp()),
        "unique_identifier": listed["unique_identifier"],
        **({"text": listed["text"]} if action == "insert" else {}),
    }


def message(
    name: str,
    part: Mapping[str, Any],
    *,
    kind: str,
    conversation_id: str,
    person: tuple[str, str],
    business_id: str,
    at: datetime,
    is_ours: bool,
) -> dict[str, Any]:
    """A message as it is pushed; `person` is an open id and a handle."""
    theirs = {"id": person[0], "role": "personal_account"}, person[1]
    ours = {"id": business_id, "role": "business_account"}, BRAND_HANDLE
    sender, recipient = (ours, theirs) if is_ours else (theirs, ours)
    return {
        "from": sender[1],
        "to": recipient[1],
        "from_user": sender[0],
        "to_user": recipient[0],
        "conversation_id": conversation_id,
        "message_id": name,
        "timestamp": int(at.timestamp() * 1000),
        "type": kind,
        **part,
    }


def listed_message(pushed: Mapping[str, Any]) -> dict[str, Any]:
    """The same message as the list of its conversation has it: in capitals."""
    ends = {end: {**pushed[end], "role": pushed[end]["role"].upper()} for end in ("from_user", "to_user")}
    rest = {name: value for name, value in pushed.items() if name not in {"from", "to", "type"}}
    said = {"sender": pushed["from"], "recipient": pushed["to"], "message_type": pushed["type"].upper()}
    return {**rest, **ends, **said}
