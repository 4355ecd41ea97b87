"""The keys of a subscription: the newest signs, and the one before it as long as it is still trusted."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec


class Signing(StrEnum):
    """How notifications are signed: with a secret that both sides have, or a key whose public half receivers have."""

    HMAC = "hmac"
    ED25519 = "ed25519"


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One key, `whsec_…` or `whsk_…`, and until when it signs; None means until it is replaced."""

    value: str
    until: datetime | None = None


def live(keys: Sequence[Key], *, now: datetime) -> list[str]:
    """The keys that sign now, the newest first."""
    return [key.value for key in keys if key.until is None or key.until > now]


def rotated(keys: Sequence[Key], new: Key, *, until: datetime, now: datetime) -> list[Key]:
    """The keys after a change: the old one signs beside the new one until then."""
    kept = [msgspec.structs.replace(key, until=key.until or until) for key in keys]
    return [new, *(key for key in kept if key.until is not None and key.until > now)]
