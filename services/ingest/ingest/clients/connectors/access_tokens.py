"""Access tokens that a platform gives for a secret: used until shortly before they run out, renewed once if refused."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Protocol, TypeVar

import msgspec

from huiying.clock import monotonic_seconds
from huiying.crypto import fingerprint
from huiying.events.replies import FailureReason
from ingest.clients.connectors.connector import CallRefused

T = TypeVar("T")

# A token is given up a little early, so that none runs out on its way.
_MARGIN = timedelta(minutes=5)
_MOST_TOKENS = 10_000


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """A token as the platform gave it, and how long it is good from now on."""

    token: str
    lifetime_seconds: float


class TokenRefused(CallRefused):
    """The platform does not take the access token; another may do. Nothing was done with this one."""


class Issuer(Protocol):
    """Where the tokens of one account come from."""

    @property
    def key(self) -> str:
        """What a token is issued for: another secret or address needs another token. Never a secret itself."""

    async def issue(self, *, force: bool) -> Issued:
        """A token; by force, one that was not given out before, where the platform tells the two apart.

        Raises CallRefused if no secret earns one, PlatformBusy or the client's Unreached if that cannot be known now.
        """


class AccessTokens:
    """The tokens in use, of any number of accounts."""

    def __init__(self) -> None:
        self._tokens: dict[str, tuple[str, float]] = {}

    async def token(self, issuer: Issuer) -> str:
        """A token believed to be good. Raises as `Issuer.issue` does."""
        token, expires_at = self._tokens.get(issuer.key, ("", 0.0))
        if monotonic_seconds() < expires_at:
            return token
        return await self.renewed(issuer, force=False)

    async def renewed(self, issuer: Issuer, *, force: bool) -> str:
        """A token asked for anew. Raises as `Issuer.issue` does."""
        issued = await issuer.issue(force=force)
        if len(self._tokens) >= _MOST_TOKENS:
            self._tokens.clear()
        lasts_seconds = max(issued.lifetime_seconds - _MARGIN.total_seconds(), 0)
        self._tokens[issuer.key] = (issued.token, monotonic_seconds() + lasts_seconds)
        return issued.token

    async def call(self, issuer: Issuer, attempt: Callable[[str], Awaitable[T]]) -> T:
        """What the attempt brings with a good token; if that is refused, tried once more with another.

        Raises as `Issuer.issue` and the attempt do.
        """
        token = await self.token(issuer)
        try:
            return await attempt(token)
        except TokenRefused:
            renewed = await self.renewed(issuer, force=False)
            if renewed == token:
                renewed = await self.renewed(issuer, force=True)
            return await attempt(renewed)


def key_of(*parts: str) -> str:
    """A name for an account's address, id and secrets that gives none of them away."""
    return fingerprint("\n".join(parts))


async def earned_by_any(secrets: Sequence[str], ask: Callable[[str], Awaitable[Issued]]) -> Issued:
    """The token that the first of these secrets earns, the newest first.

    Raises the last refusal, as one that only the account's owner can help.
    """
    refusal = CallRefused("the account has no secret that could earn an access token")
    for secret in secrets:
        try:
            return await ask(secret)
        except CallRefused as error:
            refusal = error
    raise CallRefused(str(refusal), reason=FailureReason.NEEDS_RECONNECT) from refusal
