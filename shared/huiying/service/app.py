"""A service as an ASGI application: its API, its probes, its hooks, and the runtime behind them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Generic, TypeVar

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from huiying.auth.tokens import TokenVerifier
from huiying.bus.embedded import EmbeddedTransport
from huiying.bus.kafka.transport import KafkaTransport
from huiying.bus.transport import Transport
from huiying.clock import Clock, SystemClock
from huiying.errors import Failure
from huiying.http import problems
from huiying.http.middleware import Edge
from huiying.http.probes import probe_routes
from huiying.http.sse import Broadcast
from huiying.observability import logs
from huiying.observability.health import Health
from huiying.outbox.unit import Unit
from huiying.service.definition import Service
from huiying.service.operations import router as operations
from huiying.service.runtime import Runtime, running
from huiying.service.streams import Streams
from huiying.settings import BusKind, ServiceSettings

S = TypeVar("S", bound=ServiceSettings)
T = TypeVar("T")
U = TypeVar("U", bound=Unit[Any])


class Misconfigured(Failure):
    """A setting that this service cannot do without is missing or wrong."""

    code = "misconfigured"


class Gate:
    """What the guards of the routes check against."""

    def __init__(self, verifier: TokenVerifier, clock: Clock) -> None:
        self.verifier = verifier
        self.clock = clock


class Application(Generic[S, T, U]):
    """A service's API with a runtime behind it, once one is attached. It says 503 until then."""

    def __init__(self, service: Service[S, T, U], *, max_body_bytes: int) -> None:
        self.service = service
        self.api = build_api(service)
        self.health = Health()
        self.broadcast = Broadcast(service.name, clock=SystemClock())
        self.api.state.streams = Streams(self.broadcast)
        self._front = Edge(self.api, max_body_bytes=max_body_bytes)
        self._hooks: ASGIApp | None = None
        self.api.router.routes.extend(probe_routes(self.health))

    def attach(self, runtime: Runtime[S, T, U], verifier: TokenVerifier) -> None:
        """Serve from this runtime on."""
        self.api.state.runtime = runtime
        self.api.state.gatekeeper = Gate(verifier, runtime.clock)
        self.health.needs(self.service.name, runtime.check)
        if self.service.hooks is not None:
            self._hooks = self.service.hooks.make(runtime.tools, runtime.open_unit, runtime.surroundings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hooks = self.service.hooks
        is_hook = hooks is not None and scope["type"] == "http" and scope["path"].startswith(hooks.prefix)
        await (self._hooks if is_hook and self._hooks else self._front)(scope, receive, send)


def build_api(service: Service[Any, Any, Any]) -> FastAPI:
    """The service's routes and their description, with nothing behind them."""
    prefix = f"/api/{service.name}/v1"
    api = FastAPI(
        title=f"Huiying {service.name}",
        description=service.description,
        version="1",
        openapi_url=f"{prefix}/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    for router in (*service.routers, operations):
        api.include_router(router, prefix=prefix)
    problems.install(api)
    return api


def create_app(service: Service[S, T, U], settings: S | None = None) -> Application[S, T, U]:
    """The service as one process serves it: it starts with the application and stops with it."""
    settings = settings or service.settings()
    logs.configure(level=settings.log.level, json_lines=settings.log.json_lines)
    application = Application(service, max_body_bytes=settings.http.max_body_bytes)

    @asynccontextmanager
    async def lifespan(_api: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            transport = make_transport(service.name, settings)
            await transport.start()
            stack.push_async_callback(transport.stop)
            runtime = await stack.enter_async_context(
                running(service, settings, transport=transport, clock=SystemClock())
            )
            application.attach(runtime, _verifier(settings, runtime.tools))
            yield

    application.api.router.lifespan_context = lifespan
    return application


def make_transport(name: str, settings: ServiceSettings) -> Transport:
    """The transport that the settings name."""
    bus = settings.bus
    if bus.kind is BusKind.EMBEDDED:
        return EmbeddedTransport(settings.storage.data_dir, durability=bus.durability)
    return KafkaTransport(
        bootstrap_servers=bus.kafka_bootstrap_servers,
        client_id=f"huiying-{name}",
        replication_count=bus.kafka_replication_count,
        group_instance=settings.instance,
    )


def _verifier(settings: ServiceSettings, tools: object) -> TokenVerifier:
    # Identity checks by the key it signs with, which it may have made itself.
    own = getattr(tools, "verifier", None)
    if isinstance(own, TokenVerifier):
        return own
    if not settings.auth.token_public_keys:
        raise Misconfigured(
            "HUIYING_AUTH__TOKEN_PUBLIC_KEYS is empty: give the JWKS of the key that identity signs with"
        )
    return TokenVerifier.from_json(settings.auth.token_public_keys)
