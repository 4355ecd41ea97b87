"""QQ bots: private chats, groups and channels, both ways."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import msgspec

from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import AccountRef, Interaction
from ingest.clients.connectors import qq_replies, qq_signatures
from ingest.clients.connectors.abilities import Moderation
from ingest.clients.connectors.access_tokens import AccessTokens
from ingest.clients.connectors.connector import (
    Access,
    Acknowledgement,
    Credentials,
    HandshakeRefused,
    HookRequest,
    Limit,
    OutgoingReply,
    Sent,
    SignatureRefused,
    StaleDelivery,
    Unreadable,
)
from ingest.clients.connectors.credentials import any_text, check_shape, secrets
from ingest.clients.connectors.foreign import check_json, mapping_of, parse_json, text_of
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.qq_api import Bot
from ingest.clients.connectors.qq_events import PLATFORM, read_event

SIGNATURE_HEADER = "x-signature-ed25519"
TIMESTAMP_HEADER = "x-signature-timestamp"
# QQ documents no limit to the age of a delivery.
TOLERANCE = timedelta(minutes=5)

_JSON = "application/json"
_BOT_HEADER = "x-bot-appid"
_VALIDATION = 13
_ACKNOWLEDGED = b'{"op":12,"d":0}'
_CHECKS = MappingProxyType({"app_id": any_text, "app_secret": any_text})


class QQConnector:
    """A bot on QQ."""

    platform = PLATFORM
    # In private and in groups they are, in channels not; so an uncertain one is judged where it is sent.
    sends_are_idempotent = False
    limits: Sequence[Limit] = ()
    kept_headers = frozenset({"user-agent", _BOT_HEADER})
    kept_query: frozenset[str] = frozenset()

    def __init__(self, tokens: AccessTokens) -> None:
        self._tokens = tokens

    def check_credentials(self, credentials: Credentials) -> None:
        check_shape(credentials, checks=_CHECKS, required=frozenset(_CHECKS))

    def handshake(self, request: HookRequest, credentials: Credentials) -> Acknowledgement | None:
        if request.method != "POST" or b"plain_token" not in request.body:
            return None
        body = mapping_of(parse_json(request.body))
        if not _is_validation(body):
            return None
        question = mapping_of(body.get("d"))
        plain_token, event_ts = text_of(question.get("plain_token")) or "", text_of(question.get("event_ts")) or ""
        secret = secrets(credentials, "app_secret")[0]
        signature = qq_signatures.answer_to(plain_token, event_ts, secret=secret)
        if signature is None:
            raise HandshakeRefused("plain_token is nothing that could be signed without harm")
        answer = msgspec.json.encode({"plain_token": plain_token, "signature": signature})
        return Acknowledgement(content_type=_JSON, body=answer)

    def verify(self, request: HookRequest, credentials: Credentials, *, now: datetime) -> Proof:
        keys = secrets(credentials, "app_secret")
        signature, timestamp = request.headers.get(SIGNATURE_HEADER, ""), request.headers.get(TIMESTAMP_HEADER, "")
        signed = [qq_signatures.is_signed(request.body, signature, timestamp=timestamp, secret=key) for key in keys]
        if not any(signed):
            raise SignatureRefused(f"{SIGNATURE_HEADER} is missing or not by the app_secret of this account")
        if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
            raise StaleDelivery(f"{TIMESTAMP_HEADER} {timestamp} is more than {TOLERANCE} away from {now.isoformat()}")
        check_json(request.body)
        if not request.body.lstrip().startswith(b"{"):
            # What else could have been signed is the answer to a question of anybody's.
            raise Unreadable("a QQ body is {op, t, d}")
        return Proof.ED25519

    def acknowledge(self, request: HookRequest) -> Acknowledgement:
        return Acknowledgement(content_type=_JSON, body=_ACKNOWLEDGED)

    def normalise(
        self, delivery: DeliveryAccepted, *, account: AccountRef, credentials: Credentials
    ) -> Sequence[Interaction]:
        bot = text_of(delivery.headers.get(_BOT_HEADER))
        return _read(parse_json(delivery.body), Origin.of_delivery(delivery, account).belonging_to(bot))

    def normalise_body(
        self, body: bytes, *, content_type: str, account: AccountRef | None = None, received_at: datetime
    ) -> Sequence[Interaction]:
        return _read(parse_json(body), Origin.of_body(account, received_at)) if body else ()

    async def send(self, reply: OutgoingReply, *, access: Access) -> Sent:
        return await qq_replies.send(reply, bot=Bot(access=access, tokens=self._tokens))

    async def moderate(self, moderation: Moderation, *, access: Access) -> None:
        await qq_replies.recall(moderation, bot=Bot(access=access, tokens=self._tokens))


def _is_validation(body: dict[str, Any]) -> bool:
    return body.get("op") == _VALIDATION


def _read(body: object, origin: Origin) -> Sequence[Interaction]:
    if not isinstance(body, dict):
        raise Unreadable("a QQ body is {op, t, d}")
    # The question whether an address is ours was answered, and tells nothing.
    return () if _is_validation(body) else (read_event(body, origin),)
