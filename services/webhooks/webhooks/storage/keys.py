"""The keys of subscriptions, sealed."""

from collections.abc import Sequence

import msgspec

from huiying.crypto import Vault
from webhooks.domain.secrets import Key


def seal_keys(vault: Vault, subscription_id: str, keys: Sequence[Key]) -> bytes:
    """The keys as they are stored."""
    return vault.seal(msgspec.json.encode(keys), context=_context(subscription_id))


def open_keys(vault: Vault, subscription_id: str, sealed: bytes) -> list[Key]:
    """The keys in the clear, the newest first. Raises NotSealedHere if they are another subscription's."""
    return msgspec.json.decode(vault.open(sealed, context=_context(subscription_id)), type=list[Key])


def _context(subscription_id: str) -> str:
    return f"webhooks/subscriptions/keys/{subscription_id}"
