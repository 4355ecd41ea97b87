"""Calling the APIs of the WeChat family, which say no with HTTP 200 and an `errcode` in the body.

A code that is not known here is a refusal.
"""

from collections.abc import Awaitable, Mapping
from typing import Any, Protocol

import msgspec

from huiying.events.replies import FailureReason
from huiying.http.client import DestinationRefused, HTTPClient, OutcomeUnknown, Response
from ingest.clients.connectors.access_tokens import AccessTokens, Issued, TokenRefused, earned_by_any, key_of
from ingest.clients.connectors.connector import CallRefused, PlatformBusy
from ingest.clients.connectors.foreign import text_of
from ingest.clients.connectors.responses import object_in, rate_limited, shortened

Answer = Mapping[str, Any]

_TOKEN_LIFETIME_SECONDS = 7200
_BUSY = -1


class Codes(msgspec.Struct, frozen=True, kw_only=True):
    """What one platform means by its error codes."""

    rate: frozenset[int]
    token: frozenset[int] = frozenset({40001, 40014, 42001})
    window: frozenset[int] = frozenset()
    reconnect: frozenset[int] = frozenset()


class Refused(CallRefused):
    """The platform said no; `errcode` is its own word for why."""

    def __init__(self, message: str, *, errcode: int | None, reason: FailureReason = FailureReason.REFUSED) -> None:
        super().__init__(message, reason=reason)
        self.errcode = errcode


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """Where one account speaks, and what it proves itself with. The newest secret comes first."""

    client: HTTPClient
    api_base: str
    app_id: str
    app_secrets: tuple[str, ...]
    codes: Codes

    async def ask(
        self,
        path: str,
        *,
        said: str,
        method: str = "POST",
        params: Mapping[str, str] | None = None,
        body: object = None,
        is_read: bool = False,
    ) -> Answer:
        """The answer of one call, which is made once. `said` begins the message of a failure.

        What only reads may be asked again, so a lost answer is PlatformBusy there. Raises CallRefused (TokenRefused
        among them), PlatformBusy, RateLimited, or the client's Unreached and OutcomeUnknown.
        """
        try:
            response = await self._request(method, path, params=params or {}, body=body)
            return self._answer_in(response, said, needs_code=not is_read)
        except OutcomeUnknown as error:
            if not is_read:
                raise
            raise PlatformBusy(str(error), retry_after_seconds=30) from error

    def _answer_in(self, response: Response, said: str, *, needs_code: bool) -> Answer:
        if response.status >= 500 or response.status == 408:
            raise OutcomeUnknown(f"{said}: {response.status}")
        answer = object_in(response)
        code = _code(answer)
        if response.is_success and (code == 0 or (code is None and answer and not needs_code)):
            return answer
        if response.is_success and code is None:
            raise OutcomeUnknown(f"{said}: no errcode")
        raise self._failure(response, answer, said)

    async def _request(self, method: str, path: str, *, params: Mapping[str, str], body: object) -> Response:
        # WeChat shows \u escapes as they are, so the text goes out as UTF-8 (which msgspec writes).
        content = None if body is None else msgspec.json.encode(body)
        headers = {} if content is None else {"content-type": "application/json"}
        try:
            return await self.client.request(
                method, f"{self.api_base}{path}", params=params, headers=headers, content=content
            )
        except DestinationRefused as error:
            raise CallRefused(f"the api_base of {self.app_id} may not be called: {error}") from error

    def _failure(self, response: Response, answer: Answer, said: str) -> Exception:
        code = _code(answer)
        message = f"{said}: {code if code is not None else response.status} {shortened(answer.get('errmsg', ''))}"
        message = message.rstrip()
        if code in self.codes.rate or response.status == 429:
            return rate_limited(response, message)
        if code == _BUSY:
            return PlatformBusy(message, retry_after_seconds=10)
        if code in self.codes.token:
            return TokenRefused(message, reason=FailureReason.NEEDS_RECONNECT)
        if code in self.codes.window:
            return Refused(message, errcode=code, reason=FailureReason.WINDOW_CLOSED)
        if code in self.codes.reconnect:
            return Refused(message, errcode=code, reason=FailureReason.NEEDS_RECONNECT)
        return Refused(message, errcode=code)


class AskForToken(Protocol):
    """How a platform of the family is asked for a token."""

    def __call__(self, channel: Channel, secret: str, *, force: bool) -> Awaitable[Answer]:
        """Its answer. Asking twice does no harm. Raises as `Channel.ask` does."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A channel together with the tokens that it needs."""

    channel: Channel
    tokens: AccessTokens
    ask_for_token: AskForToken

    async def ask(
        self,
        path: str,
        *,
        said: str,
        method: str = "POST",
        params: Mapping[str, str] | None = None,
        body: object = None,
        is_read: bool = False,
    ) -> Answer:
        """As `Channel.ask`, with an access token. One that has run out is renewed once; nothing was done with it."""

        async def attempt(token: str) -> Answer:
            query = {"access_token": token, **(params or {})}
            return await self.channel.ask(path, said=said, method=method, params=query, body=body, is_read=is_read)

        return await self.tokens.call(_Issuer(self.channel, self.ask_for_token), attempt)


class _Issuer:
    """Earns tokens by any of the channel's secrets."""

    def __init__(self, channel: Channel, ask: AskForToken) -> None:
        self._channel, self._ask = channel, ask

    @property
    def key(self) -> str:
        channel = self._channel
        return key_of(channel.api_base, channel.app_id, *channel.app_secrets)

    async def issue(self, *, force: bool) -> Issued:
        async def by(secret: str) -> Issued:
            answer = await self._ask(self._channel, secret, force=force)
            token, lifetime = text_of(answer.get("access_token")), answer.get("expires_in")
            if token is None:
                raise PlatformBusy(f"{self._channel.app_id} was given no access token", retry_after_seconds=30)
            seconds = lifetime if isinstance(lifetime, int) else _TOKEN_LIFETIME_SECONDS
            return Issued(token=token, lifetime_seconds=seconds)

        return await earned_by_any(self._channel.app_secrets, by)


def _code(answer: Answer) -> int | None:
    code = answer.get("errcode")
    return code if isinstance(code, int) and not isinstance(code, bool) else None
