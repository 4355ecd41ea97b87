"""Discord apps."""

from collections.abc import Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from huiying.events.deliveries import Proof
from huiying.events.interactions import Kind
from ingest.clients.connectors.connector import HookRequest
from ingest.clients.connectors.table import CONNECTORS
from tests.contract.connectors.rig import Rig, a_request

ACCOUNT = "1200300400500600700"

_KEYS = {name: Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b"-")) for name in ("new", "old")}


def public_key(name: str) -> str:
    return _KEYS[name].public_key().public_bytes_raw().hex()


def sign_discord(body: bytes, key: str, at: datetime) -> HookRequest:
    timestamp = str(int(at.timestamp()))
    private = next(one for name, one in _KEYS.items() if public_key(name) == key)
    headers = {
        "x-signature-ed25519": private.sign(timestamp.encode() + body).hex(),
        "x-signature-timestamp": timestamp,
        "content-type": "application/json",
    }
    return a_request(body, headers=headers)


_DIALOG = (
    b'{"id":"1551331237888000001","application_id":"1200300400500600700","type":5,"token":"made-up","version":1,'
    b'"channel_id":"1200300400500600702","user":{"id":"510020030051002003","username":"mia"},"data":{"custom_id":"ask",'
    b'"components":[{"type":1,"components":[{"type":4,"custom_id":"what","value":"hi"}]}]}}'
)

RIGS: Sequence[Rig] = (
    Rig(
        name="discord",
        connector=CONNECTORS["discord"],
        fixed={"bot_token": "made-up-bot-token"},
        rotating="public_key",
        # Who has neither of these keys signs with the other one's, which the account does not have.
        secret={"new": public_key("new"), "old": public_key("old"), "forged": public_key("old")},
        sign=sign_discord,
        proof=Proof.ED25519,
        body=_DIALOG,
        account=ACCOUNT,
        kinds=frozenset({Kind.COMMAND}),
    ),
)
