"""How the platforms prove that it is them, written from their documents."""

import base64
import hashlib
import hmac
import secrets
import struct
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_SECRET_PREFIX = "whsec_"  # noqa: S105 - what a secret starts with
_TOLERANCE_SECONDS = 300


def meta_signature(body: bytes, *, app_secret: str) -> str:
    """The value of X-Hub-Signature-256."""
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


def sorted_sha1(*pieces: str) -> str:
    """WeChat's signature: the pieces sorted, put together, and hashed."""
    return hashlib.sha1("".join(sorted(pieces)).encode(), usedforsecurity=False).hexdigest()


def wechat_sealed(message: bytes, *, encoding_aes_key: str, app_id: str, prefix: bytes | None = None) -> str:
    """The message as safe mode encrypts it; `prefix` are its 16 random bytes, where a test must know them."""
    key = base64.b64decode(encoding_aes_key + "=")
    plain = (prefix or secrets.token_bytes(16)) + struct.pack(">I", len(message)) + message + app_id.encode()
    # PKCS#7, but to blocks of 32 bytes, which is twice what AES has.
    fill = 32 - len(plain) % 32
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([fill] * fill)) + encryptor.finalize()).decode()


def douyin_signature(body: bytes, *, client_secret: str) -> str:
    """The value of X-Douyin-Signature."""
    return hashlib.sha1(client_secret.encode() + body, usedforsecurity=False).hexdigest()


def douyin_live_signature(headers: Mapping[str, str], body: bytes, *, secret: str) -> str:
    """The value of x-signature on what a live room pushes: the other headers in order, the body, and the secret."""
    pairs = "&".join(f"{name}={headers[name]}" for name in sorted(headers))
    digest = hashlib.md5(pairs.encode() + body + secret.encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def qq_signature(body: bytes, *, timestamp: str, app_secret: str) -> str:
    """The value of X-Signature-Ed25519, by a key whose seed is the secret, over and over, until it is 32 bytes."""
    seed = (app_secret.encode() * 32)[:32]
    return Ed25519PrivateKey.from_private_bytes(seed).sign(timestamp.encode() + body).hex()


def kuaishou_signature(body: bytes, *, app_secret: str) -> str:
    """The value of kwaisign."""
    return hashlib.md5(body + app_secret.encode(), usedforsecurity=False).hexdigest()


def bilibili_headers(body: bytes, *, client_id: str, app_secret: str, seconds: int, nonce: str) -> dict[str, str]:
    """The headers of a signed request, which name the hash of its body."""
    headers = {
        "x-bili-accesskeyid": client_id,
        "x-bili-content-md5": hashlib.md5(body, usedforsecurity=False).hexdigest(),
        "x-bili-signature-method": "HMAC-SHA256",
        "x-bili-signature-nonce": nonce,
        "x-bili-signature-version": "2.0",
        "x-bili-timestamp": str(seconds),
    }
    return {**headers, "authorization": _bilibili_authorization(headers, app_secret)}


def is_bilibili_signed(headers: Mapping[str, str], body: bytes, *, app_secret: str) -> bool:
    """Whether these headers (names in lower case) are signed by that secret, and name the hash of this body."""
    signed = {name: value for name, value in headers.items() if name.startswith("x-bili-")}
    is_body = signed.get("x-bili-content-md5") == hashlib.md5(body, usedforsecurity=False).hexdigest()
    return is_body and headers.get("authorization") == _bilibili_authorization(signed, app_secret)


def _bilibili_authorization(headers: Mapping[str, str], app_secret: str) -> str:
    lines = "\n".join(f"{name}:{headers[name]}" for name in sorted(headers))
    return hmac.new(app_secret.encode(), lines.encode(), hashlib.sha256).hexdigest()


def standard_signed(message_id: str, timestamp: str, body: bytes) -> bytes:
    """What a Standard Webhook's signature is made over."""
    return f"{message_id}.{timestamp}.".encode() + body


def standard_v1(signed: bytes, *, secret: str) -> str:
    """A signature by shared secret."""
    key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def standard_v1a(signed: bytes, *, key: Ed25519PrivateKey) -> str:
    """A signature by private key."""
    return "v1a," + base64.b64encode(key.sign(signed)).decode()


def public_key_text(key: Ed25519PrivateKey) -> str:
    """The public half as it is handed out: `whpk_…`."""
    return "whpk_" + base64.b64encode(key.public_key().public_bytes_raw()).decode()


def fresh_secret(seed: bytes) -> str:
    """A shared secret, the same for the same seed: `whsec_…`."""
    return _SECRET_PREFIX + base64.b64encode(hashlib.sha256(seed).digest()).decode()


def is_standard_webhook(headers: Mapping[str, str], body: bytes, *, secret: str, now_seconds: float) -> bool:
    """Whether any v1 signature in these headers (names in lower case) is by that secret, and fresh."""
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not timestamp.isdigit() or abs(now_seconds - int(timestamp)) > _TOLERANCE_SECONDS:
        return False
    expected = standard_v1(standard_signed(message_id, timestamp, body), secret=secret)
    return any(hmac.compare_digest(expected, one) for one in headers.get("webhook-signature", "").split(" "))
