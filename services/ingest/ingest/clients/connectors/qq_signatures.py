"""How QQ signs: by an Ed25519 key that both sides make out of the bot's secret.

Whoever can check can therefore also sign. And QQ has an address prove itself by signing what it is asked to, with the
very key and in the very form of a delivery's signature: an address that signs anything would sign forgeries.
"""

import re
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_SEED_BYTES = 32
_SIGNATURE_BYTES = 64
# A body is an object in JSON; a question of letters and digits can never be the beginning or the end of one.
_QUESTION = re.compile(r"[A-Za-z0-9_-]{1,128}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


def answer_to(plain_token: str, event_ts: str, *, secret: str) -> str | None:
    """The signature that QQ asks for; None for a question that could be a delivery."""
    if not _QUESTION.fullmatch(plain_token) or not _TIMESTAMP.fullmatch(event_ts):
        return None
    return signature_of(plain_token.encode(), timestamp=event_ts, secret=secret)


def signature_of(body: bytes, *, timestamp: str, secret: str) -> str:
    """The value of X-Signature-Ed25519 for a body sent at that time."""
    return _key_of(secret).sign(timestamp.encode() + body).hex()


def is_signed(body: bytes, signature: str, *, timestamp: str, secret: str) -> bool:
    """Whether that secret's key made the signature over this timestamp and body."""
    try:
        offered = bytes.fromhex(signature)
    except ValueError:
        return False
    if len(offered) != _SIGNATURE_BYTES or not _TIMESTAMP.fullmatch(timestamp):
        return False
    try:
        _key_of(secret).public_key().verify(offered, timestamp.encode() + body)
    except InvalidSignature:
        return False
    return True


# The same few secrets prove every delivery of an account.
@lru_cache(maxsize=1_024)
def _key_of(secret: str) -> Ed25519PrivateKey:
    repeated = secret.encode() * (_SEED_BYTES // len(secret.encode()) + 1)
    return Ed25519PrivateKey.from_private_bytes(repeated[:_SEED_BYTES])
