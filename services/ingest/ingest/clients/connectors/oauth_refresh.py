"""Exchanging a refresh token for a new access token, as OAuth 2 has it: RFC 6749, section 6."""

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from urllib.parse import urlencode

from huiying.events.replies import FailureReason
from huiying.http.client import OutcomeUnknown, Response
from ingest.clients.connectors.abilities import Renewed
from ingest.clients.connectors.api_calls import call
from ingest.clients.connectors.connector import Access, CallRefused, Credentials, PlatformBusy
from ingest.clients.connectors.credentials import Check, any_text, secrets
from ingest.clients.connectors.foreign import text_of
from ingest.clients.connectors.responses import object_in, rate_limited, shortened

# What an account needs for it, beside the access token that it has.
CHECKS: Mapping[str, Check] = MappingProxyType(
    {"client_id": any_text, "client_secret": any_text, "refresh_token": any_text}
)

_BUSY_PAUSE_SECONDS = 60
_BUSY = frozenset({"temporarily_unavailable", "server_error"})
# What RFC 6749 has for a token, or an app, that is not taken.
_UNTAKEN = frozenset({400, 401})
_LONGEST_LIFETIME_SECONDS = 10**9


def can_renew(credentials: Credentials) -> bool:
    """Whether the account has a refresh token and the app that it was given to."""
    return all(any(credentials.get(name, ())) for name in CHECKS)


async def renew(
    url: str, *, access: Access, now: datetime, by_header: bool = False, headers: Mapping[str, str] | None = None
) -> Renewed:
    """A new access token, and a new refresh token if one came with it.

    With `by_header` the app names itself in the header and not in the form. Raises CallRefused, with `needs_reconnect`
    if the refresh token is not taken, else PlatformBusy, RateLimited, SecretMissing or the client's Unreached.
    """
    app = {name: secrets(access.credentials, name)[0] for name in ("client_id", "client_secret")}
    form = {"grant_type": "refresh_token", "refresh_token": secrets(access.credentials, "refresh_token")[0]}
    sent = {"content-type": "application/x-www-form-urlencoded", **(headers or {})}
    if by_header:
        pair = base64.b64encode(":".join(app.values()).encode()).decode()
        sent["authorization"] = f"Basic {pair}"
    else:
        form |= app
    try:
        response = await call("POST", url, access=access, headers=sent, content=urlencode(form).encode())
    except OutcomeUnknown as error:
        # Who never heard of a new token asks once more with the one that is still there.
        raise PlatformBusy("no answer to the question for a new token", retry_after_seconds=_BUSY_PAUSE_SECONDS) from (
            error
        )
    answer = object_in(response)
    token = text_of(answer.get("access_token"))
    if response.is_success and token is not None:
        return _renewed(token, answer, now)
    raise _failure(response, text_of(answer.get("error")) or "")


def _failure(response: Response, error: str) -> Exception:
    said = f"no new access token: {response.status} {shortened(error)}".rstrip()
    if response.status == 429:
        return rate_limited(response, said)
    if response.status >= 500 or response.status == 408 or error in _BUSY:
        return PlatformBusy(said, retry_after_seconds=_BUSY_PAUSE_SECONDS)
    # Any other answer is not by who checks tokens, but by something in between, and says nothing about the token.
    is_token = response.status in _UNTAKEN
    return CallRefused(said, reason=FailureReason.NEEDS_RECONNECT if is_token else FailureReason.REFUSED)


def _renewed(token: str, answer: Mapping[str, object], now: datetime) -> Renewed:
    refresh_token, lifetime = text_of(answer.get("refresh_token")), answer.get("expires_in")
    given = {"access_token": token} | ({"refresh_token": refresh_token} if refresh_token else {})
    if not isinstance(lifetime, int) or not 0 < lifetime < _LONGEST_LIFETIME_SECONDS:
        return Renewed(credentials=given)
    return Renewed(credentials=given, expires_at=now + timedelta(seconds=lifetime))
