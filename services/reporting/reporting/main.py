"""Reporting, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.types import ASGIApp

from huiying.service import app, command
from huiying.service.definition import Service, Surroundings
from reporting.api import metrics
from reporting.consumers import HANDLERS
from reporting.jobs import make_jobs
from reporting.settings import ReportingSettings
from reporting.storage.tables import METADATA
from reporting.storage.unit import ReportingUnit


@asynccontextmanager
async def equip(_surroundings: Surroundings[ReportingSettings]) -> AsyncIterator[None]:
    """Reporting needs no tools."""
    yield None


SERVICE = Service(
    name="reporting",
    description="What was said to each brand, how it was answered and how people feel, over time.",
    settings=ReportingSettings,
    unit=ReportingUnit,
    metadata=METADATA,
    migrations=Path(__file__).parent / "migrations",
    routers=[metrics.router],
    handlers=HANDLERS,
    equip=equip,
    jobs=make_jobs,
)


def create_app() -> ASGIApp:
    """Reporting as one process serves it."""
    return app.create_app(SERVICE)


def main() -> None:
    """The command line."""
    command.run(SERVICE)


if __name__ == "__main__":
    main()
