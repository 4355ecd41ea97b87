"""Ingest, put together."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from huiying.http.client import HTTPClient
from huiying.http.pagination import Cursors
from huiying.service.command import run
from huiying.service.definition import Hooks, Service, Surroundings
from ingest import consumers, jobs
from ingest.api import accounts, backfills, deliveries, feeds, health, hooks
from ingest.clients.connectors.connector import Connector
from ingest.clients.connectors.table import CONNECTORS
from ingest.settings import IngestSettings
from ingest.storage.account_book import AccountBook
from ingest.storage.tables import METADATA
from ingest.storage.tally import Tally
from ingest.storage.unit import IngestTools, IngestUnit


@asynccontextmanager
async def equip(
    surroundings: Surroundings[IngestSettings], *, connectors: Mapping[str, Connector]
) -> AsyncIterator[IngestTools]:
    """Ingest's tools: the accounts at hand, who speaks which platform, and the one client that calls them."""
    settings = surroundings.settings
    client = HTTPClient(allow_private_addresses=settings.allow_private_addresses)
    tally = Tally()
    counting = asyncio.create_task(tally.run(surroundings.database), name="ingest-tally")
    try:
        yield IngestTools(
            settings=settings,
            connectors=connectors,
            vault=surroundings.vault,
            cursors=Cursors(surroundings.vault.derive("cursors")),
            accounts=AccountBook(surroundings.database, surroundings.vault),
            client=client,
            direct=surroundings.direct,
            max_delivery_bytes=settings.max_delivery_bytes,
            delivery_retention=settings.delivery_retention,
            echo_patience=settings.echo_patience,
            tally=tally,
        )
    finally:
        tally.stop()
        await counting
        await client.close()


SERVICE = Service(
    name="ingest",
    description="The platform edge: accounts, hooks, deliveries, and replies on their way out.",
    settings=IngestSettings,
    unit=IngestUnit,
    metadata=METADATA,
    migrations=Path(__file__).parent / "migrations",
    routers=[accounts.router, deliveries.router, feeds.router, backfills.router, health.router],
    handlers=consumers.HANDLERS,
    equip=partial(equip, connectors=CONNECTORS),
    jobs=jobs.make_jobs,
    hooks=Hooks(prefix=hooks.PREFIX, make=hooks.make_hooks),
)


if __name__ == "__main__":
    run(SERVICE)
