"""Sealing values at rest and comparing secrets.

AES-256-GCM with a context: a sealed value opens only under the row and column it was sealed for, so that two rows
cannot be swapped. What stands before the dot names the key, so that keys can be rotated.
"""

import hashlib
import hmac
import os
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from huiying.errors import Failure

_NONCE_BYTES = 12
_KEY_BYTES = 32


class NotSealedHere(Failure):
    """The value was changed, belongs to another row, or its key is gone."""

    code = "not_sealed_here"


class Vault:
    """Seals and opens values with the newest of several named keys."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """`keys` maps a key's id to 32 bytes; the last one seals, all of them open."""
        if not keys:
            raise ValueError("a vault needs at least one key")
        for key_id, key in keys.items():
            if not key_id or "." in key_id or len(key) != _KEY_BYTES:
                raise ValueError(f"a sealing key needs an id without dots, and {_KEY_BYTES} bytes: {key_id!r}")
        self._ciphers = {key_id.encode(): AESGCM(key) for key_id, key in keys.items()}
        self._newest = list(keys)[-1].encode()
        self._newest_key = keys[self._newest.decode()]

    def seal(self, plain: bytes, *, context: str) -> bytes:
        """Encrypt for one place, which `context` names (service/table/column/row)."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._newest].encrypt(nonce, plain, context.encode())
        return b"".join((self._newest, b".", nonce, sealed))

    def open(self, sealed: bytes, *, context: str) -> bytes:
        """Decrypt what `seal` made for the same context.

        Raises NotSealedHere for anything else.
        """
        key_id, _, payload = sealed.partition(b".")
        try:
            return self._ciphers[key_id].decrypt(payload[:_NONCE_BYTES], payload[_NONCE_BYTES:], context.encode())
        except (KeyError, InvalidTag, ValueError) as error:
            raise NotSealedHere(f"a sealed value did not open for {context}") from error

    def derive(self, purpose: str) -> bytes:
        """A secret for another purpose, which all replicas share. It changes with the newest key."""
        return hmac.digest(self._newest_key, purpose.encode(), hashlib.sha256)


def fingerprint(secret: str) -> str:
    """SHA-256 in hex: how a high-entropy secret is stored for looking it up."""
    return hashlib.sha256(secret.encode()).hexdigest()


def equal(left: str | bytes, right: str | bytes) -> bool:
    """Whether two secrets are the same, in a time that does not depend on where they differ."""
    as_bytes = (value.encode() if isinstance(value, str) else value for value in (left, right))
    return hmac.compare_digest(*as_bytes)


def mac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256, for keys that come again and again.

    `hmac.digest` lets another thread in however short the message is, and at the edge the writer's thread always waits
    to be let in: both then pay for changing over. A copy of a keyed object does so only for a message worth it.
    """
    keyed = _keyed(key).copy()
    keyed.update(message)
    return keyed.digest()


@lru_cache(maxsize=1_024)
def _keyed(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod="sha256")
