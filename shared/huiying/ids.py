"""Identifiers: UUIDv7 as text, and secrets that nobody can guess.

A UUIDv7 sorts by the moment it was made, and therefore gives that moment away: it names things, it never protects them.
"""

import base64
import secrets

from uuid_utils import uuid7

_TOKEN_BYTES = 24


def new_id() -> str:
    """A fresh UUIDv7 in its usual 36 characters."""
    return str(uuid7())


def new_token(size_bytes: int = _TOKEN_BYTES) -> str:
    """A random, URL-safe secret of `size_bytes` bytes of entropy, with no padding and no dash in front."""
    return base64.b32encode(secrets.token_bytes(size_bytes)).decode().rstrip("=").lower()
