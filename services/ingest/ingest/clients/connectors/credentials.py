"""What an account must know to be trusted and to speak: checking it, and finding it."""

import hmac
from collections.abc import Callable, Iterable, Mapping

from huiying.errors import Invalid
from ingest.clients.connectors.connector import Credentials, SecretMissing

# Returns what is wrong with a value, as a sentence, or nothing.
Check = Callable[[str], str | None]


def any_text(value: str) -> str | None:
    """Accepts whatever could stand in a header and is not blank."""
    fits = value and value.isascii() and value.isprintable() and value.strip() == value
    return None if fits else "must be ASCII text without blanks around it"


def one_of(*choices: str) -> Check:
    """Accepts these values and no others."""
    return lambda value: None if value in choices else f"must be one of {', '.join(choices)}"


def check_shape(credentials: Credentials, *, checks: Mapping[str, Check], required: frozenset[str]) -> None:
    """Every required credential is there, no other is, and each of its values passes its check.

    Raises Invalid, pointing at the first that does not.
    """
    for name in sorted(required - credentials.keys()):
        raise Invalid(f"{name} is missing", pointer=f"/credentials/{name}")
    for name, values in credentials.items():
        pointer = f"/credentials/{name}"
        check = checks.get(name)
        if check is None:
            raise Invalid(f"{name} is not one of {', '.join(checks)}", pointer=pointer)
        if not values:
            raise Invalid(f"{name} has no value", pointer=pointer)
        for value in values:
            complaint = check(value)
            if complaint is not None:
                raise Invalid(f"{name} {complaint}", pointer=pointer)


def fits_any(offered: bytes, expected: Iterable[bytes]) -> bool:
    """Whether it is one of these, in a time that tells neither where they differ nor which of them fits."""
    found = False
    for candidate in expected:
        found |= hmac.compare_digest(candidate, offered)
    return found


def secrets(credentials: Credentials, name: str) -> tuple[str, ...]:
    """All values of a secret, of which a blank one is none.

    Raises SecretMissing if that leaves nothing: an empty key would verify what anybody can sign.
    """
    values = tuple(value for value in credentials.get(name, ()) if value)
    if not values:
        raise SecretMissing(f"the account has no {name}", retry_after_seconds=60)
    return values
