"""X, both ways: what Account Activity and X Activity push, posts and direct messages back.

Its question whether an address is ours is signed like its deliveries, and anybody may ask it. Answered blindly it would
sign whatever a stranger wants to be believed, so a question that could be read as a delivery is refused.
"""

import base64
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

import msgspec

from huiying.crypto import mac
from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import AccountRef, Interaction
from ingest.clients.connectors import oauth_refresh, x_api, x_lists
from ingest.clients.connectors.abilities import AccountFigures, Listed, Moderation, PostFigures, PostsListed, Renewed
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
    Unreadable,
)
from ingest.clients.connectors.credentials import any_text, check_shape, fits_any, secrets
from ingest.clients.connectors.foreign import check_json, parse_json
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.x_account_activity import read_activity, size_of
from ingest.clients.connectors.x_activity import read_event
from ingest.clients.connectors.x_scene import PLATFORM

_SIGNATURE_HEADER = "x-twitter-webhooks-signature"
_QUESTION = "crc_token"
# No JSON object can be spelled with these.
_QUESTIONS = re.compile(r"[A-Za-z0-9_+/=.~-]{1,256}")
_MAX_EVENTS = 10_000
_REQUIRED = frozenset({"consumer_secret", "access_token"})
_CHECKS = MappingProxyType({**dict.fromkeys(_REQUIRED, any_text), **oauth_refresh.CHECKS})


class XConnector:
    """An account on X."""

    platform = PLATFORM
    sends_are_idempotent = False
    kept_headers = frozenset({"user-agent"})
    kept_query: frozenset[str] = frozenset()
    # Of posts; of messages X allows 15 in 15 minutes, which its answers keep account of.
    limits: Sequence[Limit] = (Limit(count=100, per=timedelta(minutes=15)),)
    feeds = x_lists.FEEDS

    def check_credentials(self, credentials: Credentials) -> None:
        check_shape(credentials, checks=_CHECKS, required=_REQUIRED)

    def handshake(self, request: HookRequest, credentials: Credentials) -> Acknowledgement | None:
        if request.method != "GET":
            return None
        keys, question = secrets(credentials, "consumer_secret"), request.query.get(_QUESTION, "")
        if not _QUESTIONS.fullmatch(question):
            raise HandshakeRefused(f"{_QUESTION} is missing, or could be a delivery that wants to be signed")
        # X compares with the secret that its console shows, which is the newest.
        answer = {"response_token": _signature(question.encode(), keys[0])}
        return Acknowledgement(content_type="application/json", body=msgspec.json.encode(answer))

    def verify(self, request: HookRequest, credentials: Credentials, *, now: datetime) -> Proof:
        keys = secrets(credentials, "consumer_secret")
        offered = request.headers.get(_SIGNATURE_HEADER, "").encode("utf-8", "surrogatepass")
        if not fits_any(offered, (_signature(request.body, key).encode() for key in keys)):
            raise SignatureRefused(f"{_SIGNATURE_HEADER} is missing or not by the consumer secret of this account")
        check_json(request.body)
        return Proof.HMAC

    def acknowledge(self, request: HookRequest) -> Acknowledgement:
        return Acknowledgement()

    def normalise(
        self, delivery: DeliveryAccepted, *, account: AccountRef, credentials: Credentials
    ) -> Sequence[Interaction]:
        return _read(parse_json(delivery.body), Origin.of_delivery(delivery, account))

    def normalise_body(
        self, body: bytes, *, content_type: str, account: AccountRef | None = None, received_at: datetime
    ) -> Sequence[Interaction]:
        return _read(parse_json(body), Origin.of_body(account, received_at)) if body else ()

    async def send(self, reply: OutgoingReply, *, access: Access) -> Sent:
        return await x_api.send(reply, access=access)

    async def moderate(self, moderation: Moderation, *, access: Access) -> None:
        await x_api.moderate(moderation, access=access)

    async def list_feed(
        self, feed: str, *, since: datetime, cursor: str | None, access: Access, now: datetime
    ) -> Listed:
        return await x_lists.list_feed(feed, since=since, cursor=cursor, access=access, now=now)

    def woken(self, interactions: Sequence[Interaction]) -> Sequence[str]:
        return ()

    async def list_posts(self, *, since: datetime, cursor: str | None, access: Access) -> PostsListed:
        return await x_lists.list_posts(since=since, cursor=cursor, access=access)

    async def measure_posts(self, post_ids: Sequence[str], *, access: Access) -> Sequence[PostFigures]:
        return await x_lists.measure_posts(post_ids, access=access)

    async def measure_account(self, *, access: Access) -> AccountFigures:
        return await x_lists.measure_account(access=access)

    def can_renew(self, access: Access) -> bool:
        return oauth_refresh.can_renew(access.credentials)

    async def renew(self, *, access: Access, now: datetime) -> Renewed:
        return await x_api.renew(access=access, now=now)


def _signature(message: bytes, key: str) -> str:
    return "sha256=" + base64.b64encode(mac(key.encode(), message)).decode()


def _read(body: object, origin: Origin) -> Sequence[Interaction]:
    if not isinstance(body, dict):
        raise Unreadable("a body from X is an object")
    event = body.get("data")
    if isinstance(event, dict):
        return read_event(event, origin)
    if "for_user_id" not in body and "user_event" not in body:
        raise Unreadable("a body from X has `data`, `for_user_id` or `user_event`")
    if size_of(body) > _MAX_EVENTS:
        raise Unreadable(f"more than {_MAX_EVENTS} events in one body")
    return read_activity(body, origin)
