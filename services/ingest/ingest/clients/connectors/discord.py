"""Discord apps: commands, buttons and dialogs over HTTP, the app's own events, and the channels it may read."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import AccountRef, Interaction
from ingest.clients.connectors import discord_api, discord_lists
from ingest.clients.connectors.abilities import Feed, Listed, Moderation, Subscription, SubscriptionState
from ingest.clients.connectors.api_calls import host_of
from ingest.clients.connectors.connector import (
    Access,
    Acknowledgement,
    Credentials,
    HookRequest,
    Limit,
    LimitScope,
    OutgoingReply,
    Sent,
    SignatureRefused,
    StaleDelivery,
    Unreadable,
)
from ingest.clients.connectors.credentials import any_text, check_shape, secrets
from ingest.clients.connectors.discord_messages import PLATFORM
from ingest.clients.connectors.discord_reading import AUTOCOMPLETE, COMPONENT, PING, is_event, read_delivery
from ingest.clients.connectors.foreign import check_json, mapping_of, parse_json, text_of
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.responses import object_in

SIGNATURE_HEADER, TIMESTAMP_HEADER = "x-signature-ed25519", "x-signature-timestamp"
# Discord documents no limit to the age of a request; it repeats an event for ten minutes.
TOLERANCE = timedelta(minutes=10)

_KEY = re.compile(r"[0-9a-fA-F]{64}")
_SNOWFLAKE = re.compile(r"[0-9]{1,20}")
_JSON = "application/json"
_ANSWER_LATER, _CHANGE_LATER, _NO_CHOICES = (
    b'{"type":5,"data":{"flags":64}}',
    b'{"type":6}',
    b'{"type":8,"data":{"choices":[]}}',
)
_EVENTS = ("APPLICATION_AUTHORIZED", "APPLICATION_DEAUTHORIZED")
_ENABLED, _DISABLED_BY_DISCORD = 2, 3


def _public_key(value: str) -> str | None:
    return None if _KEY.fullmatch(value) else "must be the app's public key, 64 hexadecimal digits"


def _channel(value: str) -> str | None:
    return None if _SNOWFLAKE.fullmatch(value) else "must be the number of a channel"


_CHECKS = MappingProxyType({"public_key": _public_key, "bot_token": any_text, "channel_id": _channel})
_REQUIRED = frozenset({"public_key", "bot_token"})


class _Question(msgspec.Struct, frozen=True):
    """As much of a request as tells whether Discord only wants to know that somebody is there."""

    type: int
    event: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_question = msgspec.json.Decoder(_Question)


class DiscordConnector:
    """A Discord app, both ways. Its account's external id is the app's; `channel_id` names the channels to be read."""

    platform = PLATFORM
    sends_are_idempotent = False
    limits: Sequence[Limit] = (
        Limit(count=50, per=timedelta(seconds=1)),
        Limit(count=5, per=timedelta(seconds=5), scope=LimitScope.CONVERSATION),
    )
    kept_headers = frozenset({"user-agent"})
    kept_query: frozenset[str] = frozenset()
    feeds: Sequence[Feed] = discord_lists.FEEDS

    def check_credentials(self, credentials: Credentials) -> None:
        check_shape(credentials, checks=_CHECKS, required=_REQUIRED)

    def handshake(self, request: HookRequest, credentials: Credentials) -> Acknowledgement | None:
        if request.method != "POST" or not _is_ping(request.body):
            return None
        # Discord also asks with wrong signatures, to see that they are refused.
        self.verify(request, credentials, now=request.received_at)
        if is_event(mapping_of(parse_json(request.body))):
            return Acknowledgement(status=204, content_type=_JSON)
        return Acknowledgement(content_type=_JSON, body=b'{"type":1}')

    def verify(self, request: HookRequest, credentials: Credentials, *, now: datetime) -> Proof:
        keys = [key for key in secrets(credentials, "public_key") if _KEY.fullmatch(key)]
        timestamp = request.headers.get(TIMESTAMP_HEADER, "")
        signed = timestamp.encode("utf-8", "surrogatepass") + request.body
        offered = request.headers.get(SIGNATURE_HEADER, "")
        if not any(_is_signed(signed, offered, key) for key in keys):
            raise SignatureRefused(f"{SIGNATURE_HEADER} is missing or not by the key of this app")
        _check_age(timestamp, now)
        check_json(request.body)
        return Proof.ED25519

    def acknowledge(self, request: HookRequest) -> Acknowledgement:
        try:
            raw = mapping_of(parse_json(request.body))
        except Unreadable:
            raw = {}
        if is_event(raw):
            return Acknowledgement(status=204, content_type=_JSON)
        # The person sees that an answer comes, and nobody else sees it.
        bodies = {PING: b'{"type":1}', COMPONENT: _CHANGE_LATER, AUTOCOMPLETE: _NO_CHOICES}
        kind = raw.get("type")
        body = bodies.get(kind, _ANSWER_LATER) if isinstance(kind, int) else _ANSWER_LATER
        return Acknowledgement(content_type=_JSON, body=body)

    def normalise(
        self, delivery: DeliveryAccepted, *, account: AccountRef, credentials: Credentials
    ) -> Sequence[Interaction]:
        return read_delivery(parse_json(delivery.body), Origin.of_delivery(delivery, account))

    def normalise_body(
        self, body: bytes, *, content_type: str, account: AccountRef | None = None, received_at: datetime
    ) -> Sequence[Interaction]:
        return read_delivery(parse_json(body), Origin.of_body(account, received_at)) if body else ()

    async def send(self, reply: OutgoingReply, *, access: Access) -> Sent:
        return await discord_api.send(reply, access=access)

    async def moderate(self, moderation: Moderation, *, access: Access) -> None:
        await discord_api.moderate(moderation, access=access)

    async def list_feed(
        self, feed: str, *, since: datetime, cursor: str | None, access: Access, now: datetime
    ) -> Listed:
        return await discord_lists.list_feed(feed, since=since, cursor=cursor, access=access, now=now)

    def woken(self, interactions: Sequence[Interaction]) -> Sequence[str]:
        return ()

    async def subscribe(self, hook_url: str, *, access: Access) -> Subscription:
        # Discord asks at the address before it answers.
        settings = {
            "interactions_endpoint_url": hook_url,
            "event_webhooks_url": hook_url,
            "event_webhooks_status": _ENABLED,
            "event_webhooks_types": _EVENTS,
        }
        response = await discord_api.ask("PATCH", "/applications/@me", access=access, said="the app:", json=settings)
        return _subscription(object_in(response), hook_url)

    async def look_up_subscription(self, hook_url: str, *, access: Access) -> Subscription:
        response = await discord_api.ask("GET", "/applications/@me", access=access, said="the app:")
        return _subscription(object_in(response), hook_url)


def _subscription(app: Mapping[str, Any], hook_url: str) -> Subscription:
    commands, events = text_of(app.get("interactions_endpoint_url")), text_of(app.get("event_webhooks_url"))
    if commands != hook_url:
        elsewhere = f"Discord delivers commands to {host_of(commands)}"
        return Subscription(state=SubscriptionState.INACTIVE, detail=elsewhere)
    if app.get("event_webhooks_status") == _DISABLED_BY_DISCORD:
        return Subscription(state=SubscriptionState.INACTIVE, detail="Discord has switched off the app's events")
    detail = None if events == hook_url else f"the app's own events go to {host_of(events)}"
    return Subscription(state=SubscriptionState.ACTIVE, detail=detail)


def _is_ping(body: bytes) -> bool:
    try:
        question = _question.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    is_bare = question.event is msgspec.UNSET and question.data is msgspec.UNSET
    return question.type == 0 or (question.type == PING and is_bare)


def _is_signed(signed: bytes, offered: str, key: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(offered), signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _check_age(timestamp: str, now: datetime) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise SignatureRefused(f"{TIMESTAMP_HEADER} must be whole seconds since 1970")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise StaleDelivery(f"{TIMESTAMP_HEADER} {timestamp} is more than {TOLERANCE} away from {now.isoformat()}")
