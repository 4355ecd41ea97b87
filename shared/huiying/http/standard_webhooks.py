"""Signing by Standard Webhooks, for what we send: by shared secret (v1) and by private key (v1a).

What is signed is `id.timestamp.body`, so neither id nor timestamp may hold a dot.
"""

import base64
import secrets as randomness
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from huiying.crypto import mac

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"

_SECRET_PREFIX = "whsec_"  # noqa: S105 - what a secret starts with
_PRIVATE_KEY_PREFIX = "whsk_"
_PUBLIC_KEY_PREFIX = "whpk_"
_SECRET_BYTES = 32


def new_secret() -> str:
    """A shared secret, `whsec_…`."""
    return _SECRET_PREFIX + base64.b64encode(randomness.token_bytes(_SECRET_BYTES)).decode()


def new_private_key() -> str:
    """An Ed25519 key, `whsk_…`."""
    return _PRIVATE_KEY_PREFIX + base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()


def public_key_of(private_key: str) -> str:
    """The half that receivers check with, `whpk_…`."""
    point = _private_key(private_key).public_key().public_bytes_raw()
    return _PUBLIC_KEY_PREFIX + base64.b64encode(point).decode()


def sign(body: bytes, *, message_id: str, timestamp_seconds: int, keys: Sequence[str]) -> dict[str, str]:
    """The headers that vouch for a body: one signature for each key, whichever of the two kinds it is."""
    timestamp = str(timestamp_seconds)
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return {
        ID_HEADER: message_id,
        TIMESTAMP_HEADER: timestamp,
        SIGNATURE_HEADER: " ".join(_signature(key, signed) for key in keys),
    }


def _signature(key: str, signed: bytes) -> str:
    if key.startswith(_PRIVATE_KEY_PREFIX):
        return "v1a," + base64.b64encode(_private_key(key).sign(signed)).decode()
    return "v1," + base64.b64encode(mac(base64.b64decode(key.removeprefix(_SECRET_PREFIX)), signed)).decode()


def _private_key(key: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(key.removeprefix(_PRIVATE_KEY_PREFIX)))
