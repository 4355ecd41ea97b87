"""The generic source."""

import base64
from collections.abc import Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from huiying.events.deliveries import Proof
from huiying.http.standard_webhooks import sign
from ingest.clients.connectors.connector import HookRequest
from ingest.clients.connectors.table import CONNECTORS
from tests.contract.connectors.rig import Rig, a_request


def whsec(seed: str) -> str:
    return "whsec_" + base64.b64encode(seed.encode().ljust(24, b"-")).decode()


_SIGNING_KEYS = {name: Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b"-")) for name in ("new", "old")}


def whpk(name: str) -> str:
    return "whpk_" + base64.b64encode(_SIGNING_KEYS[name].public_key().public_bytes_raw()).decode()


def sign_generic(body: bytes, secret: str, at: datetime) -> HookRequest:
    seconds = int(at.timestamp())
    headers = sign(body, message_id="msg_1", timestamp_seconds=seconds, keys=[secret])
    return a_request(body, headers={**headers, "content-type": "application/json"})


def sign_generic_by_key(body: bytes, public_key: str, at: datetime) -> HookRequest:
    seconds = str(int(at.timestamp()))
    key = next(key for name, key in _SIGNING_KEYS.items() if whpk(name) == public_key)
    signature = base64.b64encode(key.sign(b"msg_1." + seconds.encode() + b"." + body)).decode()
    headers = {"webhook-id": "msg_1", "webhook-timestamp": seconds, "webhook-signature": f"v1a,{signature}"}
    return a_request(body, headers=headers)


_GENERIC = (
    b'{"type":"comment.created","timestamp":"2026-09-21T14:00:00Z","data":{"id":"c1","text":"hi","author":{"id":"u1"}}}'
)

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
)
