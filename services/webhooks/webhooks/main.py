"""Webhooks, put together: what happens to a brand, told to the systems that subscribed to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from huiying.http.client import HTTPClient
from huiying.http.pagination import Cursors
from huiying.service.command import run
from huiying.service.definition import Service, Surroundings
from webhooks.api import notifications, subscriptions
from webhooks.consumers import HANDLERS
from webhooks.jobs import make_jobs
from webhooks.settings import WebhooksSettings
from webhooks.storage.tables import METADATA
from webhooks.storage.unit import WebhooksTools, WebhooksUnit


@asynccontextmanager
async def equip(surroundings: Surroundings[WebhooksSettings]) -> AsyncIterator[WebhooksTools]:
    """The tools of webhooks, above all the one client that calls receivers."""
    settings = surroundings.settings
    client = HTTPClient(allow_private_addresses=settings.allow_private_addresses)
    yield WebhooksTools(
        cursors=Cursors(surroundings.vault.derive("cursors")),
        vault=surroundings.vault,
        client=client,
        disable_after=settings.webhooks_disable_after,
        retention=settings.webhooks_retention,
    )
    await client.close()


SERVICE = Service(
    name="webhooks",
    description="What happens to each brand, told to the systems that subscribed to it.",
    settings=WebhooksSettings,
    unit=WebhooksUnit,
    metadata=METADATA,
    migrations=Path(__file__).parent / "migrations",
    routers=[subscriptions.router, notifications.router],
    handlers=HANDLERS,
    equip=equip,
    jobs=make_jobs,
)


if __name__ == "__main__":
    run(SERVICE)
