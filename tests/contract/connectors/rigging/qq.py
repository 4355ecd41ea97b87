"""QQ bots."""

from collections.abc import Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from huiying.events.deliveries import Proof
from ingest.clients.connectors.connector import HookRequest
from ingest.clients.connectors.table import CONNECTORS
from tests.contract.connectors.rig import PLAIN_SECRETS, Rig, a_request

APP_ID = "102005927"


def sign_qq(body: bytes, secret: str, at: datetime) -> HookRequest:
    timestamp = str(int(at.timestamp()))
    key = Ed25519PrivateKey.from_private_bytes((secret.encode() * 32)[:32])
    headers = {
        "x-signature-ed25519": key.sign(timestamp.encode() + body).hex(),
        "x-signature-timestamp": timestamp,
        "x-bot-appid": APP_ID,
        "user-agent": "QQBot-Callback",
        "content-type": "application/json",
    }
    return a_request(body, headers=headers)


RIGS: Sequence[Rig] = (
    Rig(
        name="qq",
        connector=CONNECTORS["qq"],
        fixed={"app_id": APP_ID},
        rotating="app_secret",
        secret=PLAIN_SECRETS,
        sign=sign_qq,
        proof=Proof.ED25519,
        body=(
            b'{"op":0,"id":"C2C_MESSAGE_CREATE:1","s":1,"t":"C2C_MESSAGE_CREATE","d":{"id":"ROBOT1.0_m1",'
            b'"author":{"user_openid":"u1"},"content":"hi","timestamp":"2026-09-21T22:00:00+08:00"}}'
        ),
        account=APP_ID,
    ),
)
