"""Who may call X's API, how often, and how X says no."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from starlette.requests import Request as Call
from starlette.responses import JSONResponse, Response

from simulator.platforms.memory import Window
from simulator.platforms.platform import Surroundings

_LIFETIME = timedelta(hours=2)
_QUARTER = timedelta(minutes=15)
# Calls a user may make in a quarter of an hour, as the page on rate limits has them.
_PER_QUARTER = {
    "post": 100,
    "delete_post": 50,
    "hide": 50,
    "like": 50,
    "message": 15,
    "delete_message": 300,
    "mentions": 300,
    "messages": 15,
    "timeline": 900,
    "lookup": 900,
}


class XRefusal(Exception):
    """X says no, with this status; the problem says why."""

    def __init__(self, status: int, title: str, detail: str = "", *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail or title)
        self.status, self.title, self.headers = status, title, dict(headers or {})

    def answer(self) -> Response:
        """The refusal as X words it."""
        problem = {"title": self.title, "detail": str(self), "type": "about:blank", "status": self.status}
        return JSONResponse(problem, self.status, headers=self.headers)


@dataclass(frozen=True, kw_only=True, slots=True)
class XApp:
    """What the developer's console shows, and the tokens that the account's owner has granted."""

    user_id: str = "1750000000000000042"
    consumer_secret: str = "simulated-consumer-secret"  # noqa: S105 - made up
    client_id: str = "c2ltdWxhdGVkLWNsaWVudA"
    client_secret: str = "simulated-client-secret"  # noqa: S105 - made up
    access_token: str = "simulated-user-token"  # noqa: S105 - made up
    refresh_token: str = "simulated-refresh-token"  # noqa: S105 - made up


@dataclass(slots=True)
class XDesk:
    """The tokens that are good, and what is left of each allowance. The first token never runs out by itself."""

    world: Surroundings
    app: XApp
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
        """Whether this call may go on. Raises XRefusal."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        is_over = self._expires_at is not None and self.world.now() >= self._expires_at
        if scheme.lower() != "bearer" or token != self._token or is_over:
            raise XRefusal(401, "Unauthorized")

    def spend(self, what: str) -> dict[str, str]:
        """Count a call; the headers that say what is left. Raises XRefusal."""
        window = self._windows.setdefault(what, Window(_PER_QUARTER[what], _QUARTER))
        now = self.world.now()
        is_left = window.spend(now)
        headers = {
            "x-rate-limit-limit": str(window.count),
            "x-rate-limit-remaining": str(window.left),
            "x-rate-limit-reset": str(int(window.resets_at(now).timestamp())),
        }
        if not is_left:
            raise XRefusal(429, "Too Many Requests", headers=headers)
        return headers

    async def renew(self, call: Call) -> Mapping[str, object]:
        """A new pair of tokens for the refresh token, which then is good for nothing. Raises XRefusal."""
        pair = base64.b64encode(f"{self.app.client_id}:{self.app.client_secret}".encode()).decode()
        asked = parse_qs((await call.body()).decode("utf-8", "replace"))
        fits = asked.get("grant_type") == ["refresh_token"] and asked.get("refresh_token") == [self._refresh_token]
        if call.headers.get("authorization") != f"Basic {pair}" or not fits:
            raise XRefusal(400, "invalid_request", "Value passed for the token was invalid.")
        self.renewals += 1
        self._token, self._refresh_token = (f"{kind}-{self.world.number():x}" for kind in ("a", "r"))
        self._expires_at = self.world.now() + _LIFETIME
        return {
            "token_type": "bearer",
            "expires_in": int(_LIFETIME.total_seconds()),
            "access_token": self._token,
            "refresh_token": self._refresh_token,
            "scope": "tweet.read tweet.write dm.read dm.write offline.access",
        }
