"""How requests to and from Bilibili are signed: six headers in order, one of them a hash of the body."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from huiying.crypto import mac

AUTHORIZATION_HEADER = "authorization"
KEY_HEADER = "x-bili-accesskeyid"
BODY_HEADER = "x-bili-content-md5"
METHOD_HEADER = "x-bili-signature-method"
NONCE_HEADER = "x-bili-signature-nonce"
VERSION_HEADER = "x-bili-signature-version"
TIMESTAMP_HEADER = "x-bili-timestamp"
METHOD = "HMAC-SHA256"

SIGNED_HEADERS = (KEY_HEADER, BODY_HEADER, METHOD_HEADER, NONCE_HEADER, VERSION_HEADER, TIMESTAMP_HEADER)
_VERSION = "2.0"


def signature_of(headers: Mapping[str, str], *, secret: str) -> str:
    """The value of Authorization for these headers, of which only the signed ones count."""
    lines = "\n".join(f"{name}:{headers.get(name, '')}" for name in sorted(SIGNED_HEADERS))
    return mac(secret.encode(), lines.encode("utf-8", "surrogatepass")).hex()


def hash_of(body: bytes) -> str:
    """The value of x-bili-content-md5."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def signed_headers(body: bytes, *, client_id: str, secret: str, at: datetime, nonce: str) -> dict[str, str]:
    """The headers of a request to Bilibili that is made at that moment."""
    headers = {
        KEY_HEADER: client_id,
        BODY_HEADER: hash_of(body),
        METHOD_HEADER: METHOD,
        NONCE_HEADER: nonce,
        VERSION_HEADER: _VERSION,
        TIMESTAMP_HEADER: str(int(at.timestamp())),
    }
    return {**headers, AUTHORIZATION_HEADER: signature_of(headers, secret=secret)}
