"""Each connector together with what a platform would need to sign requests to it."""

import base64
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from huiying.events.deliveries import DeliveryAccepted, Proof
from huiying.events.interactions import AccountRef, Interaction
from ingest.clients.connectors import standard_webhooks
from ingest.clients.connectors.connector import Connector, Credentials, HookRequest
from ingest.clients.connectors.table import CONNECTORS
from ingest.clients.connectors.wechat_crypto import seal, signature_of

NOW = datetime(2026, 9, 21, 14, 0, tzinfo=UTC)
APP_ID = "wx0123456789abcdef"
OLD_AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
AES_KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefg"


def whsec(seed: str) -> str:
    return "whsec_" + base64.b64encode(seed.encode().ljust(24, b"-")).decode()


_SIGNING_KEYS = {name: Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b"-")) for name in ("new", "old")}


def whpk(name: str) -> str:
    return "whpk_" + base64.b64encode(_SIGNING_KEYS[name].public_key().public_bytes_raw()).decode()


Signer = Callable[[bytes, str, datetime], HookRequest]


@dataclass(frozen=True, kw_only=True)
class Rig:
    """A connector, two generations of its secrets, and the platform's side of the signature."""

    name: str
    connector: Connector
    fixed: Mapping[str, str]
    rotating: str
    secret: Mapping[str, str]
    sign: Signer
    proof: Proof
    body: bytes
    signs_body: bool = True
    signs_time: bool = True

    def __str__(self) -> str:
        return self.name

    def credentials(self, *generations: str) -> Credentials:
        fixed = {name: (value,) for name, value in self.fixed.items()}
        return fixed | {self.rotating: tuple(self.secret[generation] for generation in generations or ("new",))}

    def request(self, body: bytes | None = None, *, at: datetime = NOW, generation: str = "new") -> HookRequest:
        return self.sign(self.body if body is None else body, self.secret[generation], at)

    def normalise(self, request: HookRequest, *, account: AccountRef | None = None) -> Sequence[Interaction]:
        delivery = DeliveryAccepted(
            delivery_id="delivery-1",
            account_id="account-1",
            platform=self.connector.platform,
            received_at=request.received_at,
            content_type=request.headers.get("content-type", ""),
            query={name: request.query[name] for name in self.connector.kept_query & request.query.keys()},
            headers={name: request.headers[name] for name in self.connector.kept_headers & request.headers.keys()},
            proof=self.proof,
            body=request.body,
        )
        ours = account or AccountRef(id="account-1", external_id="700100200300400", brand="tea-house")
        return self.connector.normalise(delivery, account=ours, credentials=self.credentials())


def a_request(
    body: bytes, *, headers: Mapping[str, str] | None = None, query: Mapping[str, str] | None = None
) -> HookRequest:
    return HookRequest(method="POST", query=query or {}, headers=headers or {}, body=body, received_at=NOW)


def altered(request: HookRequest, **changes: object) -> HookRequest:
    return msgspec.structs.replace(request, **changes)


def sign_generic(body: bytes, secret: str, at: datetime) -> HookRequest:
    seconds = int(at.timestamp())
    headers = standard_webhooks.signature_headers(body, message_id="msg_1", timestamp_seconds=seconds, secrets=[secret])
    return a_request(body, headers={**headers, "content-type": "application/json"})


def sign_generic_by_key(body: bytes, public_key: str, at: datetime) -> HookRequest:
    seconds = str(int(at.timestamp()))
    key = next(key for name, key in _SIGNING_KEYS.items() if whpk(name) == public_key)
    signature = base64.b64encode(key.sign(b"msg_1." + seconds.encode() + b"." + body)).decode()
    headers = {"webhook-id": "msg_1", "webhook-timestamp": seconds, "webhook-signature": f"v1a,{signature}"}
    return a_request(body, headers=headers)


def sign_meta(body: bytes, secret: str, at: datetime) -> HookRequest:
    signature = hmac.digest(secret.encode(), body, "sha256").hex()
    return a_request(body, headers={"x-hub-signature-256": f"sha256={signature}", "content-type": "application/json"})


