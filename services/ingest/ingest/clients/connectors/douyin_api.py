"""Calling Douyin's API, which says no with HTTP 200 and an `error_code` in one of three places.

A code that is not known here is a refusal. None of the calls that say something can be repeated safely.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from huiying.events.replies import FailureReason
from huiying.http.client import DestinationRefused, OutcomeUnknown, Response
from ingest.clients.connectors.access_tokens import TokenRefused
from ingest.clients.connectors.connector import Access, CallRefused, PlatformBusy
from ingest.clients.connectors.credentials import secrets
from ingest.clients.connectors.foreign import mapping_of, text_of
from ingest.clients.connectors.responses import object_in, rate_limited, shortened

API_BASE = "https://open.douyin.com"

Answer = Mapping[str, Any]

_OK = "0"
_BUSY_CODES = frozenset({"2100004", "10000"})
_RATE_CODES = frozenset({"2190001", "28003018"})
_TOKEN_CODES = frozenset({"10008", "2190002", "2190008", "2190015", "28001003", "28001008"})
# A right was never given, or has been taken back: only the account's owner can give it again.
_RECONNECT_CODES = frozenset({"10010", "2190003", "2190004"})
_WINDOW_CODES = frozenset({"28003070", "28003080", "28003081"})


async def ask_as_owner(
    path: str,
    *,
    access: Access,
    said: str,
    method: str = "POST",
    params: Mapping[str, str] | None = None,
    body: object = None,
    is_read: bool = False,
) -> Answer:
    """What Douyin answers to the account's owner, by the first access token that it still takes.

    `said` begins the message of a failure. What only reads may be asked again, so a lost answer is PlatformBusy there.
    Raises CallRefused, PlatformBusy, RateLimited, SecretMissing, or the client's Unreached and OutcomeUnknown.
    """
    query = {"open_id": access.account.external_id, **(params or {})}
    refusal: CallRefused = CallRefused(f"{said}: no access token", reason=FailureReason.NEEDS_RECONNECT)
    for token in secrets(access.credentials, "access_token"):
        try:
            response = await _request(access, method, path, query=query, token=token, body=body)
            return _answer_in(response, said, is_read=is_read)
        except TokenRefused as error:
            # Nothing was done with it, so the next may try.
            refusal = error
        except OutcomeUnknown as error:
            if not is_read:
                raise
            raise PlatformBusy(str(error), retry_after_seconds=30) from error
    raise refusal


async def ask_by_form(path: str, *, access: Access, said: str, form: Mapping[str, str]) -> Answer:
    """What Douyin answers to an application that shows its own credentials; asking twice does no harm.

    Raises as `ask_as_owner` does.
    """
    try:
        response = await _request(access, "POST", path, query={}, token=None, form=form)
        return _answer_in(response, said, is_read=True)
    except OutcomeUnknown as error:
        raise PlatformBusy(str(error), retry_after_seconds=30) from error


def data_of(answer: Answer) -> Mapping[str, Any]:
    """The part of an answer that holds what was asked for."""
    return mapping_of(answer.get("data"))


async def _request(
    access: Access,
    method: str,
    path: str,
    *,
    query: Mapping[str, str],
    token: str | None,
    body: object = None,
    form: Mapping[str, str] | None = None,
) -> Response:
    headers = {} if token is None else {"access-token": token}
    content = None if form is None else urlencode(form).encode()
    if form is not None:
        headers["content-type"] = "application/x-www-form-urlencoded"
    try:
        return await access.client.request(
            method, f"{access.base(API_BASE)}{path}", params=query, headers=headers, json=body, content=content
        )
    except DestinationRefused as error:
        raise CallRefused(f"account {access.account.id}: its api_base may not be called: {error}") from error


def _answer_in(response: Response, said: str, *, is_read: bool) -> Answer:
    answer = object_in(response)
    code, description = _error_in(answer)
    if code not in {None, _OK}:
        raise _failure(response, f"{said}: {code} {shortened(description)}".rstrip(), code=code)
    if response.status == 429:
        raise rate_limited(response, f"{said}: 429")
    if response.status >= 500 or response.status == 408:
        raise OutcomeUnknown(f"{said}: {response.status}")
    if not response.is_success:
        reason = FailureReason.NEEDS_RECONNECT if response.status == 401 else FailureReason.REFUSED
        raise CallRefused(f"{said}: {response.status}", reason=reason)
    if code is None and not (is_read and answer):
        raise OutcomeUnknown(f"{said}: no error_code")
    return answer


def _failure(response: Response, message: str, *, code: str | None) -> Exception:
    if code in _RATE_CODES or response.status == 429:
        return rate_limited(response, message)
    if code in _BUSY_CODES:
        return PlatformBusy(message, retry_after_seconds=30)
    if code in _TOKEN_CODES:
        return TokenRefused(message, reason=FailureReason.NEEDS_RECONNECT)
    if code in _RECONNECT_CODES:
        return CallRefused(message, reason=FailureReason.NEEDS_RECONNECT)
    if code in _WINDOW_CODES:
        return CallRefused(message, reason=FailureReason.WINDOW_CLOSED)
    return CallRefused(message)


def _error_in(answer: Answer) -> tuple[str | None, str]:
    """The code that says most, and its description: any that is not zero; None if there is no code at all."""
    found: tuple[str | None, str] = (None, "")
    extra, data = mapping_of(answer.get("extra")), data_of(answer)
    places = (
        (data.get("error_code"), data.get("description")),
        (extra.get("error_code"), extra.get("description") or extra.get("sub_description")),
        (answer.get("err_no"), answer.get("err_msg")),
    )
    for code, description in places:
        text = text_of(code)
        if text is not None and text != _OK:
            return text, text_of(description) or ""
        if text is not None:
            found = (text, "")
    return found
