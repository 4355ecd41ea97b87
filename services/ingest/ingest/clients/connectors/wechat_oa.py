"""WeChat Official Accounts: pushes in XML, plain or in safe mode, and customer-service messages back.

In plain mode WeChat signs the address and not the body: whoever has seen one such address can post anything. An account
that has an encoding_aes_key therefore believes encrypted bodies only.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from huiying.errors import TooLarge
from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import AccountRef, Interaction
from ingest.clients.connectors import wechat_api
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
from ingest.clients.connectors.origin import Origin
from ingest.clients.connectors.wechat_crypto import Undecipherable, check_aes_key, is_signed, open_sealed
from ingest.clients.connectors.wechat_messages import PLATFORM, Fields, read_fields, read_push

# WeChat documents no limit to the age of a push; it repeats one within seconds.
TOLERANCE = timedelta(minutes=10)

# A push holds one message of at most a few kilobytes, and without a signed body anybody can make us parse one.
_MAX_BODY_BYTES = 256 * 1024
_SEALED = "Encrypt"
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
    """A WeChat Official Account, both ways."""

    platform = PLATFORM
    sends_are_idempotent = False
    limits: Sequence[Limit] = ()
    kept_headers = frozenset({"user-agent"})
    kept_query = frozenset({"timestamp", "nonce", "encrypt_type"})

    def __init__(self, tokens: AccessTokens) -> None:
        self._tokens = tokens

    def check_credentials(self, credentials: Credentials) -> None:
        check_shape(credentials, checks=_CHECKS, required=_REQUIRED)

    def handshake(self, request: HookRequest, credentials: Credentials) -> Acknowledgement | None:
        if request.method != "GET":
            return None
        query, tokens = request.query, secrets(credentials, "token")
        pieces = query.get("timestamp", ""), query.get("nonce", "")
        if not all(pieces) or not is_signed(query.get("signature", ""), *pieces, tokens=tokens):
            raise HandshakeRefused("signature is not by the token of this account")
        echo = query.get("echostr", "").encode("utf-8", "surrogatepass")
        return Acknowledgement(status=200, content_type="text/plain; charset=utf-8", body=echo)

    def verify(self, request: HookRequest, credentials: Credentials, *, now: datetime) -> Proof:
        tokens = secrets(credentials, "token")
        if len(request.body) > _MAX_BODY_BYTES:
            raise TooLarge(f"a push has at most {_MAX_BODY_BYTES} bytes, this one {len(request.body)}")
        is_sealed = "encoding_aes_key" in credentials or "msg_signature" in request.query
        if is_sealed or request.query.get("encrypt_type") == "aes":
            proof = _verify_sealed(request, credentials, tokens)
        else:
            proof = _verify_plain(request, tokens)
        _check_age(request.query["timestamp"], now)
        return proof

    def acknowledge(self, request: HookRequest) -> Acknowledgement:
        return Acknowledgement(status=200, content_type="text/plain; charset=utf-8", body=b"success")

    def normalise(
        self, delivery: DeliveryAccepted, *, account: AccountRef, credentials: Credentials
    ) -> Sequence[Interaction]:
        fields = read_fields(delivery.body)
        if delivery.proof is Proof.AES:
            # In compatible mode the same stands beside it in the clear, where anybody could have changed it.
            fields = _opened(fields, credentials)
        return (read_push(fields, Origin.of_delivery(delivery, account)),)

    def normalise_body(
        self, body: bytes, *, content_type: str, account: AccountRef | None = None, received_at: datetime
    ) -> Sequence[Interaction]:
        if not body:
            return ()
        fields = read_fields(body)
        if _SEALED in fields and "MsgType" not in fields:
            raise Unreadable("the body is encrypted; only its account can open it")
        return (read_push(fields, Origin.of_body(account, received_at)),)

    async def send(self, reply: OutgoingReply, *, access: Access) -> Sent:
        return await wechat_api.send(reply, account=wechat_api.account_of(access, self._tokens))


def _verify_plain(request: HookRequest, tokens: Sequence[str]) -> Proof:
    query = request.query
    pieces = query.get("timestamp", ""), query.get("nonce", "")
    if not all(pieces) or not is_signed(query.get("signature", ""), *pieces, tokens=tokens):
        raise SignatureRefused("signature is missing or not by the token of this account")
    if "MsgType" not in read_fields(request.body):
        raise Unreadable("a push names its MsgType")
    return Proof.URL_DIGEST


def _verify_sealed(request: HookRequest, credentials: Credentials, tokens: Sequence[str]) -> Proof:
    query = request.query
    pieces = query.get("timestamp", ""), query.get("nonce", "")
    offered = query.get("msg_signature", "")
    if not offered or not all(pieces):
        raise SignatureRefused("msg_signature is missing, but this account believes encrypted bodies only")
    fields = read_fields(request.body)
    if not is_signed(offered, *pieces, fields.get(_SEALED, ""), tokens=tokens):
        raise SignatureRefused("msg_signature is not by the token of this account over this body")
    # Only now: whoever cannot sign is refused for good, and does not learn what this account lacks.
    secrets(credentials, "encoding_aes_key")
    secrets(credentials, "app_id")
    try:
        _opened(fields, credentials)
    except Unreadable as error:
        raise SignatureRefused(f"the body is signed, but {error}") from error
    return Proof.AES


def _opened(fields: Fields, credentials: Credentials) -> Fields:
    try:
        message = open_sealed(
            fields.get(_SEALED, ""),
            aes_keys=credentials.get("encoding_aes_key", ()),
            app_ids=credentials.get("app_id", ()),
        )
    except Undecipherable as error:
        raise Unreadable(str(error)) from error
    return read_fields(message)


def _check_age(timestamp: str, now: datetime) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise SignatureRefused("timestamp must be whole seconds since 1970")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise StaleDelivery(f"timestamp {timestamp} is more than {TOLERANCE} away from {now.isoformat()}")
