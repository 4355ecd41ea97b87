"""Bilibili: who lets an application in, and what becomes of the account's videos.

There is no public push or API for comments and private messages, so nothing can be answered; a live stream's comments
come over a connection of their own, which is no webhook.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

import msgspec

from huiying.clock import Clock, SystemClock
from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import AccountRef, Action, Actor, Direction, Interaction, Kind, Object
from ingest.clients.connectors import bilibili_api
from ingest.clients.connectors.abilities import AccountFigures, PostFigures, PostsListed, Renewed
from ingest.clients.connectors.bilibili_signatures import (
    AUTHORIZATION_HEADER,
    BODY_HEADER,
    KEY_HEADER,
    METHOD,
    METHOD_HEADER,
    SIGNED_HEADERS,
    TIMESTAMP_HEADER,
    hash_of,
    signature_of,
)
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
    StaleDelivery,
    Unreadable,
)
from ingest.clients.connectors.credentials import any_text, check_shape, fits_any, secrets
from ingest.clients.connectors.foreign import check_json, digest_of, from_seconds, mapping_of, parse_json, text_of
from ingest.clients.connectors.origin import Origin

# What Bilibili grants a request to itself.
TOLERANCE = timedelta(minutes=10)

_PLATFORM = "bilibili"
_JSON = "application/json"
_QUESTION = "verify_webhooks"
_BEIJING = timezone(timedelta(hours=8))
_EVENTS: Mapping[str, tuple[Kind, Action]] = MappingProxyType(
    {
        "authorize": (Kind.SYSTEM, Action.AUTHORIZED),
        "deauthorize": (Kind.SYSTEM, Action.REVOKED),
        "video_open": (Kind.POST, Action.CREATED),
        "publish_video": (Kind.POST, Action.CREATED),
        "video_fail": (Kind.SYSTEM, Action.UNKNOWN),
    }
)
_CHECKS = MappingProxyType(dict.fromkeys(("client_id", "app_secret", "access_token", "refresh_token"), any_text))
_REQUIRED = frozenset({"client_id", "app_secret"})


class BilibiliConnector:
    """An account on Bilibili, as far as it tells others."""

    platform = _PLATFORM
    sends_are_idempotent = False
    limits: Sequence[Limit] = ()
    kept_headers = frozenset({"user-agent", TIMESTAMP_HEADER})
    kept_query: frozenset[str] = frozenset()

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()

    def check_credentials(self, credentials: Credentials) -> None:
        check_shape(credentials, checks=_CHECKS, required=_REQUIRED)

    def handshake(self, request: HookRequest, credentials: Credentials) -> Acknowledgement | None:
        if request.method != "POST" or _QUESTION.encode() not in request.body:
            return None
        body = mapping_of(parse_json(request.body))
        if body.get("event") != _QUESTION:
            return None
        if AUTHORIZATION_HEADER in request.headers:
            # Whether this one is signed is not documented. Where it is, it has to be by us.
            self.verify(request, credentials, now=request.received_at)
        number = mapping_of(body.get("content")).get("data")
        if text_of(number) is None or isinstance(number, float):
            raise Unreadable("the question holds a number", pointer="/content/data")
        return Acknowledgement(content_type=_JSON, body=msgspec.json.encode({"data": number}))

    def verify(self, request: HookRequest, credentials: Credentials, *, now: datetime) -> Proof:
        keys = secrets(credentials, "app_secret")
        headers = request.headers
        offered = headers.get(AUTHORIZATION_HEADER, "").encode("utf-8", "surrogatepass")
        is_signed = fits_any(offered, (signature_of(headers, secret=key).encode() for key in keys))
        if not is_signed or not all(headers.get(name) for name in SIGNED_HEADERS):
            raise SignatureRefused(f"{AUTHORIZATION_HEADER} is missing or not by the app_secret of this account")
        if headers[METHOD_HEADER] != METHOD or headers[KEY_HEADER] not in credentials.get("client_id", ()):
            raise SignatureRefused(f"{KEY_HEADER} is not the client_id of this account, or the method is no {METHOD}")
        if headers[BODY_HEADER] != hash_of(request.body):
            raise SignatureRefused(f"{BODY_HEADER} is not the hash of this body")
        made_at = from_seconds(headers[TIMESTAMP_HEADER])
        if made_at is None or abs(now - made_at) > TOLERANCE:
            raise StaleDelivery(f"{TIMESTAMP_HEADER} is more than {TOLERANCE} away from {now.isoformat()}")
        check_json(request.body)
        return Proof.HMAC

    def acknowledge(self, request: HookRequest) -> Acknowledgement:
        return Acknowledgement(content_type=_JSON, body=b"{}")

    def normalise(
        self, delivery: DeliveryAccepted, *, account: AccountRef, credentials: Credentials
    ) -> Sequence[Interaction]:
        return _read(parse_json(delivery.body), Origin.of_delivery(delivery, account))

    def normalise_body(
        self, body: bytes, *, content_type: str, account: AccountRef | None = None, received_at: datetime
    ) -> Sequence[Interaction]:
        return _read(parse_json(body), Origin.of_body(account, received_at)) if body else ()

    async def send(self, reply: OutgoingReply, *, access: Access) -> Sent:
        raise CallRefused(f"reply {reply.reply_id}: Bilibili has no public API for answers")

    async def list_posts(self, *, since: datetime, cursor: str | None, access: Access) -> PostsListed:
        return await bilibili_api.list_posts(since=since, cursor=cursor, access=access, clock=self._clock)

    async def measure_posts(self, post_ids: Sequence[str], *, access: Access) -> Sequence[PostFigures]:
        return await bilibili_api.measure_posts(post_ids, access=access, clock=self._clock)

    async def measure_account(self, *, access: Access) -> AccountFigures:
        return await bilibili_api.measure_account(access=access, clock=self._clock)

    def can_renew(self, access: Access) -> bool:
        return bool(access.credentials.get("refresh_token"))

    async def renew(self, *, access: Access, now: datetime) -> Renewed:
        return await bilibili_api.renew(access=access, now=now)


def _read(value: object, origin: Origin) -> Sequence[Interaction]:
    body = mapping_of(value)
    event, content = text_of(body.get("event")), mapping_of(body.get("content"))
    if event is None:
        raise Unreadable("a Bilibili body is {event, content, timestamp}", pointer="/event")
    if event == _QUESTION:
        return ()
    owner, at = text_of(content.get("openid")), _moment(body.get("timestamp"))
    origin = origin.belonging_to(owner)
    known = _EVENTS.get(event)
    if known is None or owner is None:
        return (origin.unknown(body, platform=_PLATFORM, raw_kind=event, event=at),)
    return (_interaction(body, content, origin, kind=known[0], action=known[1], owner=owner, at=at),)


def _interaction(
    body: Mapping[str, Any],
    content: Mapping[str, Any],
    origin: Origin,
    *,
    kind: Kind,
    action: Action,
    owner: str,
    at: datetime | None,
) -> Interaction:
    event, video = text_of(body.get("event")), text_of(content.get("resource_id"))
    stamp = text_of(body.get("timestamp")) or digest_of(body)
    # A video comes to be seen once, whoever tells of it; whatever else happens may happen again.
    key = f"post:{video}" if kind is Kind.POST and video else f"{event}:{video or owner}:{stamp}"
    occurred_at, source = origin.when(at)
    said = text_of(content.get("state_desc"))
    more = {name: content.get(name) for name in ("permits", "state", "state_desc")}
    return Interaction(
        id=origin.identify(_PLATFORM, key),
        platform=_PLATFORM,
        kind=kind,
        action=action,
        direction=Direction.OUTBOUND if kind is Kind.POST else Direction.SYSTEM,
        account=origin.account,
        actor=Actor(id=owner, is_self=owner == origin.account.external_id),
        # Why it failed is for somebody to read; that all is well is not what a video says.
        object=Object(id=video or key, text=None if kind is Kind.POST else said),
        occurred_at=occurred_at,
        occurred_at_source=source,
        received_at=origin.received_at,
        verified=origin.verified,
        raw_kind=event,
        extensions={name: text for name, part in more.items() if (text := text_of(part))},
    )


def _moment(value: object) -> datetime | None:
    """Seconds, or the time of day in Beijing, where the older documents have it so."""
    if not isinstance(value, str) or value.isdigit():
        return from_seconds(value)
    try:
        return datetime.strptime(value, "%Y-%m-%d %H:%M:%S").replace(tzinfo=_BEIJING).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
