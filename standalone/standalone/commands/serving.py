"""`huiying run`: everything in one process."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from huiying.http.server import bind, port_of, run, serve
from huiying.observability import logs
from huiying.settings import ServiceSettings
from scoring.main import SERVICE as SCORING
from standalone import operator_key
from standalone.house import SERVICES, House, open_house, settings_of

DataDir = Annotated[Path, typer.Option("--data-dir", help="Where everything is kept.")]
Host = Annotated[str, typer.Option("--host", help="Address to listen on.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65_535, help="Port to listen on; 0 takes a free one.")]


def run_command(data_dir: DataDir = Path("data"), host: Host = "127.0.0.1", port: Port = 8080) -> None:
    """Run every service in this process, on an embedded bus and SQLite."""
    run(_run(data_dir, host=host, port=port))


async def _run(data_dir: Path, *, host: str, port: int) -> None:
    async with a_house(data_dir, host=host, port=port) as (url, serving):
        typer.echo(f"Huiying 回应 is ready at {url}")
        await serving


@asynccontextmanager
async def a_house(
    data_dir: Path, *, host: str, port: int, allow_private_addresses: bool = False
) -> AsyncIterator[tuple[str, "asyncio.Task[None]"]]:
    """Everything started and served: its address, and the task that ends when the process is told to stop."""
    listener = bind(host, port)
    settings = {
        service.name: settings_of(
            service,
            data_dir=data_dir,
            host=host,
            port=port_of(listener),
            allow_private_addresses=allow_private_addresses,
        )
        for service in SERVICES
    }
    settings[SCORING.name] = _reading_apart(settings[SCORING.name])
    common = next(iter(settings.values()))
    logs.configure(level=common.log.level, json_lines=common.log.json_lines)
    local = f"http://{host}:{port_of(listener)}"
    async with open_house(settings) as house:
        await operator_key.leave(data_dir, url=local, house=house)
        serving = asyncio.create_task(_serve(house, listener, common), name="serving")
        try:
            yield common.http.public_url or local, serving
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


def _reading_apart(settings: ServiceSettings) -> ServiceSettings:
    """Texts are read on a second processor, where there is one and nobody has decided otherwise."""
    if "scoring_reading_process" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"scoring_reading_process": (os.cpu_count() or 1) > 1})


async def _serve(house: House, listener: socket.socket, common: ServiceSettings) -> None:
    await serve(
        house.app,
        listener,
        internal_port=common.http.internal_port,
        shutdown_timeout=common.http.shutdown_timeout,
        on_drain=house.on_drain,
    )
