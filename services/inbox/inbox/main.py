"""The inbox, put together: what people said, in threads, and what the brand does about it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from huiying.http.pagination import Cursors
from huiying.service.command import run
from huiying.service.definition import Service, Surroundings
from inbox.api import annotations, contacts, messages, moderation, replies, stream, threads, work
from inbox.consumers import HANDLERS
from inbox.jobs import job_table
from inbox.settings import InboxSettings
from inbox.storage.tables import METADATA
from inbox.storage.unit import InboxTools, InboxUnit


@asynccontextmanager
async def equip(surroundings: Surroundings[InboxSettings]) -> AsyncIterator[InboxTools]:
    """The inbox's tools."""
    cursors = Cursors(surroundings.vault.derive("cursors"))
    yield InboxTools(cursors=cursors, claim_lifetime=surroundings.settings.inbox_claim_lifetime)


SERVICE = Service[InboxSettings, InboxTools, InboxUnit](
    name="inbox",
    description="Threads of what people said, and what the brand does about them.",
    settings=InboxSettings,
    unit=InboxUnit,
    metadata=METADATA,
    migrations=Path(__file__).parent / "migrations",
    routers=[module.router for module in (threads, messages, work, replies, moderation, annotations, contacts, stream)],
    handlers=HANDLERS,
    equip=equip,
    jobs=job_table,
)


if __name__ == "__main__":
    run(SERVICE)
