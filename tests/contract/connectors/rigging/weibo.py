"""Weibo's fan service."""

from collections.abc import Sequence
from datetime import datetime

from huiying.events.deliveries import Proof
from ingest.clients.connectors.connector import HookRequest
from ingest.clients.connectors.table import CONNECTORS
from ingest.clients.connectors.wechat_crypto import signature_of
from tests.contract.connectors.rig import PLAIN_SECRETS, Rig, a_request

ACCOUNT = "1902538057"


def sign_weibo(body: bytes, app_secret: str, at: datetime) -> HookRequest:
    timestamp = str(int(at.timestamp() * 1000))
    query = {"signature": signature_of(app_secret, timestamp, "57155157"), "timestamp": timestamp, "nonce": "57155157"}
    return a_request(body, headers={"content-type": "application/json"}, query=query)


_PUSH = (
    b'{"type":"text","receiver_id":1902538057,"sender_id":5200300400,"created_at":"Mon Sep 21 22:13:20 +0800 2026",'
    b'"text":"hi","data":{}}'
)

RIGS: Sequence[Rig] = (
    Rig(
        name="weibo",
        connector=CONNECTORS["weibo"],
        fixed={"access_token": "2.00token"},
        rotating="app_secret",
        secret=PLAIN_SECRETS,
        sign=sign_weibo,
        proof=Proof.URL_DIGEST,
        body=_PUSH,
        account=ACCOUNT,
        signs_body=False,
    ),
)
