"""Weibo's fan service (粉丝服务平台): messages and events pushed, comments listed where they are granted, and answers.

Weibo signs the address and not the body: whoever has seen one such address can post anything for ten minutes. So an
account's address must not become known, and nothing here believes more than `url_digest`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import AccountRef, Interaction
from ingest.clients.connectors import weibo_api
from ingest.clients.connectors.abilities import AccountFigures, Feed, Listed, Moderation, PostFigures, PostsListed
from ingest.clients.connectors.connector import (
    PLAIN_TEXT,
    Access,
    Acknowledgement,
    CallRefused,
    Credentials,
    HandshakeRefused,
    HookRequest,
    Limit,
    OutgoingReply,
    Sent,
    SignatureRefused,
    StaleDelivery,
)
from ingest.clients.connectors.credentials import any_text, check_shape, secrets
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.wechat_proof import TOLERANCE, check_size, is_address_signed
from ingest.clients.connectors.weibo_messages import PLATFORM, read_body, read_push

_COMMENTS = "comments"
_CHECKS = MappingProxyType({"app_secret": any_text, "access_token": any_text})
# Weibo's example has milliseconds; other platforms that sign this way send seconds, which have three digits fewer.
_LENGTH_OF_SECONDS, _LENGTH_OF_MILLISECONDS = 10, 13


class WeiboConnector:
    """A Weibo account with fan service, both ways.

    The feed of comments needs a grant by Weibo; without one it answers with a refusal for good.
    """

    platform = PLATFORM
    sends_are_idempotent = False
    limits: Sequence[Limit] = ()
    kept_headers = frozenset({"user-agent"})
    kept_query = frozenset({"timestamp", "nonce"})
    feeds: Sequence[Feed] = (Feed(name=_COMMENTS, every=timedelta(minutes=5)),)

    def check_credentials(self, credentials: Credentials) -> None:
        check_shape(credentials, checks=_CHECKS, required=frozenset(_CHECKS))

    def handshake(self, request: HookRequest, credentials: Credentials) -> Acknowledgement | None:
        if request.method != "GET":
            return None
        if not is_address_signed(request, secrets(credentials, "app_secret")):
            raise HandshakeRefused("signature is not by the app_secret of this account")
        echo = request.query.get("echostr", "").encode("utf-8", "surrogatepass")
        return Acknowledgement(content_type=PLAIN_TEXT, body=echo)

    def verify(self, request: HookRequest, credentials: Credentials, *, now: datetime) -> Proof:
        check_size(request.body)
        if not is_address_signed(request, secrets(credentials, "app_secret")):
            raise SignatureRefused("signature is missing or not by the app_secret of this account")
        signed_at = _signed_at(request.query["timestamp"])
        if abs(now - signed_at) > TOLERANCE:
            raise StaleDelivery(
                f"timestamp {signed_at.isoformat()} is more than {TOLERANCE} away from {now.isoformat()}"
            )
        read_body(request.body)
        return Proof.URL_DIGEST

    def acknowledge(self, request: HookRequest) -> Acknowledgement:
        return Acknowledgement()

    def normalise(
        self, delivery: DeliveryAccepted, *, account: AccountRef, credentials: Credentials
    ) -> Sequence[Interaction]:
        return (read_push(read_body(delivery.body), Origin.of_delivery(delivery, account)),)

    def normalise_body(
        self, body: bytes, *, content_type: str, account: AccountRef | None = None, received_at: datetime
    ) -> Sequence[Interaction]:
        return (read_push(read_body(body), Origin.of_body(account, received_at)),) if body else ()

    async def send(self, reply: OutgoingReply, *, access: Access) -> Sent:
        return await weibo_api.send(reply, access=access)

    async def list_feed(
        self, feed: str, *, since: datetime, cursor: str | None, access: Access, now: datetime
    ) -> Listed:
        if feed != _COMMENTS:
            raise CallRefused(f"Weibo has no feed {feed}")
        return await weibo_api.list_comments(since=since, cursor=cursor, access=access, now=now)

    def woken(self, interactions: Sequence[Interaction]) -> Sequence[str]:
        return ()

    async def moderate(self, moderation: Moderation, *, access: Access) -> None:
        await weibo_api.moderate(moderation, access=access)

    async def list_posts(self, *, since: datetime, cursor: str | None, access: Access) -> PostsListed:
        return await weibo_api.list_posts(since=since, cursor=cursor, access=access)

    async def measure_posts(self, post_ids: Sequence[str], *, access: Access) -> Sequence[PostFigures]:
        return await weibo_api.measure_posts(post_ids, access=access)

    async def measure_account(self, *, access: Access) -> AccountFigures:
        return await weibo_api.measure_account(access=access)


def _signed_at(timestamp: str) -> datetime:
    units = {_LENGTH_OF_SECONDS: 1, _LENGTH_OF_MILLISECONDS: 1000}
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) in units):
        raise SignatureRefused("timestamp must be milliseconds since 1970")
    return datetime.fromtimestamp(int(timestamp) / units[len(timestamp)], UTC)
