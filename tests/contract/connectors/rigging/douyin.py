"""Douyin, its events and its live rooms."""

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime

from huiying.events.deliveries import Proof
from ingest.clients.connectors.connector import HookRequest
from ingest.clients.connectors.table import CONNECTORS
from tests.contract.connectors.rig import PLAIN_SECRETS, Rig, a_request

ACCOUNT = "e3af6e1d-d83a-4116-8f9f-5cb8ac2413c7"


def sign_douyin(body: bytes, secret: str, at: datetime) -> HookRequest:
    signature = hashlib.sha1(secret.encode() + body).hexdigest()
    return a_request(
        body, headers={"x-douyin-signature": signature, "msg-id": "d1", "content-type": "application/json"}
    )


def sign_douyin_live(body: bytes, secret: str, at: datetime) -> HookRequest:
    headers = {
        "x-msg-type": "live_comment",
        "x-nonce-str": "n1",
        "x-roomid": "7300000000000000001",
        "x-timestamp": str(int(at.timestamp() * 1000)),
    }
    pairs = "&".join(f"{name}={headers[name]}" for name in sorted(headers))
    signature = base64.b64encode(hashlib.md5(pairs.encode() + body + secret.encode()).digest()).decode()
    return a_request(body, headers={**headers, "x-signature": signature, "content-type": "application/json"})


_DOUYIN = {"client_key": "awk1", "access_token": "act.1"}
_MESSAGE = (
    b'{"event":"im_receive_msg","client_key":"awk1","from_user_id":"u1","to_user_id":"' + ACCOUNT.encode() + b'",'
    b'"content":{"conversation_short_id":"@c1","server_message_id":"@m1","conversation_type":1,'
    b'"create_time":1790000000000,"message_type":"text","text":"hi"}}'
)
_LIVE_COMMENT = (
    b'[{"msg_id":"7301","sec_openid":"u1","content":"hi","nickname":"\xe8\x8a\x8b\xe5\x9c\x86",'
    b'"timestamp":1790000000000}]'
)

RIGS: Sequence[Rig] = (
    Rig(
        name="douyin",
        connector=CONNECTORS["douyin"],
        fixed=_DOUYIN,
        rotating="client_secret",
        secret=PLAIN_SECRETS,
        sign=sign_douyin,
        proof=Proof.BODY_DIGEST,
        body=_MESSAGE,
        account=ACCOUNT,
        signs_time=False,
    ),
    Rig(
        name="douyin-live",
        connector=CONNECTORS["douyin"],
        fixed={**_DOUYIN, "client_secret": "client-secret"},
        rotating="live_secret",
        secret=PLAIN_SECRETS,
        sign=sign_douyin_live,
        proof=Proof.BODY_DIGEST,
        body=_LIVE_COMMENT,
        account=ACCOUNT,
    ),
)
