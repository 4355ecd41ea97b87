"""Calls to YouTube's Data API: with a token that it takes, and its refusals told apart.

A project has 10,000 units a day. Reading a page costs 1 of them, writing anything 50.
"""

from collections.abc import Mapping
from typing import Any

from huiying.events.replies import FailureReason
from huiying.http.client import OutcomeUnknown, Response
from ingest.clients.connectors.api_calls import call, with_any
from ingest.clients.connectors.connector import Access, CallRefused, PlatformBusy, RateLimited
from ingest.clients.connectors.credentials import secrets
from ingest.clients.connectors.foreign import list_of, mapping_of, text_of
from ingest.clients.connectors.responses import object_in, rate_limited, shortened

API_HOST = "https://www.googleapis.com"

_API = "/youtube/v3"
_SLOW_DOWN = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"})
_SPENT = frozenset({"quotaExceeded", "dailyLimitExceeded"})
# A day's units come back at midnight in California; until then it is enough to ask now and then.
_QUOTA_PAUSE_SECONDS = 3600
_BUSY_PAUSE_SECONDS = 30


async def read(path: str, params: Mapping[str, str], *, access: Access) -> Mapping[str, Any]:
    """The answer to a GET. Raises CallRefused, PlatformBusy, RateLimited, SecretMissing, or what the client raises."""
    response = await _with_a_token("GET", path, params, access=access)
    if response.status >= 500 or response.status == 408:
        raise PlatformBusy(f"YouTube answered {response.status}", retry_after_seconds=_BUSY_PAUSE_SECONDS)
    return _body(response)


async def write(
    method: str, path: str, params: Mapping[str, str], *, access: Access, json: object = None
) -> Mapping[str, Any]:
    """The answer to a call that changes something, made once. Raises as `read` does, and OutcomeUnknown."""
    response = await _with_a_token(method, path, params, access=access, json=json)
    if response.status >= 500 or response.status == 408:
        raise OutcomeUnknown(f"YouTube answered {response.status}")
    return _body(response)


async def _with_a_token(
    method: str, path: str, params: Mapping[str, str], *, access: Access, json: object = None
) -> Response:
    url = f"{access.base(API_HOST)}{_API}{path}"

    async def attempt(token: str) -> Response:
        headers = {"authorization": f"Bearer {token}"}
        response = await call(method, url, access=access, headers=headers, params=params, json=json)
        if response.status == 401:
            raise CallRefused("YouTube does not take the access token", reason=FailureReason.NEEDS_RECONNECT)
        return response

    return await with_any(secrets(access.credentials, "access_token"), attempt)


def _body(response: Response) -> Mapping[str, Any]:
    body = object_in(response)
    if response.is_success:
        return body
    error = mapping_of(body.get("error"))
    reasons = {text_of(mapping_of(one).get("reason")) for one in list_of(error.get("errors"))}
    why = ", ".join(sorted(reason for reason in reasons if reason))
    said = f"YouTube answered {response.status} {why} {shortened(error.get('message', ''))}".rstrip()
    if reasons & _SPENT:
        raise RateLimited(said, retry_after_seconds=_QUOTA_PAUSE_SECONDS)
    if response.status == 429 or reasons & _SLOW_DOWN:
        raise rate_limited(response, said)
    raise CallRefused(said)
