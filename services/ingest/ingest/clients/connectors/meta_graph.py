"""Calling Meta's Graph API, for whichever of its products.

Nothing that Meta is asked to say can be asked twice safely: it has no idempotency key, so what is not known to have
failed is unknown.
"""

from collections.abc import Mapping
from typing import Any

from huiying.events.replies import FailureReason
from huiying.http.client import DestinationRefused, OutcomeUnknown, Response
from ingest.clients.connectors.connector import Access, CallRefused, PlatformBusy, RateLimited
from ingest.clients.connectors.credentials import secrets
from ingest.clients.connectors.foreign import mapping_of
from ingest.clients.connectors.meta_usage import Usage, regained_after
from ingest.clients.connectors.responses import object_in, rate_limited, shortened

API_BASE = "https://graph.facebook.com/v25.0"

# The app's, the user's, the page's and custom limits; then those of business use cases; then WhatsApp's own.
_RATE_CODES = frozenset({4, 17, 32, 613, *range(80000, 80015), 130429, 131048, 131056})
_TOKEN_CODES = frozenset({0, 102, 190})
_GONE = frozenset({(100, 33), (803, None)})


class GraphRefused(CallRefused):
    """Meta will not do this; `is_gone` if what was asked about is not there, or hidden from who asks."""

    def __init__(self, message: str, *, reason: FailureReason = FailureReason.REFUSED, is_gone: bool = False) -> None:
        super().__init__(message, reason=reason)
        self.is_gone = is_gone


class Graph:
    """The Graph API as one platform of Meta uses it; `usual` is where it is, unless an account says otherwise."""

    def __init__(self, usage: Usage, *, usual: str = API_BASE) -> None:
        self._usage, self._usual = usage, usual

    async def read(self, path: str, params: Mapping[str, str], *, access: Access, said: str) -> dict[str, Any]:
        """What is there. Raises as `Connector.send` does, and RateLimited while what is left is for replies."""
        self._usage.leave_room(access)
        return await self.call("GET", path, access=access, said=said, params=params)

    async def delete(self, path: str, *, access: Access, said: str) -> None:
        """Take something away; what is gone already is done. Raises as `call` does."""
        try:
            await self.call("DELETE", path, access=access, said=said)
        except GraphRefused as refusal:
            if not refusal.is_gone:
                raise

    async def call(
        self,
        method: str,
        path: str,
        *,
        access: Access,
        said: str,
        params: Mapping[str, str] | None = None,
        content: Mapping[str, Any] | None = None,
        window_codes: frozenset[int] = frozenset(),
        timeout_seconds: float | None = None,
        token: str | None = None,
    ) -> dict[str, Any]:
        """The answer, asked for with that token or the account's first that Meta still takes.

        `said` begins what a failure says; `window_codes` are those of what was said too late. Raises as
        `Connector.send` promises.
        """
        tokens = secrets(access.credentials, "access_token") if token is None else (token,)
        refusal = CallRefused(f"{said} no access token", reason=FailureReason.NEEDS_RECONNECT)
        for one in tokens:
            try:
                response = await access.client.request(
                    method,
                    f"{access.base(self._usual)}{path}",
                    headers={"authorization": f"Bearer {one}"},
                    params=params,
                    json=content,
                    timeout_seconds=timeout_seconds,
                )
                self._usage.note(response.headers, access)
                return _answer(response, said=said, window_codes=window_codes)
            except CallRefused as error:
                # A token that Meta does not know has done nothing, so the next may try.
                if error.reason is not FailureReason.NEEDS_RECONNECT:
                    raise
                refusal = error
            except DestinationRefused as error:
                raise CallRefused(f"{said} its api_base may not be called: {error}") from error
        raise refusal


def path_part(native_id: str) -> str:
    """An id as it may stand in an address: it goes there as it is, so it must not be able to lead elsewhere.

    Raises CallRefused for what no id of Meta's looks like.
    """
    # Messages' ids are base64, whose padding and dashes lead nowhere.
    if not native_id.isascii() or not native_id.translate(_PUNCTUATION).isalnum():
        raise CallRefused(f"{shortened(native_id)!r} is no id of Meta's")
    return native_id


_PUNCTUATION = str.maketrans("", "", "_-=")


def _answer(response: Response, *, said: str, window_codes: frozenset[int]) -> dict[str, Any]:
    body = object_in(response)
    error = mapping_of(body.get("error"))
    if error:
        raise _failure(response, error, said=said, window_codes=window_codes)
    if response.is_success:
        return body
    message = f"{said} Meta answered {response.status} without saying why"
    if response.status == 429:
        raise _too_many(response, message)
    if response.status >= 500 or response.status == 408:
        raise OutcomeUnknown(message)
    is_stranger = response.status == 401
    reason = FailureReason.NEEDS_RECONNECT if is_stranger else FailureReason.REFUSED
    raise GraphRefused(message, reason=reason, is_gone=response.status == 404)


def _failure(response: Response, error: Mapping[str, Any], *, said: str, window_codes: frozenset[int]) -> Exception:
    code, subcode = error.get("code"), error.get("error_subcode")
    message = f"{said} Meta answered (#{code}) {shortened(error.get('message'))}"
    if code in _RATE_CODES or response.status == 429:
        return _too_many(response, message)
    # With a server's error, that it will pass does not mean that nothing was done.
    if error.get("is_transient") is True and response.status < 500:
        return PlatformBusy(message, retry_after_seconds=30)
    if code in _TOKEN_CODES or response.status == 401:
        return GraphRefused(message, reason=FailureReason.NEEDS_RECONNECT)
    if code in window_codes:
        return GraphRefused(message, reason=FailureReason.WINDOW_CLOSED)
    if response.status >= 500:
        return OutcomeUnknown(message)
    return GraphRefused(message, is_gone=(code, subcode) in _GONE or (code, None) in _GONE)


def _too_many(response: Response, message: str) -> RateLimited:
    regained = regained_after(response.headers)
    if regained is not None:
        return RateLimited(message, retry_after_seconds=regained)
    return rate_limited(response, message)
