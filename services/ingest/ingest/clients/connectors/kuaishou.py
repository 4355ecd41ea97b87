"""Kuaishou: who lets an application in, and what viewers say and give in a live room that has an interactive game.

There is no public API for comments under videos or for private messages, so nothing can be answered. Bodies are signed
by md5(body + secret).
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec

from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import AccountRef, Action, Actor, Direction, Interaction, Kind, Object
from ingest.clients.connectors import kuaishou_api, live_rooms
from ingest.clients.connectors.abilities import AccountFigures, PostFigures, PostsListed, Renewed
from ingest.clients.connectors.connector import (
    Access,
    Acknowledgement,
    CallRefused,
    Credentials,
    HookRequest,
    Limit,
    OutgoingReply,
    Sent,
    SignatureRefused,
    Unreadable,
)
from ingest.clients.connectors.credentials import any_text, check_shape, fits_any, secrets
from ingest.clients.connectors.foreign import (
    check_json,
    digest_of,
    from_milliseconds,
    list_of,
    mapping_of,
    parse_json,
    text_of,
)
from ingest.clients.connectors.live_rooms import Viewer
from ingest.clients.connectors.origin import Origin

SIGNATURE_HEADER = "kwaisign"

_PLATFORM = "kuaishou"
_JSON = "application/json"
_TEST_EVENT, _LIVE_EVENT = "TEST", "LIVE_INTERACTION_DATA"
_COMMENT, _LIKE, _GIFT = "liveComment", "liveLike", "giftSend"
_PERMISSIONS: Mapping[str, Action] = MappingProxyType(
    {"AUTHORIZE": Action.AUTHORIZED, "DEAUTHORIZE": Action.REVOKED, "UNAUTHORIZE": Action.REVOKED}
)
_CHECKS = MappingProxyType(dict.fromkeys(("app_id", "app_secret", "access_token", "refresh_token"), any_text))
_REQUIRED = frozenset({"app_id", "app_secret"})
_MOST_THINGS = 10_000


class KuaishouConnector:
    """An account on Kuaishou, as far as it tells others."""

    platform = _PLATFORM
    sends_are_idempotent = False
    limits: Sequence[Limit] = ()
    kept_headers = frozenset({"user-agent"})
    kept_query: frozenset[str] = frozenset()

    def check_credentials(self, credentials: Credentials) -> None:
        check_shape(credentials, checks=_CHECKS, required=_REQUIRED)

    def handshake(self, request: HookRequest, credentials: Credentials) -> Acknowledgement | None:
        # Whether this one is signed is not documented; and answered, it gives nobody anything.
        if request.method != "POST" or f'"{_TEST_EVENT}"'.encode() not in request.body.upper():
            return None
        return self.acknowledge(request) if _is_test(mapping_of(parse_json(request.body))) else None

    def verify(self, request: HookRequest, credentials: Credentials, *, now: datetime) -> Proof:
        keys = secrets(credentials, "app_secret")
        offered = request.headers.get(SIGNATURE_HEADER, "").lower().encode("utf-8", "surrogatepass")
        if not fits_any(offered, (signature_of(request.body, secret=key).encode() for key in keys)):
            raise SignatureRefused(f"{SIGNATURE_HEADER} is missing or not by the app_secret of this account")
        check_json(request.body)
        return Proof.BODY_DIGEST

    def acknowledge(self, request: HookRequest) -> Acknowledgement:
        message_id = text_of(mapping_of(parse_json(request.body)).get("message_id"))
        answer = {"result": 1, **({"message_id": message_id} if message_id else {})}
        return Acknowledgement(content_type=_JSON, body=msgspec.json.encode(answer))

    def normalise(
        self, delivery: DeliveryAccepted, *, account: AccountRef, credentials: Credentials
    ) -> Sequence[Interaction]:
        return _read(parse_json(delivery.body), Origin.of_delivery(delivery, account))

    def normalise_body(
        self, body: bytes, *, content_type: str, account: AccountRef | None = None, received_at: datetime
    ) -> Sequence[Interaction]:
        return _read(parse_json(body), Origin.of_body(account, received_at)) if body else ()

    async def send(self, reply: OutgoingReply, *, access: Access) -> Sent:
        raise CallRefused(f"reply {reply.reply_id}: Kuaishou has no public API for answers")

    async def list_posts(self, *, since: datetime, cursor: str | None, access: Access) -> PostsListed:
        return await kuaishou_api.list_posts(since=since, cursor=cursor, access=access)

    async def measure_posts(self, post_ids: Sequence[str], *, access: Access) -> Sequence[PostFigures]:
        return await kuaishou_api.measure_posts(post_ids, access=access)

    async def measure_account(self, *, access: Access) -> AccountFigures:
        return await kuaishou_api.measure_account(access=access)

    def can_renew(self, access: Access) -> bool:
        return bool(access.credentials.get("refresh_token"))

    async def renew(self, *, access: Access, now: datetime) -> Renewed:
        return await kuaishou_api.renew(access=access, now=now)


def signature_of(body: bytes, *, secret: str) -> str:
    """The value of kwaisign for this body."""
    return hashlib.md5(body + secret.encode(), usedforsecurity=False).hexdigest()


def _is_test(body: Mapping[str, Any]) -> bool:
    return (text_of(body.get("event")) or "").upper() == _TEST_EVENT


def _read(value: object, origin: Origin) -> Sequence[Interaction]:
    body = mapping_of(value)
    event = text_of(body.get("event"))
    if event is None:
        raise Unreadable("a Kuaishou body is {app_id, event, message_id, data}", pointer="/event")
    if _is_test(body):
        return ()
    data, at = mapping_of(body.get("data")), from_milliseconds(body.get("timestamp"))
    account = text_of(data.get("author_open_id")) or text_of(data.get("open_id"))
    origin = origin.belonging_to(account)
    action = _PERMISSIONS.get(event.upper())
    if action is not None:
        return (_permission(body, data, origin, action=action, at=at),)
    payload = list_of(data.get("payload"))
    if event != _LIVE_EVENT or not payload:
        # The same push may come again under another message_id.
        element = {"event": event, "data": data} if data else body
        return (origin.unknown(element, platform=_PLATFORM, raw_kind=event, event=at),)
    if len(payload) > _MOST_THINGS:
        raise Unreadable(f"more than {_MOST_THINGS} things in one push", pointer="/data/payload")
    name = text_of(data.get("unique_message_id")) or text_of(body.get("message_id")) or digest_of(body)
    at = from_milliseconds(data.get("live_timestamp")) or at
    return [
        _live(mapping_of(thing), data, origin, name=f"{name}:{index}", at=at) for index, thing in enumerate(payload)
    ]


def _permission(
    body: Mapping[str, Any], data: Mapping[str, Any], origin: Origin, *, action: Action, at: datetime | None
) -> Interaction:
    name = text_of(body.get("message_id")) or digest_of(body)
    scopes = [scope for item in list_of(data.get("scope")) if (scope := text_of(item))]
    occurred_at, source = origin.when(at)
    owner = text_of(data.get("open_id"))
    return Interaction(
        id=origin.identify(_PLATFORM, f"{action}:{name}"),
        platform=_PLATFORM,
        kind=Kind.SYSTEM,
        action=action,
        direction=Direction.SYSTEM,
        account=origin.account,
        actor=Actor(id=owner, is_self=owner == origin.account.external_id) if owner else None,
        object=Object(id=name),
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        verified=origin.verified,
        raw_kind=text_of(body.get("event")),
        extensions={"scopes": scopes} if scopes else {},
    )


def _live(
    thing: Mapping[str, Any], data: Mapping[str, Any], origin: Origin, *, name: str, at: datetime | None
) -> Interaction:
    """One thing of a push; it has no id of its own, but its place in a push that is always the same."""
    user, sort = mapping_of(thing.get("userInfo")), text_of(data.get("push_type")) or _LIVE_EVENT
    author = text_of(user.get("userId"))
    own_id = origin.account.external_id
    viewer = Viewer(
        origin=origin,
        platform=_PLATFORM,
        actor=Actor(id=author, name=text_of(user.get("userName")), is_self=author == own_id) if author else None,
        room_id=text_of(data.get("room_code")),
        at=at,
        raw_kind=sort,
    )
    if sort == _COMMENT:
        return live_rooms.comment(viewer, name=name, text=text_of(thing.get("content")))
    if sort == _LIKE:
        return live_rooms.reaction(viewer, name=name, feeling="like", more={"count": thing.get("count")})
    if sort == _GIFT:
        names = {"gift_id": "giftId", "gift_name": "giftName", "count": "giftCount", "value": "giftTotalPrice"}
        more = {ours: thing.get(theirs) for ours, theirs in names.items()}
        gift = text_of(thing.get("uniqueNo")) or name
        return live_rooms.reaction(viewer, name=gift, feeling="gift", more=more)
    element = {"name": name, "thing": thing}
    return origin.unknown(element, platform=_PLATFORM, raw_kind=sort, actor=viewer.actor, event=at)
