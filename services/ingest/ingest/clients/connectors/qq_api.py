"""Calling QQ's API: the access token that it needs, and what its answers mean.

QQ numbers its refusals; a number that is not known here is a refusal too.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from huiying.events.replies import FailureReason
from huiying.http.client import DestinationRefused, OutcomeUnknown, Response
from ingest.clients.connectors.access_tokens import AccessTokens, Issued, TokenRefused, earned_by_any, key_of
from ingest.clients.connectors.connector import Access, CallRefused, PlatformBusy
from ingest.clients.connectors.credentials import secrets
from ingest.clients.connectors.foreign import text_of
from ingest.clients.connectors.responses import object_in, rate_limited, shortened

API_BASE = "https://api.sgroup.qq.com"
TOKEN_BASE = "https://bots.qq.com"  # noqa: S105 - an address

_TOKEN_PATH = "/app/getAppAccessToken"  # noqa: S105 - a path
_TOKEN_LIFETIME_SECONDS = 7200
_TIMEOUT_SECONDS = 8.0  # QQ asks for at least five.
_BUSY_CODES = frozenset({"11242", "11252", "11263", "11281", "301005"})
_RATE_CODES = frozenset({"20028", "100001", "40034100"})
_TOKEN_CODES = frozenset({"11241", "11243", "11261"})
_RECONNECT_CODES = frozenset({"100016", "11251", "11253", "11254", "11265", "11275"})
_WINDOW_CODES = frozenset({
    "304027", "304103", "40034005", "40034024", "40034025", "40034026", "40034027", "40034128",
})  # fmt: skip
_URL_CODES = frozenset({"304003", "40054010"})
# Only one message may go out for the same msg_id and msg_seq, so this one was taken before.
_REPEATED_CODE = "40054005"
# It was taken, and a person at QQ looks at it before it is shown.
_UNDER_REVIEW_CODES = frozenset({"304023", "304024"})

Answer = Mapping[str, Any]


class Bot(msgspec.Struct, frozen=True, kw_only=True):
    """Whose calls these are, and the tokens that they need."""

    access: Access
    tokens: AccessTokens

    @property
    def app_id(self) -> str:
        """The bot's own number."""
        return secrets(self.access.credentials, "app_id")[0]

    @property
    def key(self) -> str:
        """What a token is issued for."""
        app_secrets = secrets(self.access.credentials, "app_secret")
        return key_of(self.access.base(TOKEN_BASE), self.app_id, *app_secrets)

    async def issue(self, *, force: bool) -> Issued:
        """A token. QQ gives out the same one until its last minute, so force changes nothing."""

        async def by(secret: str) -> Issued:
            said = f"QQ gives {self.app_id} no access token"
            question = {"appId": self.app_id, "clientSecret": secret}
            try:
                response = await _request(self.access, "POST", TOKEN_BASE, _TOKEN_PATH, body=question)
                answer = _answer_in(response, said)
            except OutcomeUnknown as error:
                # Asking twice does no harm, and nothing was said yet.
                raise PlatformBusy(str(error), retry_after_seconds=10) from error
            token, lifetime = text_of(answer.get("access_token")), text_of(answer.get("expires_in")) or ""
            if token is None:
                raise PlatformBusy(f"{said}, and does not say why", retry_after_seconds=30)
            seconds = int(lifetime) if lifetime.isascii() and lifetime.isdigit() else _TOKEN_LIFETIME_SECONDS
            return Issued(token=token, lifetime_seconds=seconds)

        return await earned_by_any(secrets(self.access.credentials, "app_secret"), by)

    async def ask(self, method: str, path: str, *, said: str, body: object = None) -> Answer:
        """What QQ answers; empty for what it has taken before, or keeps for a review.

        `said` begins the message of a failure. Raises as `Connector.send` does.
        """

        async def attempt(token: str) -> Answer:
            headers = {"authorization": f"QQBot {token}"}
            response = await _request(self.access, method, API_BASE, path, body=body, headers=headers)
            return _answer_in(response, said)

        return await self.tokens.call(self, attempt)


async def _request(
    access: Access, method: str, base: str, path: str, *, body: object, headers: Mapping[str, str] | None = None
) -> Response:
    try:
        return await access.client.request(
            method, f"{access.base(base)}{path}", headers=headers, json=body, timeout_seconds=_TIMEOUT_SECONDS
        )
    except DestinationRefused as error:
        raise CallRefused(f"account {access.account.id}: its api_base may not be called: {error}") from error


def _answer_in(response: Response, said: str) -> Answer:
    answer = object_in(response)
    code = text_of(answer.get("code"))
    if code == _REPEATED_CODE or code in _UNDER_REVIEW_CODES:
        return {}
    if response.is_success and code in {None, "0"}:
        return answer
    message = f"{said}: {code or response.status} {shortened(answer.get('message', ''))}".rstrip()
    if code in _RATE_CODES or response.status == 429:
        raise rate_limited(response, message)
    if code in _BUSY_CODES:
        raise PlatformBusy(message, retry_after_seconds=10)
    if code in _TOKEN_CODES or (code not in _RECONNECT_CODES and response.status == 401):
        raise TokenRefused(message, reason=FailureReason.NEEDS_RECONNECT)
    if response.status >= 500 or response.status == 408:
        raise OutcomeUnknown(message)
    raise CallRefused(_hint(message, code), reason=_reason(code))


def _reason(code: str | None) -> FailureReason:
    if code in _RECONNECT_CODES:
        return FailureReason.NEEDS_RECONNECT
    return FailureReason.WINDOW_CLOSED if code in _WINDOW_CODES else FailureReason.REFUSED


def _hint(message: str, code: str | None) -> str:
    return f"{message} (register the address at QQ's console first)" if code in _URL_CODES else message
