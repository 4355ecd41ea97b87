"""Making keys to sign with."""

from huiying.http.standard_webhooks import new_private_key, new_secret, public_key_of
from webhooks.domain.secrets import Key, Signing


def make_key(signing: Signing) -> Key:
    """A fresh key."""
    return Key(value=new_secret() if signing is Signing.HMAC else new_private_key())


def shown(key: Key, signing: Signing) -> str:
    """What the receiver needs to check: the secret itself, or the public half."""
    return key.value if signing is Signing.HMAC else public_key_of(key.value)
