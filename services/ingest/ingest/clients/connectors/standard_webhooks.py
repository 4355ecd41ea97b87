"""Standard Webhooks: checking them, by shared secret (v1) and by public key (v1a).

What is signed is `id.timestamp.body`, so neither id nor timestamp may hold a dot.
"""

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from huiying.crypto import mac
from huiying.events.deliveries import Proof
from huiying.http.standard_webhooks import ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER
from ingest.clients.connectors.connector import SecretMissing, SignatureRefused, StaleDelivery
from ingest.clients.connectors.credentials import fits_any

TOLERANCE = timedelta(minutes=5)

_SECRET_PREFIX = "whsec_"  # noqa: S105 - what a secret starts with
_PUBLIC_KEY_PREFIX = "whpk_"
# The standard asks senders for 24 to 64 bytes; less than 16 could be guessed, so that much is insisted on.
_MIN_SECRET_BYTES = 16
_PUBLIC_KEY_BYTES = 32
_MAX_SIGNATURES = 32


def check_secret(value: str) -> str | None:
    """What is wrong with a shared secret, as a sentence, or nothing."""
    key = _key_of(value, prefix=_SECRET_PREFIX)
    if key is None:
        return f"must start with {_SECRET_PREFIX} and go on in base64"
    return None if len(key) >= _MIN_SECRET_BYTES else f"must hold at least {_MIN_SECRET_BYTES} bytes"


def check_public_key(value: str) -> str | None:
    """What is wrong with a public key, as a sentence, or nothing."""
    key = _key_of(value, prefix=_PUBLIC_KEY_PREFIX)
    if key is None:
        return f"must start with {_PUBLIC_KEY_PREFIX} and go on in base64"
    return None if len(key) == _PUBLIC_KEY_BYTES else f"must hold {_PUBLIC_KEY_BYTES} bytes, an Ed25519 key"


def usable_secrets(values: Sequence[str]) -> list[str]:
    """Those of the secrets that can sign."""
    return [value for value in values if _key_of(value, prefix=_SECRET_PREFIX)]


def verify(
    body: bytes, headers: Mapping[str, str], *, secrets: Sequence[str], public_keys: Sequence[str], now: datetime
) -> Proof:
    """How the headers vouch for the body: any one signature by any one key will do.

    Raises SignatureRefused if none does, StaleDelivery if it was made more than TOLERANCE away from `now`,
    SecretMissing if there is no key at all.
    """
    keys = _usable(tuple(secrets), prefix=_SECRET_PREFIX)
    points = _usable(tuple(public_keys), prefix=_PUBLIC_KEY_PREFIX)
    if not keys and not points:
        raise SecretMissing("the account has neither secret nor public_key", retry_after_seconds=60)
    message_id, timestamp = headers.get(ID_HEADER, ""), headers.get(TIMESTAMP_HEADER, "")
    if not message_id or "." in message_id:
        raise SignatureRefused(f"{ID_HEADER} is missing or holds a dot")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise SignatureRefused(f"{TIMESTAMP_HEADER} must be whole seconds since 1970")
    signed = _signed(message_id, timestamp, body)
    header = headers.get(SIGNATURE_HEADER, "")
    # Nearly every delivery carries one signature by the one secret; what does not takes the long way.
    is_usual = len(keys) == 1 and hmac.compare_digest(
        header.encode("utf-8", "surrogatepass"), _text_of(keys[0], signed)
    )
    proof = Proof.HMAC if is_usual else _proof(signed, header, secrets=keys, public_keys=points)
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise StaleDelivery(f"{TIMESTAMP_HEADER} {timestamp} is more than {TOLERANCE} away from {now.isoformat()}")
    return proof


def _proof(signed: bytes, header: str, *, secrets: Sequence[bytes], public_keys: Sequence[bytes]) -> Proof:
    offered = list(_signatures(header))
    macs = [mac(secret, signed) for secret in secrets]
    keys = [Ed25519PublicKey.from_public_bytes(point) for point in public_keys]
    for version, signature in offered:
        if version == "v1" and fits_any(signature, macs):
            return Proof.HMAC
        if version == "v1a" and any(_is_signed_by(key, signature, signed) for key in keys):
            return Proof.ED25519
    raise SignatureRefused(f"none of {len(offered)} signatures in {SIGNATURE_HEADER} is by a key of this account")


def _signatures(header: str) -> Iterable[tuple[str, bytes]]:
    for item in header.split(" ", _MAX_SIGNATURES)[:_MAX_SIGNATURES]:
        version, comma, text = item.partition(",")
        signature = _from_base64(text)
        if comma and signature is not None:
            yield version, signature


def _is_signed_by(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True


# The same few secrets prove every delivery of an account.
@lru_cache(maxsize=1_024)
def _usable(values: tuple[str, ...], *, prefix: str) -> tuple[bytes, ...]:
    # An empty key is left out: anybody could sign with it.
    return tuple(key for value in values if (key := _key_of(value, prefix=prefix)))


def _signed(message_id: str, timestamp: str, body: bytes) -> bytes:
    return b".".join((message_id.encode("utf-8", "surrogatepass"), timestamp.encode(), body))


def _text_of(key: bytes, signed: bytes) -> bytes:
    return b"v1," + binascii.b2a_base64(mac(key, signed), newline=False)


def _key_of(value: str, *, prefix: str) -> bytes | None:
    return _from_base64(value.removeprefix(prefix)) if value.startswith(prefix) else None


def _from_base64(text: str) -> bytes | None:
    # Some senders leave the padding out.
    bare = text.rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
