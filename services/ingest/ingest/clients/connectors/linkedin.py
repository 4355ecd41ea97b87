"""LinkedIn pages, both ways: notifications of comments, mentions, likes and shares; comments back.

LinkedIn signs `hmacsha256=` followed by the body. Its question whether an address is ours is signed with the same
secret and asked by anybody: answered blindly it would sign whatever begins like that, so only a UUID is answered.
"""

from collections.abc import Sequence
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

import msgspec
import structlog

from huiying.crypto import mac
from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import AccountRef, Interaction
from ingest.clients.connectors import linkedin_api, linkedin_lists, oauth_refresh
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
from ingest.clients.connectors.linkedin_notifications import PLATFORM, read_notification
from ingest.clients.connectors.origin import Origin

log = structlog.get_logger(__name__)

_SIGNATURE_HEADER = "x-li-signature"
_SIGNED_PREFIX = b"hmacsha256="
_QUESTION = "challengeCode"
# LinkedIn sends ten at a time.
_MAX_NOTIFICATIONS = 1_000
_REQUIRED = frozenset({"client_secret", "access_token"})
_CHECKS = MappingProxyType({**dict.fromkeys(_REQUIRED, any_text), **oauth_refresh.CHECKS})


class LinkedInConnector:
    """An organisation's page."""

    platform = PLATFORM
    sends_are_idempotent = False
    kept_headers = frozenset({"user-agent"})
    kept_query: frozenset[str] = frozenset()
    # LinkedIn counts by app and day, and tells each app its own numbers only in its console.
    limits: Sequence[Limit] = ()
    feeds = linkedin_lists.FEEDS

    def check_credentials(self, credentials: Credentials) -> None:
        check_shape(credentials, checks=_CHECKS, required=_REQUIRED)

    def handshake(self, request: HookRequest, credentials: Credentials) -> Acknowledgement | None:
        if request.method != "GET":
            return None
        keys, question = secrets(credentials, "client_secret"), request.query.get(_QUESTION, "")
        if not _is_uuid(question):
            raise HandshakeRefused(f"{_QUESTION} is missing, or could be a delivery that wants to be signed")
        answer = {_QUESTION: question, "challengeResponse": mac(keys[0].encode(), question.encode()).hex()}
        return Acknowledgement(content_type="application/json", body=msgspec.json.encode(answer))

    def verify(self, request: HookRequest, credentials: Credentials, *, now: datetime) -> Proof:
        keys = [key.encode() for key in secrets(credentials, "client_secret")]
        offered = request.headers.get(_SIGNATURE_HEADER, "").encode("utf-8", "surrogatepass")
        if not fits_any(offered, (mac(key, _SIGNED_PREFIX + request.body).hex().encode() for key in keys)):
            # Others have written down that the prefix is in the header and not signed. Should LinkedIn ever really
            # do so, this is how an operator learns it; to believe both would only help a forger.
            bare = offered.removeprefix(_SIGNED_PREFIX)
            if fits_any(bare, (mac(key, request.body).hex().encode() for key in keys)):
                log.warning("linkedin_signature_would_match", over="the body alone")
            raise SignatureRefused(f"{_SIGNATURE_HEADER} is missing or not by the client secret of this account")
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
        return await linkedin_api.send(reply, access=access)

    async def moderate(self, moderation: Moderation, *, access: Access) -> None:
        await linkedin_api.moderate(moderation, access=access)

    async def list_feed(
        self, feed: str, *, since: datetime, cursor: str | None, access: Access, now: datetime
    ) -> Listed:
        return await linkedin_lists.list_feed(feed, since=since, cursor=cursor, access=access, now=now)

    def woken(self, interactions: Sequence[Interaction]) -> Sequence[str]:
        return ()

    async def list_posts(self, *, since: datetime, cursor: str | None, access: Access) -> PostsListed:
        return await linkedin_lists.list_posts(since=since, cursor=cursor, access=access)

    async def measure_posts(self, post_ids: Sequence[str], *, access: Access) -> Sequence[PostFigures]:
        return await linkedin_lists.measure_posts(post_ids, access=access)

    async def measure_account(self, *, access: Access) -> AccountFigures:
        return await linkedin_lists.measure_account(access=access)

    def can_renew(self, access: Access) -> bool:
        return oauth_refresh.can_renew(access.credentials)

    async def renew(self, *, access: Access, now: datetime) -> Renewed:
        return await linkedin_api.renew(access=access, now=now)


def _is_uuid(question: str) -> bool:
    try:
        return str(UUID(question)) == question.lower()
    except ValueError:
        return False


def _read(body: object, origin: Origin) -> Sequence[Interaction]:
    if not isinstance(body, dict) or not isinstance(body.get("notifications"), list):
        raise Unreadable("a body from LinkedIn is {type, notifications[]}", pointer="/notifications")
    notifications = body["notifications"]
    if len(notifications) > _MAX_NOTIFICATIONS:
        raise Unreadable(f"more than {_MAX_NOTIFICATIONS} notifications in one body", pointer="/notifications")
    return [read_notification(notification, origin) for notification in notifications]
