"""WeChat's signatures and its safe mode: sorted SHA-1 over pieces, AES-256-CBC around the message.

The plain text in there is 16 random bytes, the message's length, the message, and the app id it is meant for.
"""

import base64
import binascii
import hashlib
import os
import struct
from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC

from huiying.errors import Rejected
from ingest.clients.connectors.credentials import fits_any

_AES_KEY_CHARACTERS = 43
_PADDING_BLOCK_BYTES = 32  # AES blocks have 16, WeChat pads to twice that
_CIPHER_BLOCK_BYTES = 16
_NONCE_BYTES = 16
_LENGTH = struct.Struct(">I")
_REPLY = (
    "<xml><Encrypt><![CDATA[{sealed}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>"
    "<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
)


class Undecipherable(Rejected):
    """No key opens it, or it was meant for another app."""

    code = "undecipherable"


def check_aes_key(value: str) -> str | None:
    """What is wrong with an EncodingAESKey, as a sentence, or nothing."""
    if len(value) != _AES_KEY_CHARACTERS:
        return f"must have {_AES_KEY_CHARACTERS} characters, not {len(value)}"
    return None if _key_of(value) else "must be base64 without its padding"


def signature_of(*pieces: str) -> str:
    """SHA-1, in hex, of the pieces in lexicographic order."""
    return hashlib.sha1("".join(sorted(pieces)).encode("utf-8", "surrogatepass")).hexdigest()  # noqa: S324 - theirs


def is_signed(offered: str, *pieces: str, tokens: Sequence[str]) -> bool:
    """Whether that is the signature of these pieces together with any of the tokens."""
    given = offered.encode("utf-8", "surrogatepass")
    return fits_any(given, (signature_of(token, *pieces).encode() for token in tokens))


def open_sealed(sealed: str, *, aes_keys: Sequence[str], app_ids: Sequence[str]) -> bytes:
    """The message inside, by whichever key opens it.

    Raises Undecipherable if none does, or if the app id inside is not one of ours.
    """
    try:
        ciphertext = base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Undecipherable("the encrypted part is not base64") from error
    if not ciphertext or len(ciphertext) % _CIPHER_BLOCK_BYTES:
        raise Undecipherable("the encrypted part is cut short")
    for encoded in aes_keys:
        message, app_id = _opened(ciphertext, encoded)
        if message is not None and fits_any(app_id, (ours.encode() for ours in app_ids)):
            return message
    raise Undecipherable("no key of this account opens it for its app id")


def seal(message: bytes, *, aes_key: str, app_id: str) -> str:
    """The message encrypted for one app, as base64."""
    key = _key_of(aes_key)
    if key is None:
        raise Undecipherable("the account's encoding_aes_key is none")
    plain = os.urandom(_NONCE_BYTES) + _LENGTH.pack(len(message)) + message + app_id.encode()
    padding = _PADDING_BLOCK_BYTES - len(plain) % _PADDING_BLOCK_BYTES
    encryptor = Cipher(AES256(key), CBC(key[:_CIPHER_BLOCK_BYTES])).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()).decode()


def sealed_reply(message: bytes, *, token: str, aes_key: str, app_id: str, timestamp_seconds: int, nonce: str) -> bytes:
    """A passive reply in safe mode: the message encrypted, signed, and wrapped in WeChat's XML."""
    sealed = seal(message, aes_key=aes_key, app_id=app_id)
    timestamp = str(timestamp_seconds)
    signature = signature_of(token, timestamp, nonce, sealed)
    # A nonce comes from outside, and must not end the section it stands in.
    safe_nonce = nonce.replace("]]>", "")
    return _REPLY.format(sealed=sealed, signature=signature, timestamp=timestamp, nonce=safe_nonce).encode()


def _opened(ciphertext: bytes, encoded: str) -> tuple[bytes | None, bytes]:
    key = _key_of(encoded)
    if key is None:
        return None, b""
    decryptor = Cipher(AES256(key), CBC(key[:_CIPHER_BLOCK_BYTES])).decryptor()
    padded = decryptor.update(ciphertext) + decryptor.finalize()
    padding = padded[-1]
    if not 1 <= padding <= min(_PADDING_BLOCK_BYTES, len(padded)) or padded[-padding:] != bytes([padding]) * padding:
        return None, b""
    content = padded[_NONCE_BYTES:-padding]
    if len(content) < _LENGTH.size:
        return None, b""
    (size_bytes,) = _LENGTH.unpack_from(content)
    end = _LENGTH.size + size_bytes
    return (content[_LENGTH.size : end], content[end:]) if end <= len(content) else (None, b"")


def _key_of(encoded: str) -> bytes | None:
    try:
        key = base64.b64decode(encoded + "=", validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == 32 else None
