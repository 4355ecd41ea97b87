"""How a request of the WeChat family proves itself: by a signed address, or by a sealed body that is signed with it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from huiying.errors import TooLarge
from ingest.clients.connectors.connector import Credentials, HookRequest, SignatureRefused, StaleDelivery, Unreadable
from ingest.clients.connectors.credentials import secrets
from ingest.clients.connectors.wechat_crypto import Undecipherable, is_signed, open_sealed
from ingest.clients.connectors.wechat_fields import Fields, read_fields, sealed_part

# WeChat documents no limit to the age of a push; it repeats one within seconds.
TOLERANCE = timedelta(minutes=10)

# A push holds one message of at most a few kilobytes, and without a signed body anybody can make us parse one.
_MAX_BODY_BYTES = 256 * 1024


def check_size(body: bytes) -> None:
    """Raises TooLarge for what no platform of the family would send."""
    if len(body) > _MAX_BODY_BYTES:
        raise TooLarge(f"a push has at most {_MAX_BODY_BYTES} bytes, this one {len(body)}")


def is_address_signed(request: HookRequest, tokens: Sequence[str], *pieces: str, name: str = "signature") -> bool:
    """Whether the query's signature is by one of these tokens over its timestamp, its nonce and these pieces."""
    query = request.query
    stamp = query.get("timestamp", ""), query.get("nonce", "")
    return all(stamp) and is_signed(query.get(name, ""), *stamp, *pieces, tokens=tokens)


def check_sealed(request: HookRequest, credentials: Credentials, *, receiver: str) -> None:
    """The body is sealed, signed with the account's token, and meant for the app or company that `receiver` names.

    Raises SignatureRefused, SecretMissing, or Unreadable for a body that is not even XML or JSON.
    """
    tokens = secrets(credentials, "token")
    if not request.query.get("msg_signature"):
        raise SignatureRefused("msg_signature is missing, but this account believes encrypted bodies only")
    fields = read_fields(request.body)
    if not is_address_signed(request, tokens, sealed_part(fields), name="msg_signature"):
        raise SignatureRefused("msg_signature is not by the token of this account over this body")
    # Only now: whoever cannot sign is refused for good, and does not learn what this account lacks.
    secrets(credentials, "encoding_aes_key")
    secrets(credentials, receiver)
    try:
        opened(fields, credentials, receiver=receiver)
    except Unreadable as error:
        raise SignatureRefused(f"the body is signed, but {error}") from error


def opened(fields: Fields, credentials: Credentials, *, receiver: str) -> Fields:
    """The fields of the sealed message within these. Raises Unreadable."""
    return read_fields(unsealed(sealed_part(fields), credentials, receiver=receiver))


def unsealed(sealed: str, credentials: Credentials, *, receiver: str) -> bytes:
    """What was sealed for this account. Raises Unreadable."""
    try:
        return open_sealed(
            sealed, aes_keys=credentials.get("encoding_aes_key", ()), app_ids=credentials.get(receiver, ())
        )
    except Undecipherable as error:
        raise Unreadable(str(error)) from error


def check_age(request: HookRequest, now: datetime) -> None:
    """Raises StaleDelivery for a timestamp too far from now, SignatureRefused for none."""
    timestamp = request.query.get("timestamp", "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise SignatureRefused("timestamp must be whole seconds since 1970")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise StaleDelivery(f"timestamp {timestamp} is more than {TOLERANCE} away from {now.isoformat()}")
