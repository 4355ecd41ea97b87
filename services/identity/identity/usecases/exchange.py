"""Credentials are exchanged for an access token: what a gateway asks for before it lets a request through.

In one process the same exchange is called from memory.
"""

from collections.abc import Mapping

from huiying.errors import Unauthenticated
from identity.domain.origins import check_origin
from identity.storage.unit import Opener
from identity.usecases.authenticate import BadCredentials, Credentials, note_use, prove

SECURE_COOKIE = "__Host-huiying"
PLAIN_COOKIE = "huiying"
"""The cookie's name where there is no TLS, as on one's own machine: browsers keep `__Host-` for TLS."""


class Exchange:
    """Gives each request the `Authorization` that services accept, as of this moment."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener

    async def authorization(self, headers: Mapping[str, str], *, method: str) -> str | None:
        """`Bearer <access token>` for whoever sends these headers (lower-case names); None for nobody.

        A session that is over is nobody: its browser must still reach what is public. Raises BadCredentials for a
        bad API key, ForeignOrigin when a page of another site tries to change something with somebody's session.
        """
        async with self._opener.open_view() as unit:
            credentials = credentials_of(headers, method=method, public_url=unit.tools.public_url)
            if credentials is None:
                return None
            try:
                proven = await prove(unit, credentials)
            except BadCredentials:
                if credentials.api_key is None:
                    return None
                raise
            token = unit.tools.signer.sign(proven.principal, now=unit.clock.now())
        if proven.is_due:
            async with self._opener.open_unit() as unit:
                await note_use(unit, proven)
        return f"Bearer {token}"


def credentials_of(headers: Mapping[str, str], *, method: str, public_url: str) -> Credentials | None:
    """What these headers prove somebody by; an API key goes before a session.

    Raises Unauthenticated for an `authorization` of another scheme, ForeignOrigin as `Exchange.authorization` does.
    """
    authorization = headers.get("authorization")
    if authorization is not None:
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated("send an API key as a bearer token")
        return Credentials(api_key=key.strip())
    token = session_token(headers, public_url=public_url)
    if token is None:
        return None
    check_origin(headers, method=method, public_url=public_url)
    return Credentials(session_token=token)


def session_token(headers: Mapping[str, str], *, public_url: str) -> str | None:
    """The session's token among the cookies.

    Where the installation is known to be behind TLS, only the cookie that nobody else can have set is believed.
    """
    cookies: dict[str, str] = {}
    for cookie in headers.get("cookie", "").split(";"):
        name, _, value = cookie.strip().partition("=")
        cookies.setdefault(name, value)
    plain = None if public_url.startswith("https://") else cookies.get(PLAIN_COOKIE)
    return cookies.get(SECURE_COOKIE) or plain or None
