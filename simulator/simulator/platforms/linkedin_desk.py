"""Who may call LinkedIn's API, and how LinkedIn says no."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from starlette.requests import Request as Call
from starlette.responses import JSONResponse, Response

from simulator.platforms.platform import Surroundings

_LIFETIME = timedelta(days=60)


class LinkedInRefusal(Exception):
    """LinkedIn says no, with this status."""

    def __init__(self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.headers = status, code, dict(headers or {})

    def answer(self) -> Response:
        """The refusal as LinkedIn words it."""
        body = {"status": self.status, "serviceErrorCode": 65600, "code": self.code, "message": str(self)}
        return JSONResponse(body, self.status, headers=self.headers)


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkedInApp:
    """What the developer's console shows, the page, and the tokens that an administrator of it has granted."""

    organization: str = "urn:li:organization:96070042"
    client_id: str = "86simulated"
    client_secret: str = "simulated-client-secret"  # noqa: S105 - made up
    access_token: str = "AQXsimulated-token"  # noqa: S105 - made up
    refresh_token: str = "AQWsimulated-token"  # noqa: S105 - made up


@dataclass(slots=True)
class LinkedInDesk:
    """The token that is good. The first one never runs out by itself; the refresh token stays."""

    world: Surroundings
    app: LinkedInApp
    renewals: int = 0
    _token: str = ""
    _expires_at: datetime | None = None

    def __post_init__(self) -> None:
        self._token = self.app.access_token

    def expire(self) -> None:
        """Let the token in use run out now."""
        self._expires_at = self.world.now()

    def check(self, call: Call) -> None:
        """Whether this call may go on. Raises LinkedInRefusal."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        is_over = self._expires_at is not None and self.world.now() >= self._expires_at
        if scheme.lower() != "bearer" or token != self._token:
            raise LinkedInRefusal(401, "INVALID_ACCESS_TOKEN", "Invalid access token")
        if is_over:
            raise LinkedInRefusal(401, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired")
        if not call.headers.get("linkedin-version", "").isdigit():
            raise LinkedInRefusal(400, "VERSION_MISSING", "A version must be present. Please specify a version")

    async def renew(self, call: Call) -> Mapping[str, object]:
        """A new access token. Raises LinkedInRefusal."""
        asked = {name: values[0] for name, values in parse_qs((await call.body()).decode("utf-8", "replace")).items()}
        expected = {
            "grant_type": "refresh_token",
            "refresh_token": self.app.refresh_token,
            "client_id": self.app.client_id,
            "client_secret": self.app.client_secret,
        }
        if asked != expected:
            raise LinkedInRefusal(400, "invalid_request", "The provided refresh token is invalid")
        self.renewals += 1
        self._token, self._expires_at = f"AQX{self.world.number():x}", self.world.now() + _LIFETIME
        return {
            "access_token": self._token,
            "expires_in": int(_LIFETIME.total_seconds()),
            "refresh_token": self.app.refresh_token,
            "refresh_token_expires_in": 31_536_000,
        }
