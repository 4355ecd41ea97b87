"""`huiying bench`: how fast this machine is, on the embedded bus and SQLite."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from standalone.bench.append import measure_append
from standalone.bench.connectors import measure_connectors
from standalone.bench.crises import measure_detector, measure_informed, measure_sigma
from standalone.bench.forecasts import measure_forecasts
from standalone.bench.hooks import measure_hooks
from standalone.bench.nab import measure_nab
from standalone.bench.pipeline import measure_latency, measure_throughput, one_machine
from standalone.bench.report import (
    Line,
    append_lines,
    connector_lines,
    crisis_lines,
    forecast_lines,
    hook_lines,
    nab_lines,
    pipeline_lines,
    table,
)

PIPELINE_TARGET, PIPELINE_FLOOR = 1_200.0, 600.0


def bench_command(
    count: Annotated[int, typer.Option(min=100, help="Interactions through the whole pipeline.")] = 6_000,
    kafka: Annotated[str, typer.Option(envvar="KAFKA_BOOTSTRAP_SERVERS", help="Measure the hooks to Kafka too.")] = "",
    series: Annotated[
        Path | None, typer.Option(file_okay=False, exists=True, help="A folder of NAB series with its windows.json.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure hooks, log and pipeline side by side, in temporary folders here. Takes a few minutes."""
    lines = asyncio.run(measure(count=count, kafka=kafka)) + measure_detection(series)
    if as_json:
        found = [{**asdict(line), "verdict": line.verdict} for line in lines]
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        typer.echo(table(lines))


async def measure(*, count: int, kafka: str) -> list[Line]:
    """All figures of one machine."""
    typer.echo("measuring the connectors …", err=True)
    lines = connector_lines(measure_connectors())
    typer.echo("measuring the hooks …", err=True)
    lines += hook_lines(await measure_hooks(kafka=kafka))
    typer.echo("measuring the log …", err=True)
    lines += append_lines(await measure_append())
    typer.echo("measuring the pipeline …", err=True)
    throughput = await measure_throughput(one_machine, count=count)
    latency = await measure_latency(one_machine, rate_per_second=throughput.per_second / 2, seconds=10)
    name = "one machine"
    return lines + pipeline_lines(name, throughput, latency, target=PIPELINE_TARGET, floor=PIPELINE_FLOOR)


def measure_detection(series: Path | None = None) -> list[Line]:
    """How well crises are told, on simulated brands and, where there is a folder of them, on labelled series."""
    typer.echo("measuring the detector …", err=True)
    lines = crisis_lines(measure_detector(), measure_sigma(), measure_informed())
    lines += forecast_lines(measure_forecasts())
    return lines if series is None else lines + nab_lines(measure_nab(series))
