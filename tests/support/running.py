"""A service that really runs: its migrations, its database, its consumer, its jobs, its API, on a real transport."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from huiying.auth.principals import Principal, Role
from huiying.auth.tokens import TokenSigner, TokenVerifier, new_signing_key, public_keys
from huiying.bus.embedded import EmbeddedTransport
from huiying.bus.transport import Record, Transport
from huiying.clock import Clock, SystemClock, to_milliseconds
from huiying.db.migrate import migrate
from huiying.events.envelope import Event, encode, headers_of
from huiying.events.registry import TOPIC_OF, TOPICS
from huiying.ids import new_id
from huiying.service.app import Application
from huiying.service.definition import Service
from huiying.service.runtime import Runtime, open_database, running
from huiying.settings import BusKind, BusSettings, DatabaseSettings, StorageSettings

_KEY = new_signing_key()


def settings_for(service: Service[Any, Any, Any], directory: Path, *, database_url: str = "", **more: Any) -> Any:
    """Settings for one process on one machine, whatever the environment says."""
    return service.settings(
        instance="test",
        bus=BusSettings(kind=BusKind.EMBEDDED),
        database=DatabaseSettings(url=SecretStr(database_url)),
        allow_private_addresses=True,
        storage=StorageSettings(data_dir=directory),
        **more,
    )


def an_administrator(*brands: str) -> Principal:
    """Somebody who may do everything."""
    named = dict.fromkeys(brands, Role.ADMINISTRATOR)
    return Principal(subject="member-admin", kind="member", name="Admin", is_administrator=True, brands=named)


def a_member(role: Role, *brands: str, subject: str = "member-1") -> Principal:
    """Somebody with one role for these brands."""
    named = dict.fromkeys(brands, role)
    return Principal(subject=subject, kind="member", name="Member", is_administrator=False, brands=named)


class Running:
    """A running service, with ways in."""

    def __init__(self, application: Application[Any, Any, Any], runtime: Runtime[Any, Any, Any]) -> None:
        self.application = application
        self.runtime = runtime
        self.transport = runtime.transport
        self.open_unit = runtime.open_unit
        self.open_view = runtime.open_view
        self._signer = TokenSigner(_KEY, lifetime=runtime.settings.auth.token_lifetime)

    def client(self, principal: Principal | None = None) -> httpx.AsyncClient:
        """A client of the service's API, signed in as `principal`; paths are relative to /api/{service}/v1."""
        headers = {}
        if principal is not None:
            token = self._signer.sign(principal, now=self.runtime.clock.now())
            headers["authorization"] = f"Bearer {token}"
        transport = httpx.ASGITransport(app=self.application, raise_app_exceptions=False)
        base_url = f"http://test/api/{self.application.service.name}/v1"
        return httpx.AsyncClient(transport=transport, base_url=base_url, headers=headers)

    def hooks_client(self) -> httpx.AsyncClient:
        """A client that is nobody, for the hooks."""
        transport = httpx.ASGITransport(app=self.application, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://test")

    async def told(self, *events: Event) -> None:
        """Put facts on the bus as another service would."""
        now_ms = to_milliseconds(self.runtime.clock.now())
        await self.transport.publish(
            [
                Record(
                    TOPIC_OF[type(event)].name,
                    event.key.encode(),
                    encode(event),
                    headers_of(event.type, source=b"//test", event_id=new_id(), timestamp_ms=now_ms),
                    now_ms,
                )
                for event in events
            ]
        )


@asynccontextmanager
async def a_service(
    service: Service[Any, Any, Any],
    *,
    directory: Path,
    clock: Clock | None = None,
    transport: Transport | None = None,
    database_url: str = "",
    **more: Any,
) -> AsyncIterator[Running]:
    """Migrate, start, and at the end stop a service. Without a `transport` it gets an embedded one of its own."""
    settings = settings_for(service, directory, database_url=database_url, **more)
    async with AsyncExitStack() as stack:
        if transport is None:
            transport = EmbeddedTransport(directory)
            await transport.start()
            stack.push_async_callback(transport.stop)
            await transport.ensure(TOPICS)
        database = open_database(service.name, settings)
        await migrate(database, service.migrations)
        await database.close()
        runtime = await stack.enter_async_context(
            running(service, settings, transport=transport, clock=clock or SystemClock())
        )
        application = Application(service, max_body_bytes=settings.http.max_body_bytes)
        application.attach(runtime, TokenVerifier.from_json(public_keys(_KEY)))
        yield Running(application, runtime)
