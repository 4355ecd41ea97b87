"""Telling one receiver one thing."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import msgspec

from huiying.clock import monotonic_seconds
from huiying.errors import Failure
from huiying.http.client import HTTPClient, Response
from huiying.http.standard_webhooks import sign

# The standard asks senders to wait for 15 to 30 seconds.
TIMEOUT_SECONDS = 15.0
GONE = 410

_DETAIL_CHARACTERS = 300


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent where, and with which keys it is signed."""

    notification_id: str
    message_id: str
    url: str
    body: str
    keys: tuple[str, ...]


class Attempt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of one try. Without a `status` nobody answered, and `error` says why."""

    at: datetime
    took_seconds: float
    status: int | None = None
    error: str | None = None
    wished_pause: timedelta | None = None

    @property
    def is_taken(self) -> bool:
        """Whether the receiver took it: any 2xx, and nothing else; a redirection is not followed."""
        return self.status is not None and 200 <= self.status < 300


async def tell(client: HTTPClient, letter: Letter, *, now: datetime) -> Attempt:
    """Send it once. Never raises: what went wrong is part of the log."""
    body = letter.body.encode()
    headers = sign(body, message_id=letter.message_id, timestamp_seconds=int(now.timestamp()), keys=letter.keys)
    headers["content-type"] = "application/json"
    started = monotonic_seconds()
    try:
        answer = await client.request(
            "POST", letter.url, headers=headers, content=body, timeout_seconds=TIMEOUT_SECONDS
        )
    except Failure as failure:
        error = f"{failure.code}: {failure}"[:_DETAIL_CHARACTERS]
        return Attempt(at=now, took_seconds=_since(started), error=error)
    return Attempt(
        at=now,
        took_seconds=_since(started),
        status=answer.status,
        error=None if answer.is_success else _said(answer),
        wished_pause=_wished_pause(answer, now=now),
    )


def _since(started: float) -> float:
    return round(monotonic_seconds() - started, 3)


def _said(answer: Response) -> str:
    return answer.body[:_DETAIL_CHARACTERS].decode("utf-8", "replace").replace("\0", "")


def _wished_pause(answer: Response, *, now: datetime) -> timedelta | None:
    """Retry-After, in seconds or as a date."""
    said = answer.headers.get("retry-after", "")
    if said.isascii() and said.isdigit() and len(said) < 8:
        return timedelta(seconds=int(said))
    try:
        return max(parsedate_to_datetime(said) - now, timedelta())
    except (TypeError, ValueError):
        return None
