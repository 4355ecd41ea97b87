"""Calling the JSON API of a platform that takes a fixed token: what all such calls have in common."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlsplit

from huiying.events.replies import FailureReason
from huiying.http.client import DestinationRefused, Response
from ingest.clients.connectors.connector import Access, CallRefused, RateLimited
from ingest.clients.connectors.responses import shortened

T = TypeVar("T")

_LONGEST_PAUSE_SECONDS = 3600
_PATH_PART = re.compile(r"[A-Za-z0-9_.~-]{1,512}")


async def call(
    method: str,
    url: str,
    *,
    access: Access,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    json: object = None,
    content: bytes | None = None,
) -> Response:
    """The answer, whatever its status.

    Raises CallRefused where the address may not be called, else the client's Unreached or OutcomeUnknown.
    """
    try:
        return await access.client.request(method, url, headers=headers, params=params, json=json, content=content)
    except DestinationRefused as error:
        # Its cause is left out: the address may have a token in it.
        raise CallRefused(f"the api_base of account {access.account.id} may not be called: {error}") from None


async def with_any(tokens: Sequence[str], attempt: Callable[[str], Awaitable[T]]) -> T:
    """What the attempt brings with the first token that the platform still takes.

    A refusal that needs a reconnection has done nothing, so the next token may try. Raises the last one's.
    """
    refusal = CallRefused("no token", reason=FailureReason.NEEDS_RECONNECT)
    for token in tokens:
        try:
            return await attempt(token)
        except CallRefused as error:
            if error.reason is not FailureReason.NEEDS_RECONNECT:
                raise
            refusal = error
    raise refusal


def path_part(value: str, *, of: str) -> str:
    """An id that may stand in an address as it is. Raises CallRefused for one that could lead elsewhere."""
    if not _PATH_PART.fullmatch(value) or not value.strip("."):
        raise CallRefused(f"{shortened(value)!r} is no id of a {of}")
    return value


def host_of(url: str | None) -> str:
    """Where an address leads, without its path: that of a hook may be somebody's secret."""
    try:
        return (urlsplit(url).hostname if url else None) or "nowhere"
    except ValueError:
        return "nowhere"


def limited(message: str, *, pause_seconds: float) -> RateLimited:
    """The refusal of a call that came too soon, with the pause that the platform asks for, within reason."""
    return RateLimited(message, retry_after_seconds=int(min(max(pause_seconds, 1), _LONGEST_PAUSE_SECONDS)))
