"""`huiying demo`: everything in one process, and a believable day streaming into it."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from huiying.clock import SystemClock
from huiying.http.server import run
from simulator.enrolment import enrol
from simulator.facade import Simulator
from simulator.scenario import Scenario, make_day, make_past
from standalone import operator_key
from standalone.commands.serving import Host, Port, a_house

BRAND = "tanghulu-tea"
_TELL_SECONDS = 10.0


def demo_command(
    data_dir: Annotated[Path, typer.Option("--data-dir", help="Where everything is kept.")] = Path("data/demo"),
    host: Host = "127.0.0.1",
    port: Port = 8080,
    rate: Annotated[float, typer.Option(min=0.1, max=1_000, help="Interactions a second, on average.")] = 5.0,
    scenario: Annotated[Scenario, typer.Option(help="What sort of day.")] = Scenario.DAY,
    compression: Annotated[float, typer.Option(min=1, help="How many times as fast as life.")] = 12.0,
) -> None:
    """Run every service with fake platforms that stream a day at a tea shop, in Chinese and English."""
    run(_demo(data_dir, host=host, port=port, rate=rate, scenario=scenario, compression=compression))


async def _demo(data_dir: Path, *, host: str, port: int, rate: float, scenario: Scenario, compression: float) -> None:
    async with a_house(data_dir, host=host, port=port, allow_private_addresses=True) as (url, serving):
        operator = operator_key.read(data_dir)
        async with _playing(operator, rate=rate, scenario=scenario, compression=compression) as sim:
            typer.echo(f"Huiying 回应 is ready at {url}, and a day at {BRAND} is streaming.")
            typer.echo(f"Look:  curl -H @{data_dir}/operator.header {url}/api/inbox/v1/threads")
            telling = asyncio.create_task(_tell(sim), name="telling")
            await serving
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)


@asynccontextmanager
async def _playing(
    operator: operator_key.Operator, *, rate: float, scenario: Scenario, compression: float
) -> AsyncIterator[Simulator]:
    async with Simulator(strict=False) as sim:
        await enrol(sim, operator.url, api_key=operator.key, brand=BRAND)
        now = SystemClock().now()
        # All at once: what is usual must be known before anything unusual can be seen.
        await sim.player.play(make_past(now=now, platforms=sim.names), compression=math.inf, is_live=False)
        day = make_day(
            scenario,
            now=now,
            rate_per_second=rate,
            compression=compression,
            platforms=sim.names,
        )
        sim.player.start(day, compression=compression)
        yield sim


async def _tell(sim: Simulator) -> None:
    """Say every few seconds how far the day has come."""
    stopped = asyncio.Event()
    while True:
        try:
            async with asyncio.timeout(_TELL_SECONDS):
                await stopped.wait()
        except TimeoutError:
            typer.echo(f"{sim.statistics.acknowledged} deliveries acknowledged, {sim.statistics.refused} refused")
