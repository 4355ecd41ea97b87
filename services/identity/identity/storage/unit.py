"""Identity's unit of work, and the tools that go with it."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from huiying.auth.tokens import TokenSigner, TokenVerifier
from huiying.http.pagination import Cursors
from huiying.outbox.unit import Unit
from identity.storage.passwords import Passwords


@dataclass(frozen=True, kw_only=True)
class IdentityTools:
    """What identity works with besides its database.

    `first_link` makes the first administrator; None once there is one. `public_url` is empty where none is configured,
    `base_url` never is.
    """

    signer: TokenSigner
    verifier: TokenVerifier
    public_keys: str
    cursors: Cursors
    passwords: Passwords
    bootstrap_fingerprint: str
    base_url: str
    public_url: str
    proxy_count: int
    first_link: str | None


class IdentityUnit(Unit[IdentityTools]):
    """One transaction of identity."""


class Opener(Protocol):
    """Who opens units of work: the edge, where an answer takes more than one transaction."""

    def open_unit(self) -> AbstractAsyncContextManager[IdentityUnit]:
        """A unit that is committed when the block ends."""

    def open_view(self) -> AbstractAsyncContextManager[IdentityUnit]:
        """A unit for reading only."""
