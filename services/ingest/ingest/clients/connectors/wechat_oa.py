"""WeChat Official Accounts: pushes, plain or in safe mode, comments by list, and answers to both.

In plain mode WeChat signs the address and not the body: whoever has seen one such address can post anything. An account
that has an encoding_aes_key therefore believes encrypted bodies only.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from types import MappingProxyType

from huiying.clock import Clock, SystemClock
from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import AccountRef, Interaction, Kind
from huiying.events.replies import Visibility
from ingest.clients.connectors import wechat_api, wechat_articles, wechat_comments
from ingest.clients.connectors.abilities import AccountFigures, Feed, Listed, Moderation, PostFigures, PostsListed
from ingest.clients.connectors.access_tokens import AccessTokens
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
    Unreadable,
)
from ingest.clients.connectors.credentials import any_text, check_shape, secrets
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.wechat_calls import Account
from ingest.clients.connectors.wechat_comments import COMMENTS
from ingest.clients.connectors.wechat_crypto import check_aes_key
from ingest.clients.connectors.wechat_fields import read_fields, sealed_part
from ingest.clients.connectors.wechat_messages import PLATFORM, read_push
from ingest.clients.connectors.wechat_proof import check_age, check_sealed, check_size, is_address_signed, opened

_RECEIVER = "app_id"
# The days of WeChat's statistics are those of Beijing.
_STATISTICS_ZONE = timezone(timedelta(hours=8))
_CHECKS = MappingProxyType(
    {
        "app_id": any_text,
        "app_secret": any_text,
        "token": any_text,
        "encoding_aes_key": check_aes_key,
    }
)
_REQUIRED = frozenset({"app_id", "app_secret", "token"})


class WeChatConnector:
    """A WeChat Official Account, both ways: messages as they come, comments as often as they are listed."""

    platform = PLATFORM
    sends_are_idempotent = False
    limits: Sequence[Limit] = ()
    kept_headers = frozenset({"user-agent"})
    kept_query = frozenset({"timestamp", "nonce", "encrypt_type"})

    feeds: Sequence[Feed] = (Feed(name=COMMENTS, every=timedelta(minutes=10)),)

    def __init__(self, tokens: AccessTokens, *, clock: Clock | None = None) -> None:
        self._tokens, self._clock = tokens, clock or SystemClock()

    def check_credentials(self, credentials: Credentials) -> None:
        check_shape(credentials, checks=_CHECKS, required=_REQUIRED)

    def handshake(self, request: HookRequest, credentials: Credentials) -> Acknowledgement | None:
        if request.method != "GET":
            return None
        if not is_address_signed(request, secrets(credentials, "token")):
            raise HandshakeRefused("signature is not by the token of this account")
        echo = request.query.get("echostr", "").encode("utf-8", "surrogatepass")
        return Acknowledgement(content_type=PLAIN_TEXT, body=echo)

    def verify(self, request: HookRequest, credentials: Credentials, *, now: datetime) -> Proof:
        tokens = secrets(credentials, "token")
        check_size(request.body)
        is_sealed = "encoding_aes_key" in credentials or "msg_signature" in request.query
        if is_sealed or request.query.get("encrypt_type") == "aes":
            check_sealed(request, credentials, receiver=_RECEIVER)
            proof = Proof.AES
        else:
            proof = _verify_plain(request, tokens)
        check_age(request, now)
        return proof

    def acknowledge(self, request: HookRequest) -> Acknowledgement:
        return Acknowledgement(content_type=PLAIN_TEXT, body=b"success")

    def normalise(
        self, delivery: DeliveryAccepted, *, account: AccountRef, credentials: Credentials
    ) -> Sequence[Interaction]:
        fields = read_fields(delivery.body)
        if delivery.proof is Proof.AES:
            # In compatible mode the same stands beside it in the clear, where anybody could have changed it.
            fields = opened(fields, credentials, receiver=_RECEIVER)
        return (read_push(fields, Origin.of_delivery(delivery, account)),)

    def normalise_body(
        self, body: bytes, *, content_type: str, account: AccountRef | None = None, received_at: datetime
    ) -> Sequence[Interaction]:
        if not body:
            return ()
        fields = read_fields(body)
        if sealed_part(fields) and "MsgType" not in fields:
            raise Unreadable("the body is encrypted; only its account can open it")
        return (read_push(fields, Origin.of_body(account, received_at)),)

    async def send(self, reply: OutgoingReply, *, access: Access) -> Sent:
        account = self._account(access)
        if reply.target.kind == Kind.COMMENT and reply.visibility is Visibility.PUBLIC:
            return await wechat_comments.answer_comment(reply, account=account)
        return await wechat_api.send(reply, account=account)

    async def list_feed(
        self, feed: str, *, since: datetime, cursor: str | None, access: Access, now: datetime
    ) -> Listed:
        """All comments under the newest articles, however old: WeChat does not say in which order it lists them."""
        if feed != COMMENTS:
            raise CallRefused(f"WeChat has no feed {feed}")
        account = self._account(access)
        return await wechat_comments.list_comments(since=since, cursor=cursor, account=account, access=access, now=now)

    def woken(self, interactions: Sequence[Interaction]) -> Sequence[str]:
        return ()

    async def moderate(self, moderation: Moderation, *, access: Access) -> None:
        await wechat_comments.moderate(moderation, account=self._account(access))

    async def list_posts(self, *, since: datetime, cursor: str | None, access: Access) -> PostsListed:
        return await wechat_articles.list_posts(self._account(access), since=since, cursor=cursor)

    async def measure_posts(self, post_ids: Sequence[str], *, access: Access) -> Sequence[PostFigures]:
        today = self._clock.now().astimezone(_STATISTICS_ZONE).date()
        return await wechat_articles.measure_articles(self._account(access), post_ids, today=today)

    async def measure_account(self, *, access: Access) -> AccountFigures:
        return await wechat_articles.measure_account(self._account(access))

    def _account(self, access: Access) -> Account:
        return wechat_api.account_of(access, self._tokens)


def _verify_plain(request: HookRequest, tokens: Sequence[str]) -> Proof:
    if not is_address_signed(request, tokens):
        raise SignatureRefused("signature is missing or not by the token of this account")
    if "MsgType" not in read_fields(request.body):
        raise Unreadable("a push names its MsgType")
    return Proof.URL_DIGEST
