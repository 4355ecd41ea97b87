"""Douyin's live rooms: comments, likes and gifts, pushed as an array of them per request.

What is signed is the headers that matter and the body, with a secret of its own at the end. The room and the sort of
things are told in headers only.
"""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from huiying.events.interactions import Actor, Interaction
from ingest.clients.connectors import live_rooms
from ingest.clients.connectors.connector import SignatureRefused, StaleDelivery, Unreadable
from ingest.clients.connectors.credentials import fits_any
from ingest.clients.connectors.foreign import digest_of, from_milliseconds, mapping_of, text_of
from ingest.clients.connectors.live_rooms import Viewer
from ingest.clients.connectors.origin import Origin

SIGNATURE_HEADER = "x-signature"
TYPE_HEADER = "x-msg-type"
ROOM_HEADER = "x-roomid"
TIMESTAMP_HEADER = "x-timestamp"
# Douyin documents no limit to the age of a push; it gives up on one within seconds.
TOLERANCE = timedelta(minutes=5)

_PLATFORM = "douyin"
_COMMENT, _LIKE, _GIFT = "live_comment", "live_like", "live_gift"
_SIGNED_HEADERS = (TYPE_HEADER, "x-nonce-str", ROOM_HEADER, TIMESTAMP_HEADER)
# The pieces are put together without anything that could not stand in one of them: so nothing strange may.
_PIECE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MOST_THINGS = 10_000


def signature_of(headers: Mapping[str, str], body: bytes, *, secret: str) -> str:
    """The value of x-signature for these headers and this body."""
    pairs = "&".join(f"{name}={headers.get(name, '')}" for name in sorted(_SIGNED_HEADERS))
    digest = hashlib.md5(pairs.encode() + body + secret.encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def verify(headers: Mapping[str, str], body: bytes, *, secrets: Sequence[str], now: datetime) -> None:
    """Raises SignatureRefused or StaleDelivery unless Douyin signed this, and lately."""
    offered = headers.get(SIGNATURE_HEADER, "").encode("utf-8", "surrogatepass")
    if not all(_PIECE.fullmatch(headers.get(name, "")) for name in _SIGNED_HEADERS):
        raise SignatureRefused(f"one of {', '.join(_SIGNED_HEADERS)} is missing or no plain word")
    if not fits_any(offered, (signature_of(headers, body, secret=secret).encode() for secret in secrets)):
        raise SignatureRefused(f"{SIGNATURE_HEADER} is not by the live_secret of this account")
    made_at = from_milliseconds(headers[TIMESTAMP_HEADER])
    if made_at is None or abs(now - made_at) > TOLERANCE:
        raise StaleDelivery(f"{TIMESTAMP_HEADER} is more than {TOLERANCE} away from {now.isoformat()}")


def read_push(body: Sequence[object], origin: Origin, *, headers: Mapping[str, str]) -> list[Interaction]:
    """Everything that the push tells, one interaction each.

    Without the headers, the things themselves show what they are, but not in which room. Raises Unreadable.
    """
    if len(body) > _MOST_THINGS:
        raise Unreadable(f"more than {_MOST_THINGS} things in one push")
    return [_read(mapping_of(thing), thing, origin, headers) for thing in body]


def _read(thing: Mapping[str, Any], raw: object, origin: Origin, headers: Mapping[str, str]) -> Interaction:
    sort = headers.get(TYPE_HEADER) or _guessed(thing)
    name = text_of(thing.get("msg_id"))
    author = text_of(thing.get("sec_openid")) or text_of(thing.get("sec_open_id"))
    own_id = origin.account.external_id
    viewer = Viewer(
        origin=origin,
        platform=_PLATFORM,
        actor=Actor(id=author, name=text_of(thing.get("nickname")), is_self=author == own_id) if author else None,
        room_id=headers.get(ROOM_HEADER),
        at=from_milliseconds(thing.get("timestamp")),
        raw_kind=sort,
    )
    name = name or digest_of(raw)
    if sort == _COMMENT:
        return live_rooms.comment(viewer, name=name, text=text_of(thing.get("content")))
    if sort == _LIKE:
        return live_rooms.reaction(viewer, name=name, feeling="like", more={"count": thing.get("like_num")})
    if sort == _GIFT:
        more = {"gift_id": thing.get("sec_gift_id"), "count": thing.get("gift_num"), "value": thing.get("gift_value")}
        return live_rooms.reaction(viewer, name=name, feeling="gift", more=more)
    return origin.unknown(raw, platform=_PLATFORM, raw_kind=sort, actor=viewer.actor, event=viewer.at)


def _guessed(thing: Mapping[str, Any]) -> str:
    for field, sort in (("content", _COMMENT), ("like_num", _LIKE), ("gift_num", _GIFT)):
        if field in thing:
            return sort
    return "live"