def sign_wechat(body: bytes, token: str, at: datetime) -> HookRequest:
    timestamp = str(int(at.timestamp()))
    query = {"signature": signature_of(token, timestamp, "n1"), "timestamp": timestamp, "nonce": "n1", "openid": "o1"}
    return a_request(body, headers={"content-type": "text/xml"}, query=query)


def sign_wechat_safely(body: bytes, aes_key: str, at: datetime) -> HookRequest:
    sealed = seal(body, aes_key=aes_key, app_id=APP_ID)
    plain = sign_wechat(b"", "token-1", at)
    timestamp = plain.query["timestamp"]
    query = {
        **plain.query,
        "encrypt_type": "aes",
        "msg_signature": signature_of("token-1", timestamp, "n1", sealed),
    }
    wrapped = f"<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
    return altered(plain, body=wrapped.encode(), query=query)


_META = {"verify_token": "verify-me", "access_token": "page-token"}
_WECHAT = {"app_id": APP_ID, "app_secret": "app-secret"}
_COMMENT = (
    b'{"object":"page","entry":[{"id":"700100200300400","time":1790000000,"changes":[{"field":"feed","value":'
    b'{"item":"comment","verb":"add","comment_id":"1_2","post_id":"7_1","parent_id":"7_1","from":{"id":"9","name":"Mia"},'
    b'"created_time":1790000000,"message":"hi"}}]}]}'
)
_DIRECT_MESSAGE = (
    b'{"object":"page","entry":[{"id":"700100200300400","time":1790000000123,"messaging":[{"sender":{"id":"9"},'
    b'"recipient":{"id":"700100200300400"},"timestamp":1790000000000,"message":{"mid":"m_1","text":"hi"}}]}]}'
)
_GENERIC = (
    b'{"type":"comment.created","timestamp":"2026-09-21T14:00:00Z","data":{"id":"c1","text":"hi","author":{"id":"u1"}}}'
)
_PUSH = (
    b"<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName>"
    b"<CreateTime>1790000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[hi]]></Content>"
    b"<MsgId>42</MsgId></xml>"
)
_PLAIN_SECRETS = {"new": "secret-new", "old": "secret-old", "forged": "secret-forged"}

RIGS: Sequence[Rig] = (
    Rig(
        name="generic",
        connector=CONNECTORS["generic"],
        fixed={},
        rotating="secret",
        secret={generation: whsec(generation) for generation in ("new", "old", "forged")},
        sign=sign_generic,
        proof=Proof.HMAC,
        body=_GENERIC,
    ),
    Rig(
        name="generic-by-key",
        connector=CONNECTORS["generic"],
        fixed={},
        rotating="public_key",
        secret={generation: whpk(generation) for generation in ("new", "old")} | {"forged": whpk("old")},
        sign=sign_generic_by_key,
        proof=Proof.ED25519,
        body=_GENERIC,
    ),
    Rig(
        name="facebook",
        connector=CONNECTORS["facebook"],
        fixed=_META,
        rotating="app_secret",
        secret=_PLAIN_SECRETS,
        sign=sign_meta,
        proof=Proof.HMAC,
        body=_COMMENT,
        signs_time=False,
    ),
    Rig(
        name="messenger",
        connector=CONNECTORS["messenger"],
        fixed=_META,
        rotating="app_secret",
        secret=_PLAIN_SECRETS,
        sign=sign_meta,
        proof=Proof.HMAC,
        body=_DIRECT_MESSAGE,
        signs_time=False,
    ),
    Rig(
        name="wechat-plain",
        connector=CONNECTORS["wechat_oa"],
        fixed=_WECHAT,
        rotating="token",
        secret=_PLAIN_SECRETS,
        sign=sign_wechat,
        proof=Proof.URL_DIGEST,
        body=_PUSH,
        signs_body=False,
    ),
    Rig(
        name="wechat-safe",
        connector=CONNECTORS["wechat_oa"],
        fixed={**_WECHAT, "token": "token-1"},
        rotating="encoding_aes_key",
        secret={"new": AES_KEY, "old": OLD_AES_KEY, "forged": OLD_AES_KEY},
        sign=sign_wechat_safely,
        proof=Proof.AES,
        body=_PUSH,
    ),
)
