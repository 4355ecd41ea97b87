"""Calling out: the one module that knows httpx.

Where a call goes is often said by somebody else, so the name is resolved once, every address it has must be public, and
the connection goes to an address that was checked: there is no second look-up that could answer otherwise. TLS still
verifies the name. No redirects, no proxies from the environment. And the caller is told what went wrong in the terms
that matter for a send: it never left, or nobody knows.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

import httpcore
import httpx
import msgspec

from huiying.errors import Failure, Invalid, Rejected, Unavailable
from huiying.http.addresses import is_public

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host name; raises OSError if it has none."""

_MIB = 1_048_576
_CONNECTION_COUNT = 100
_TRIED_ADDRESS_COUNT = 3
_PUBLIC_PORTS = frozenset({80, 443})
_LEFT = "http11.send_request_headers.started"
_LOST = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    httpx.DecodingError,
    httpx.StreamError,
    httpx.TransportError,
    TimeoutError,
)


class DestinationRefused(Rejected):
    """The URL leads where outgoing calls may not go."""

    code = "destination_refused"


class Unreached(Unavailable):
    """The request never left: no address, no connection, no TLS. It has had no effect."""

    code = "unreached"


class OutcomeUnknown(Failure):
    """The request left and no answer came back. It may or may not have had its effect."""

    code = "outcome_unknown"


class AnswerTooLarge(OutcomeUnknown):
    """The answer is over the limit; what it says is not known."""

    code = "answer_too_large"


class Response(msgspec.Struct, frozen=True):
    """An answer, whatever its status. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status is one of 2xx."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON. Raises Invalid if it is none."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Invalid(f"the answer ({self.status}) is not JSON") from error


class HTTPClient:
    """Calls out, within limits. Safe to share; close it at the end."""

    def __init__(
        self,
        *,
        allow_private_addresses: bool,
        timeout_seconds: float = 5.0,
        max_response_bytes: int = 5 * _MIB,
        resolve: Resolver | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """With `allow_private_addresses` any address, port and plain HTTP will do: for a simulator and for tests."""
        self._allow_private = allow_private_addresses
        self._timeout_seconds = timeout_seconds
        self._max_response_bytes = max_response_bytes
        guard = _Guard(allow_private=allow_private_addresses, resolve=resolve or _resolve)
        transport = _GuardedTransport(guard, ssl_context or httpx.create_ssl_context(trust_env=False))
        self._client = httpx.AsyncClient(transport=transport, follow_redirects=False, trust_env=False)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: object = None,
        content: bytes | None = None,
        timeout_seconds: float | None = None,
    ) -> Response:
        """The answer to one request, which is sent once. `timeout_seconds` is for all of it.

        Raises DestinationRefused, Unreached, or OutcomeUnknown; for a read the last means to ask again.
        """
        limit = timeout_seconds or self._timeout_seconds
        progress = _Progress()
        request = self._build(method, url, headers=headers, params=params, json=json, content=content)
        request.extensions = {"timeout": httpx.Timeout(limit).as_dict(), "trace": progress.note}
        try:
            async with asyncio.timeout(limit):
                return await self._send(request)
        except _LOST as error:
            progress.tell(request.url.host, error)

    def _build(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None,
        params: Mapping[str, str] | None,
        json: object,
        content: bytes | None,
    ) -> httpx.Request:
        # What the caller sets comes last. Compression would let a small answer unpack into one that fills the memory.
        sent = {"user-agent": "Huiying", "accept-encoding": "identity"}
        if json is not None:
            content = msgspec.json.encode(json)
            sent["content-type"] = "application/json"
        sent.update({name.lower(): value for name, value in (headers or {}).items()})
        try:
            request = self._client.build_request(method, url, headers=sent, params=params, content=content)
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            raise DestinationRefused("this is not a URL that can be called") from error
        self._check(request.url)
        return request

    def _check(self, url: httpx.URL) -> None:
        if url.userinfo or not url.host or url.scheme not in {"http", "https"}:
            raise DestinationRefused(f"{url.scheme}://{url.host} is not a destination")
        if self._allow_private:
            return
        if url.scheme != "https" or (url.port or 443) not in _PUBLIC_PORTS:
            raise DestinationRefused(f"{url.scheme}://{url.host}:{url.port} is not https on a public port")

    async def _send(self, request: httpx.Request) -> Response:
        answer = await self._client.send(request, stream=True)
        try:
            body = bytearray()
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > self._max_response_bytes:
                    raise AnswerTooLarge(f"{request.url.host} answered more than {self._max_response_bytes} bytes")
        finally:
            await answer.aclose()
        return Response(answer.status_code, dict(answer.headers), bytes(body))


class _Progress:
    """Whether a request has begun to leave: what tells Unreached from OutcomeUnknown."""

    def __init__(self) -> None:
        self._has_left = False

    async def note(self, event: str, _info: Mapping[str, Any]) -> None:
        if event == _LEFT:
            self._has_left = True

    def tell(self, host: str, error: Exception) -> NoReturn:
        if self._has_left:
            raise OutcomeUnknown(f"{host} did not answer: {type(error).__name__}") from error
        raise Unreached(f"{host} was not reached: {type(error).__name__} {error}") from error


class _Guard(httpcore.AsyncNetworkBackend):
    """Resolves once, and connects only to addresses that it has checked."""

    def __init__(self, *, allow_private: bool, resolve: Resolver) -> None:
        self._allow_private = allow_private
        self._resolve = resolve
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = (await self._addresses(host, port))[:_TRIED_ADDRESS_COUNT]
        patience = timeout / len(addresses) if timeout is not None else None
        lost: Exception | None = None
        for address in addresses:
            try:
                return await self._backend.connect_tcp(address, port, patience, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                lost = error
        raise httpcore.ConnectError(f"no address of {host} accepts connections: {lost}") from lost

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise DestinationRefused("a socket of this machine is not a destination")

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} has no address") from error
        if not addresses:
            raise httpcore.ConnectError(f"{host} has no address")
        # One bad address is enough: who mixes them is trying his luck.
        if not self._allow_private and not all(is_public(address) for address in addresses):
            raise DestinationRefused(f"{host} is not on the public internet")
        return addresses


class _GuardedTransport(httpx.AsyncBaseTransport):
    """httpx over a pool whose connections go through the guard."""

    def __init__(self, guard: _Guard, ssl_context: ssl.SSLContext) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context,
            max_connections=_CONNECTION_COUNT,
            max_keepalive_connections=_CONNECTION_COUNT // 5,
            # Shorter than servers keep theirs: a request into a connection that is being closed has an unknown outcome.
            keepalive_expiry=4.0,
            network_backend=guard,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        answer = await self._pool.handle_async_request(asked)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    """The body as the pool gives it."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._answer.aiter_stream():
            yield part

    async def aclose(self) -> None:
        await self._answer.aclose()


async def _resolve(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]
