"""WeChat Official Accounts, plain and in safe mode."""

from collections.abc import Sequence
from datetime import datetime

from huiying.events.deliveries import Proof
from ingest.clients.connectors.connector import HookRequest
from ingest.clients.connectors.table import CONNECTORS
from ingest.clients.connectors.wechat_crypto import seal, signature_of
from tests.contract.connectors.rig import PLAIN_SECRETS, Rig, a_request, altered

APP_ID = "wx0123456789abcdef"
OLD_AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
AES_KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefg"


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


_WECHAT = {"app_id": APP_ID, "app_secret": "app-secret"}
_PUSH = (
    b"<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName>"
    b"<CreateTime>1790000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[hi]]></Content>"
    b"<MsgId>42</MsgId></xml>"
)

RIGS: Sequence[Rig] = (
    Rig(
        name="wechat-plain",
        connector=CONNECTORS["wechat_oa"],
        fixed=_WECHAT,
        rotating="token",
        secret=PLAIN_SECRETS,
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
