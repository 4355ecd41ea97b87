"""Calls to Reddit's API: under its name, within its pace, and its refusals told apart.

Reddit counts calls in windows of ten minutes and says in every answer how many are left.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from huiying.events.replies import FailureReason
from huiying.http.client import OutcomeUnknown, Response
from ingest.clients.connectors.api_calls import call, limited, with_any
from ingest.clients.connectors.connector import Access, CallRefused, PlatformBusy, RateLimited
from ingest.clients.connectors.credentials import secrets
from ingest.clients.connectors.foreign import list_of, mapping_of, text_of
from ingest.clients.connectors.responses import object_in, shortened

API_BASE = "https://oauth.reddit.com"

_BUSY_PAUSE_SECONDS = 30
_WINDOW_SECONDS = 600
_UNTAKEN = frozenset({401})


def user_agent(access: Access) -> str:
    """How an app names itself; Reddit slows down those that do not."""
    name = access.account.external_id.encode("ascii", "ignore").decode()
    return f"linux:huiying:v0.1 (by /u/{''.join(filter(str.isprintable, name))})"


async def read(path: str, params: Mapping[str, str], *, access: Access) -> Any:
    """The answer to a GET. Raises CallRefused, PlatformBusy, RateLimited, SecretMissing, or what the client raises."""
    # Without raw_json, texts come with their brackets and ampersands escaped.
    response = await _with_a_token("GET", path, access=access, params={**params, "raw_json": "1"})
    if response.status >= 500 or response.status == 408:
        raise PlatformBusy(f"Reddit answered {response.status}", retry_after_seconds=_BUSY_PAUSE_SECONDS)
    return _body(response)


async def write(path: str, form: Mapping[str, str], *, access: Access) -> Mapping[str, Any]:
    """The answer to a call that changes something, made once. Raises as `read` does, and OutcomeUnknown."""
    content = urlencode({**form, "api_type": "json", "raw_json": "1"}).encode()
    response = await _with_a_token("POST", path, access=access, content=content)
    if response.status >= 500 or response.status == 408:
        raise OutcomeUnknown(f"Reddit answered {response.status}")
    return mapping_of(_body(response))


async def _with_a_token(
    method: str,
    path: str,
    *,
    access: Access,
    params: Mapping[str, str] | None = None,
    content: bytes | None = None,
) -> Response:
    sent = {"user-agent": user_agent(access)}
    if content is not None:
        sent["content-type"] = "application/x-www-form-urlencoded"

    async def attempt(token: str) -> Response:
        response = await call(
            method,
            f"{access.base(API_BASE)}{path}",
            access=access,
            headers={**sent, "authorization": f"Bearer {token}"},
            params=params,
            content=content,
        )
        if response.status in _UNTAKEN:
            raise CallRefused("Reddit does not take the access token", reason=FailureReason.NEEDS_RECONNECT)
        return response

    return await with_any(secrets(access.credentials, "access_token"), attempt)


def _body(response: Response) -> Any:
    body = object_in(response)
    if response.status == 429:
        raise limited("Reddit answered 429", pause_seconds=_pause_of(response))
    if not response.is_success:
        why = shortened(body.get("reason") or body.get("message") or "")
        raise CallRefused(f"Reddit answered {response.status} {why}".rstrip())
    errors = list_of(mapping_of(body.get("json")).get("errors"))
    if errors:
        raise _failure(errors, mapping_of(body["json"]))
    return body


def _failure(errors: list[Any], said: Mapping[str, Any]) -> CallRefused | RateLimited:
    """What a success with errors in it means: `[[CODE, sentence, field], …]`."""
    first = [text_of(part) or "" for part in list_of(errors[0])]
    message = f"Reddit answered {shortened(' '.join(first))}"
    if first[:1] != ["RATELIMIT"]:
        return CallRefused(message)
    # New users may write only now and then, whatever the calls allow.
    seconds = said.get("ratelimit")
    return limited(message, pause_seconds=seconds if isinstance(seconds, int | float) else _WINDOW_SECONDS)


def _pause_of(response: Response) -> float:
    for name in ("retry-after", "x-ratelimit-reset"):
        given = response.headers.get(name, "").partition(".")[0]
        if given.isascii() and given.isdigit() and len(given) < 8:
            return int(given)
    return _WINDOW_SECONDS
