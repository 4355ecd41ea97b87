"""What every request passes before a route sees it: a trace id, safe headers, limits, the last resort. Pure ASGI."""

import re
import secrets
from collections.abc import MutableMapping
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from huiying.errors import TooLarge
from huiying.http.problems import UnsupportedMediaType, bug_response, send_problem, trace_id_of
from huiying.observability.logs import TRACE_ID_STATE

log = structlog.get_logger(__name__)

_TRACE_PARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_SAFE_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
        "img-src 'self' data:"
    ),
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class Edge:
    """All of this module around an application, in the order in which it works."""

    def __init__(self, app: ASGIApp, *, max_body_bytes: int) -> None:
        limited = JSONOnly(BodyLimit(app, max_body_bytes=max_body_bytes))
        self._app = Traced(SafeHeaders(LastResort(limited)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def give_trace_id(scope: Scope) -> str:
    """The trace id that this request has from now on: the one it has, or its `traceparent` names, or a new one."""
    trace_id = trace_id_of(scope) or _trace_id(Headers(scope=scope))
    state: MutableMapping[str, Any] = scope.setdefault("state", {})
    state[TRACE_ID_STATE] = trace_id
    return trace_id


def closing(send: Send) -> Send:
    """Answers over `send` and closes the connection: the rest of the body is on its way, and nobody will read it."""

    async def closing(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["connection"] = "close"
        await send(message)

    return closing


class Traced:
    """Gives a request the trace id its `traceparent` names, or a new one: in the log, in problems, in `x-trace-id`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace_id = give_trace_id(scope)

        async def traced(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-trace-id"] = trace_id
            await send(message)

        with structlog.contextvars.bound_contextvars(trace_id=trace_id):
            await self._app(scope, receive, traced)


class SafeHeaders:
    """Adds the headers that keep a browser from being used against its owner. A route's own value stays."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SAFE_HEADERS.items():
                    headers.setdefault(name, value)
                if _is_api(scope):
                    headers.setdefault("cache-control", "no-store")
                if scope.get("scheme") == "https":
                    headers.setdefault("strict-transport-security", "max-age=31536000; includeSubDomains")
            await send(message)

        await self._app(scope, receive, guarded)


class LastResort:
    """Turns a bug into a bare problem and a line in the log with the same trace id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent: list[str] = []

        async def watched(message: Message) -> None:
            is_last = message["type"] == "http.response.body" and not message.get("more_body", False)
            sent.append("end" if is_last else "part") if not sent or is_last else None
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            log.exception("request_met_a_bug", method=scope["method"])
            if not sent:
                await bug_response(scope)(scope, receive, send)
            elif "end" not in sent:
                # Half an answer is out: only a broken connection tells the caller that it is not whole.
                raise


class JSONOnly:
    """Refuses a write to the API whose body does not say that it is JSON, which a form of another site cannot send."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in _WRITES and _is_api(scope):
            headers = Headers(scope=scope)
            if _has_body(headers) and not _is_json(headers.get("content-type", "")):
                failure = UnsupportedMediaType("the body must be JSON, and content-type must say so")
                await send_problem(scope, receive, send, failure)
                return
        await self._app(scope, receive, send)


class BodyLimit:
    """Refuses a body over the limit, declared or not, before the application sees any of it."""

    def __init__(self, app: ASGIApp, *, max_body_bytes: int) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        try:
            body = await self._read(scope, receive)
        except TooLarge as failure:
            await send_problem(scope, receive, closing(send), failure)
            return
        if body is None:
            return
        await self._app(scope, _replay(body, receive), send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        """The whole body, or None if who sent it has gone. Raises TooLarge as soon as that is known."""
        declared = Headers(scope=scope).get("content-length", "0")
        self._check(int(declared) if declared.isdecimal() else 0)
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            self._check(len(body))
            if not message.get("more_body", False):
                return bytes(body)

    def _check(self, size_bytes: int) -> None:
        if size_bytes > self._max_body_bytes:
            raise TooLarge(f"a body may have at most {self._max_body_bytes} bytes")


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting = [body]

    async def replayed() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return replayed


def _trace_id(headers: Headers) -> str:
    parent = _TRACE_PARENT.fullmatch(headers.get("traceparent", ""))
    return parent.group(1) if parent else secrets.token_hex(16)


def _is_api(scope: Scope) -> bool:
    return str(scope["path"]).startswith("/api/")


def _has_body(headers: Headers) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))
