"""The hooks: where platforms deliver. A raw ASGI application, because a framework would cost more than the work itself.

Verify, make durable, acknowledge: nothing slower happens before the answer.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from urllib.parse import parse_qsl

import structlog
from prometheus_client import Counter
from starlette.types import ASGIApp, Receive, Scope, Send

from huiying.clock import Clock
from huiying.errors import Failure, Forbidden, NotFound, TooLarge, Unauthenticated, Unavailable
from huiying.events.deliveries import DeliveryAccepted
from huiying.http.middleware import closing, give_trace_id
from huiying.http.problems import MethodNotAllowed, bug_response, send_problem
from huiying.ids import new_id
from huiying.observability.metrics import ACCEPTED_DELIVERIES, REFUSED_DELIVERIES
from huiying.outbox.unit import OpenUnit
from huiying.service.definition import Surroundings
from ingest.clients.connectors.connector import Acknowledgement, Connector, HookRequest, LocallyIgnored
from ingest.clients.connectors.table import CONNECTORS
from ingest.settings import IngestSettings
from ingest.storage.account_book import OpenAccount
from ingest.storage.unit import IngestTools, IngestUnit

log = structlog.get_logger(__name__)

PREFIX = "/hooks/"
_METHODS = ("GET", "POST")
_HOOK_KEY = re.compile(r"[0-9a-z]{1,64}")
_KEPT_CHARACTERS = 1_000
_IGNORED = Acknowledgement(status=202)


class Hooks:
    """`/hooks/{platform}/{account_key}` for every account."""

    def __init__(self, tools: IngestTools, *, clock: Clock) -> None:
        self._tools = tools
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        platform, _, hook_key = scope["path"][len(PREFIX) :].partition("/")
        try:
            answer = await self._answer(scope, receive, platform=platform, hook_key=hook_key)
        except LocallyIgnored as ignored:
            REFUSED_DELIVERIES.labels(platform=_label(platform), code=ignored.code).inc()
            await _respond(send, _IGNORED)
            return
        except Failure as failure:
            await _refuse(scope, receive, send, failure, platform=_label(platform))
            return
        except Exception:
            # The last resort: the platform is told to come back, and the log has what happened.
            log.exception("hook_met_a_bug", platform=_label(platform), trace_id=give_trace_id(scope))
            await bug_response(scope)(scope, receive, send)
            return
        if answer is None:
            REFUSED_DELIVERIES.labels(platform=_label(platform), code="disconnected").inc()
            return
        await _respond(send, answer)

    async def _answer(self, scope: Scope, receive: Receive, *, platform: str, hook_key: str) -> Acknowledgement | None:
        """What to say, or None if nobody listens any more."""
        connector = CONNECTORS.get(platform)
        if connector is None or not _HOOK_KEY.fullmatch(hook_key):
            raise NotFound("no such hook")
        if scope["method"] not in _METHODS:
            raise MethodNotAllowed("a hook takes GET and POST", allowed=_METHODS)
        account = await self._tools.accounts.by_hook(hook_key)
        if account.platform != platform:
            raise NotFound("no such hook")
        now = self._clock.now()
        body = await read_body(scope, receive, limit_bytes=self._tools.max_delivery_bytes)
        if body is None:
            return None
        request = _request(scope, body, now)
        try:
            handshake = connector.handshake(request, account.credentials)
            if handshake is not None:
                self._tools.tally.note_handshake(account.ref.id, at=now)
                return handshake
            if scope["method"] != "POST":
                raise MethodNotAllowed("a delivery comes by POST", allowed=("POST",))
            return await self._accept(connector, account, request, now)
        except (Unauthenticated, Forbidden):
            self._tools.tally.note_turned_away(account.ref.id, at=now)
            raise

    async def _accept(
        self, connector: Connector, account: OpenAccount, request: HookRequest, now: datetime
    ) -> Acknowledgement:
        proof = connector.verify(request, account.credentials, now=now)
        delivery_id = new_id()
        accepted = DeliveryAccepted(
            delivery_id=delivery_id,
            account_id=account.ref.id,
            platform=account.platform,
            received_at=now,
            content_type=_storable(request.headers.get("content-type", ""))[:200],
            query=_kept(request.query, connector.kept_query),
            headers=_kept(request.headers, connector.kept_headers),
            proof=proof,
            body=request.body,
        )
        path = await self._tools.direct.tell(accepted, event_id=delivery_id)
        _accepted(account.platform, path).inc()
        return connector.acknowledge(request)


async def read_body(scope: Scope, receive: Receive, *, limit_bytes: int) -> bytes | None:
    """The whole body, or None if who sends it has gone. Raises TooLarge as soon as it is known to be over the limit."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > limit_bytes:
            raise TooLarge(f"a delivery may have {limit_bytes} bytes")
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            # What has come so far may look whole, and is not.
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit_bytes:
            raise TooLarge(f"a delivery may have {limit_bytes} bytes")
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def make_hooks(
    tools: IngestTools, _open_unit: OpenUnit[IngestUnit], surroundings: Surroundings[IngestSettings]
) -> ASGIApp:
    """The hooks of one running ingest."""
    return Hooks(tools, clock=surroundings.clock)


@lru_cache(maxsize=256)
def _accepted(platform: str, path: str) -> Counter:
    """The counter with its labels found, which costs more than counting."""
    return ACCEPTED_DELIVERIES.labels(platform=platform, path=path)


def _request(scope: Scope, body: bytes, now: datetime) -> HookRequest:
    query = scope["query_string"]
    return HookRequest(
        method=scope["method"],
        query=dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)) if query else {},
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        body=body,
        received_at=now,
    )


def _kept(values: Mapping[str, str], names: frozenset[str]) -> dict[str, str]:
    return {name: _storable(values[name]) for name in names if name in values}


def _storable(value: str) -> str:
    # PostgreSQL cannot hold a zero byte, and no platform means one.
    return value.replace("\0", "")[:_KEPT_CHARACTERS]


def _label(platform: str) -> str:
    """Only known platforms may become a label: the path is the caller's."""
    return platform if platform in CONNECTORS else "none"


async def _refuse(scope: Scope, receive: Receive, send: Send, failure: Failure, *, platform: str) -> None:
    REFUSED_DELIVERIES.labels(platform=platform, code=failure.code).inc()
    trace_id = give_trace_id(scope)
    if isinstance(failure, Unavailable):
        log.warning("delivery_not_taken", platform=platform, code=failure.code, reason=str(failure), trace_id=trace_id)
    await send_problem(scope, receive, closing(send) if isinstance(failure, TooLarge) else send, failure)


async def _respond(send: Send, answer: Acknowledgement) -> None:
    headers = _headers_of(answer.status, answer.content_type, len(answer.body))
    await send({"type": "http.response.start", "status": answer.status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": answer.body})


@lru_cache(maxsize=256)
def _headers_of(status: int, content_type: str, size_bytes: int) -> tuple[tuple[bytes, bytes], ...]:
    # A 204 has no length (RFC 9110, 8.6).
    length = () if status == 204 else ((b"content-length", str(size_bytes).encode()),)
    if not content_type:
        return length
    return (*length, (b"content-type", content_type.encode()), (b"x-content-type-options", b"nosniff"))
