"""Bilibili."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from huiying.events.deliveries import Proof
from huiying.events.interactions import Kind
from ingest.clients.connectors.connector import HookRequest
from ingest.clients.connectors.table import CONNECTORS
from tests.contract.connectors.rig import PLAIN_SECRETS, Rig, a_request

ACCOUNT = "9205eeaa1879skxys969ed47874f225c3"
CLIENT_ID = "395c8275dd674f17"


def sign_bilibili(body: bytes, secret: str, at: datetime) -> HookRequest:
    headers = {
        "x-bili-accesskeyid": CLIENT_ID,
        "x-bili-content-md5": hashlib.md5(body).hexdigest(),
        "x-bili-signature-method": "HMAC-SHA256",
        "x-bili-signature-nonce": "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
        "x-bili-signature-version": "2.0",
        "x-bili-timestamp": str(int(at.timestamp())),
    }
    signed = "\n".join(f"{name}:{headers[name]}" for name in sorted(headers))
    signature = hmac.digest(secret.encode(), signed.encode(), "sha256").hex()
    return a_request(body, headers={**headers, "authorization": signature, "content-type": "application/json"})


RIGS: Sequence[Rig] = (
    Rig(
        name="bilibili",
        connector=CONNECTORS["bilibili"],
        fixed={"client_id": CLIENT_ID, "access_token": "token-1"},
        rotating="app_secret",
        secret=PLAIN_SECRETS,
        sign=sign_bilibili,
        proof=Proof.HMAC,
        body=(
            b'{"event":"video_fail","content":{"openid":"' + ACCOUNT.encode() + b'","client_id":"395c8275dd674f17",'
            b'"resource_id":"BV1tea00001","state":-2,"state_desc":"hi"},"timestamp":"2026-09-21 22:00:00"}'
        ),
        account=ACCOUNT,
        has_answers=False,
        kinds=frozenset({Kind.SYSTEM}),
    ),
)
