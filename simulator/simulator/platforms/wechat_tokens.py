"""The access tokens that WeChat gives out, and takes back."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulator.platforms.platform import Surroundings

INVALID_CREDENTIAL = 40001
INVALID_APP_ID = 40013
INVALID_SECRET = 40125
EXPIRED = 42001


class WeChatRefusal(Exception):
    """WeChat says no, which it does with HTTP 200 and this `errcode`."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class TokenDesk:
    """One token at a time: a new one makes the old one worthless. `lifetime` is what WeChat promises, 2 hours."""

    world: Surroundings
    app_id: str
    app_secret: str
    lifetime: timedelta = timedelta(hours=2)
    invalid_secret: int = INVALID_SECRET
    invalid_token: int = INVALID_CREDENTIAL
    issued: int = 0
    _token: str = ""
    _expires_at: datetime | None = None
    _expired: set[str] = field(default_factory=set)

    def stable(self, app_id: object, secret: object, *, force: bool) -> tuple[str, int]:
        """The token in use and its remaining seconds; by force a new one. Raises WeChatRefusal."""
        self._check_app(app_id, secret)
        if force or not self._is_good():
            self._issue()
        assert self._expires_at is not None  # noqa: S101 - set by _issue
        return self._token, int((self._expires_at - self.world.now()).total_seconds())

    def fresh(self, app_id: object, secret: object) -> tuple[str, int]:
        """A new token, as the older of the two calls gives. Raises WeChatRefusal."""
        return self.stable(app_id, secret, force=True)

    def expire(self) -> None:
        """Let the token in use run out now."""
        self._expires_at = self.world.now()

    def check(self, token: str) -> None:
        """Whether a call with this token may go on. Raises WeChatRefusal."""
        if token and token == self._token and self._is_good():
            return
        if token and (token == self._token or token in self._expired):
            raise WeChatRefusal(EXPIRED, "access_token expired")
        raise WeChatRefusal(self.invalid_token, "invalid credential, access_token is invalid or not latest")

    def _is_good(self) -> bool:
        return self._expires_at is not None and self.world.now() < self._expires_at

    def _check_app(self, app_id: object, secret: object) -> None:
        if app_id != self.app_id:
            raise WeChatRefusal(INVALID_APP_ID, "invalid appid")
        if secret != self.app_secret:
            raise WeChatRefusal(self.invalid_secret, "invalid appsecret")

    def _issue(self) -> None:
        if self._token and not self._is_good():
            self._expired.add(self._token)
        self.issued += 1
        self._token = f"{self.issued}_{self.world.number():x}"
        self._expires_at = self.world.now() + self.lifetime
