"""All services under one roof: one embedded bus, one data directory, one port."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from huiying.auth.tokens import TokenVerifier
from huiying.bus.embedded import EmbeddedTransport
from huiying.clock import Clock, SystemClock
from huiying.db.migrate import migrate
from huiying.events.registry import TOPICS
from huiying.http.middleware import Edge
from huiying.http.probes import probe_routes
from huiying.observability.health import Health
from huiying.service.app import Application
from huiying.service.definition import Service
from huiying.service.runtime import Runtime, open_database, running
from huiying.settings import BusKind, ServiceSettings
from identity.main import SERVICE as IDENTITY
from identity.usecases.exchange import Exchange
from inbox.main import SERVICE as INBOX
from ingest.main import SERVICE as INGEST
from reporting.main import SERVICE as REPORTING
from scoring.main import SERVICE as SCORING
from standalone.front import Front
from standalone.reference import reference_app
from webhooks.main import SERVICE as WEBHOOKS

SERVICES: tuple[Service[Any, Any, Any], ...] = (IDENTITY, INGEST, SCORING, INBOX, REPORTING, WEBHOOKS)
"""Every service, in the order in which they start."""


@dataclass(frozen=True, kw_only=True)
class House:
    """All services, running."""

    app: ASGIApp
    runtimes: dict[str, Runtime[Any, Any, Any]]
    applications: dict[str, Application[Any, Any, Any]]
    health: Health

    @property
    def on_drain(self) -> Sequence[Callable[[], None]]:
        """What to tell first when the process is about to stop."""
        return [self.health.drain, *(each.broadcast.drain for each in self.applications.values())]


def settings_of(
    service: Service[Any, Any, Any], *, data_dir: Path, host: str, port: int, allow_private_addresses: bool = False
) -> ServiceSettings:
    """A service's settings for one machine: the environment's, on the embedded bus, in one directory."""
    found: ServiceSettings = service.settings()
    return found.model_copy(
        update={
            "bus": found.bus.model_copy(update={"kind": BusKind.EMBEDDED}),
            "storage": found.storage.model_copy(update={"data_dir": data_dir}),
            "http": found.http.model_copy(update={"host": host, "port": port}),
            "allow_private_addresses": found.allow_private_addresses or allow_private_addresses,
        }
    )


async def migrate_all(settings: dict[str, ServiceSettings]) -> None:
    """Bring every service's tables to the present shape."""
    for service in SERVICES:
        database = open_database(service.name, settings[service.name])
        try:
            await migrate(database, service.migrations)
        finally:
            await database.close()


@asynccontextmanager
async def open_house(settings: dict[str, ServiceSettings], *, clock: Clock | None = None) -> AsyncIterator[House]:
    """Migrate and start everything; stop it when the block ends.

    Raises DirectoryInUse if another process has the data directory open.
    """
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        first = settings[IDENTITY.name]
        transport = EmbeddedTransport(first.storage.data_dir, durability=first.bus.durability)
        await transport.start()
        stack.push_async_callback(transport.stop)
        await transport.ensure(TOPICS)
        await migrate_all(settings)
        runtimes = {
            service.name: await stack.enter_async_context(
                running(service, settings[service.name], transport=transport, clock=clock)
            )
            for service in SERVICES
        }
        yield _put_together(runtimes, settings)


def _put_together(runtimes: dict[str, Runtime[Any, Any, Any]], settings: dict[str, ServiceSettings]) -> House:
    verifier: TokenVerifier = runtimes[IDENTITY.name].tools.verifier
    health = Health()
    applications = {}
    for service in SERVICES:
        max_body_bytes = settings[service.name].http.max_body_bytes
        applications[service.name] = Application(service, max_body_bytes=max_body_bytes)
        applications[service.name].attach(runtimes[service.name], verifier)
        health.needs(service.name, runtimes[service.name].check)
    home = Edge(
        reference_app(SERVICES, probes=probe_routes(health)), max_body_bytes=settings[IDENTITY.name].http.max_body_bytes
    )
    front = Front(
        services=applications,
        hooks=applications[INGEST.name],
        home=home,
        exchange=Exchange(runtimes[IDENTITY.name]),
    )
    return House(app=front, runtimes=runtimes, applications=applications, health=health)
