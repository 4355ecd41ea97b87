"""Who may call TikTok's API for Business, how often, and how TikTok says no: with HTTP 200 and a code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request as Call
from starlette.responses import JSONResponse, Response

from simulator.platforms.memory import Window
from simulator.platforms.platform import Surroundings

BAD_PARAMETER, NOT_THERE, OUTSIDE_WINDOW, TOO_OFTEN, BAD_TOKEN, SYSTEM_ERROR = 40002, 40007, 40064, 40100, 40105, 51065

_PER_MINUTE = 40
_LIFETIME = timedelta(days=1)
_REPLY_WINDOW = timedelta(hours=48)
_MOST_REPLIES = 10


class TikTokRefusal(Exception):
    """TikTok says no; the code says why."""

    def __init__(self, code: int, message: str, *, retry_after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.code, self.retry_after_seconds = code, retry_after_seconds

    def answer(self) -> Response:
        """The refusal as TikTok words it."""
        headers = {} if self.retry_after_seconds is None else {"retry-after": str(self.retry_after_seconds)}
        return JSONResponse(enveloped({}, code=self.code, message=str(self)), headers=headers)


def enveloped(data: Mapping[str, Any], *, code: int = 0, message: str = "OK") -> Mapping[str, Any]:
    """What every answer looks like."""
    return {"code": code, "message": message, "request_id": "2026simulated", "data": data}


@dataclass(frozen=True, kw_only=True, slots=True)
class TikTokApp:
    """What the developer's console shows, the account that granted it, and the tokens for it."""

    business_id: str = "-000TanghuluTeaOpenId42"
    unique_identifier: str = "tanghulu-unique-42"
    client_key: str = "7300000000000000042"
    client_secret: str = "simulated-client-secret"  # noqa: S105 - made up
    access_token: str = "act.simulated-token"  # noqa: S105 - made up
    refresh_token: str = "rft.simulated-token"  # noqa: S105 - made up


@dataclass(slots=True)
class Talk:
    """A conversation with one person, who began it."""

    person_id: str
    heard_at: datetime
    answers: int = 0
    messages: list[dict[str, Any]] = field(default_factory=list)

    def hear(self, at: datetime) -> None:
        """The person wrote: from now on there are as many answers again."""
        self.heard_at, self.answers = max(self.heard_at, at), 0

    def answer(self, now: datetime) -> None:
        """Count an answer. Raises TikTokRefusal if there may be none."""
        if now - self.heard_at >= _REPLY_WINDOW or self.answers >= _MOST_REPLIES:
            raise TikTokRefusal(OUTSIDE_WINDOW, "The message is blocked by the direct message rules.")
        self.answers += 1


@dataclass(slots=True)
class TikTokDesk:
    """The token that is good, and what is left for each endpoint. The first token never runs out by itself."""

    world: Surroundings
    app: TikTokApp
    renewals: int = 0
    _token: str = ""
    _refresh_token: str = ""
    _expires_at: datetime | None = None
    _windows: dict[str, Window] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._token, self._refresh_token = self.app.access_token, self.app.refresh_token

    def expire(self) -> None:
        """Let the token in use run out now."""
        self._expires_at = self.world.now()

    def check(self, call: Call) -> None:
        """Whether this call may go on. Raises TikTokRefusal."""
        is_over = self._expires_at is not None and self.world.now() >= self._expires_at
        if call.headers.get("access-token") != self._token or is_over:
            raise TikTokRefusal(BAD_TOKEN, "Access token is incorrect or has been revoked.")
        window = self._windows.setdefault(call.url.path, Window(_PER_MINUTE, timedelta(minutes=1)))
        if not window.spend(self.world.now()):
            raise TikTokRefusal(TOO_OFTEN, "Too many requests. Please retry in some time.")

    def renew(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """A new pair of tokens. Raises TikTokRefusal."""
        expected = {
            "client_id": self.app.client_key,
            "client_secret": self.app.client_secret,
            "grant_type": "refresh_token",
            "refresh_token": self._refresh_token,
        }
        if asked != expected:
            raise TikTokRefusal(BAD_PARAMETER, "refresh_token is invalid or has expired.")
        self.renewals += 1
        self._token, self._refresh_token = (f"{kind}.{self.world.number():x}" for kind in ("act", "rft"))
        self._expires_at = self.world.now() + _LIFETIME
        return {
            "access_token": self._token,
            "refresh_token": self._refresh_token,
            "expires_in": int(_LIFETIME.total_seconds()),
            "refresh_token_expires_in": 31_536_000,
            "open_id": self.app.business_id,
        }
