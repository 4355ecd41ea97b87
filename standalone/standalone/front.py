"""The one door of a single machine: it finds the service for a path and exchanges credentials for an access token.

In compose a gateway does the same with the same paths.
"""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from huiying.errors import Failure, NotFound
from huiying.http.problems import send_problem
from identity.usecases.exchange import Exchange

REFERENCE = "/api/reference"
_API = "/api/"
_HOOKS = "/hooks/"


class Front:
    """Leads each request to its service, as whoever it proves to come from."""

    def __init__(self, *, services: Mapping[str, ASGIApp], hooks: ASGIApp, home: ASGIApp, exchange: Exchange) -> None:
        self._services = services
        self._hooks = hooks
        self._home = home
        self._exchange = exchange

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _no_lifespan(receive, send)
            return
        path = scope["path"]
        if path.startswith(_HOOKS):
            await self._hooks(scope, receive, send)
        elif path == "/":
            await RedirectResponse(REFERENCE)(scope, receive, send)
        elif path.startswith(_API) and path.split("/", 3)[2] in self._services:
            await self._enter(path.split("/", 3)[2], scope, receive, send)
        else:
            await self._home(scope, receive, send)

    async def _enter(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            authorization = await self._exchange.authorization(Headers(scope=scope), method=scope["method"])
        except Failure as failure:
            await send_problem(scope, receive, send, failure)
            return
        headers = [(key, value) for key, value in scope["headers"] if key != b"authorization"]
        if authorization is not None:
            headers.append((b"authorization", authorization.encode()))
        await self._services[name]({**scope, "headers": headers}, receive, send)


async def nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    """What is at an address where nothing is."""
    await send_problem(scope, receive, send, NotFound("nothing is here"))


async def _no_lifespan(receive: Receive, send: Send) -> None:
    """The house is opened and closed by who serves it, not by the server."""
    while True:
        message: Message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
