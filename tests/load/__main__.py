"""`python -m tests.load`: every benchmark, on one machine and on Kafka with PostgreSQL, in one table."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from standalone.bench import report
from standalone.bench.pipeline import ENDS, Ground, account, measure_latency, measure_throughput
from standalone.bench.report import Line
from standalone.commands.benchmarking import measure, measure_detection
from tests.load.reading import measure_reading, resident_mib
from tests.load.rivals import compare_all, rival_lines
from tests.support.servers import available
from tests.support.world import World, on_kafka

RESULTS = Path("bench/results")
KAFKA_TARGET, KAFKA_FLOOR = 700.0, 300.0
_COUNT = 6_000


@dataclass(frozen=True)
class OnKafka:
    """Five processes over Kafka and PostgreSQL, watched through their databases."""

    world: World
    connection: psycopg.AsyncConnection[tuple[int]]
    port: int
    hook: str

    async def done(self) -> int:
        reached = []
        for service, topic in ENDS:
            query = f"SELECT coalesce(sum(next_offset), 0)::bigint FROM {service}.positions WHERE topic = %s"
            row = await (await self.connection.execute(query, (topic,))).fetchone()
            reached.append(row[0] if row else 0)
        return min(reached)

    @property
    def cpu_seconds(self) -> float:
        return self.world.cpu_seconds

    @property
    def resident_bytes(self) -> int:
        return self.world.resident_bytes


async def main() -> None:
    """Measure everything, print the table, leave the figures."""
    with _broker() as kafka:
        lines = await measure(count=_COUNT, kafka=kafka)
    lines += measure_detection()
    lines += [Line(f"reading: {one.what}", one.texts_per_second, "texts/s", one.target) for one in measure_reading()]
    lines.append(Line("reading: resident memory (150 wanted)", resident_mib(), "MiB"))
    lines += rival_lines(compare_all(Path(corpora) if (corpora := os.environ.get("HUIYING_CORPORA")) else None))
    throughput = await measure_throughput(_on_kafka, count=_COUNT)
    latency = await measure_latency(_on_kafka, rate_per_second=throughput.per_second / 2, seconds=10)
    name = "Kafka and PostgreSQL"
    lines += report.pipeline_lines(name, throughput, latency, target=KAFKA_TARGET, floor=KAFKA_FLOOR)
    sys.stdout.write(f"{report.table(lines)}\n")
    sys.stdout.write(f"\nfigures in {report.write(lines, directory=RESULTS, name='latest')}\n")
    if any(line.verdict == "BELOW FLOOR" for line in lines):
        sys.exit(1)


@contextmanager
def _broker() -> Iterator[str]:
    with available.own_kafka_broker() as broker:
        broker.start()
        yield broker.bootstrap_servers


@asynccontextmanager
async def _on_kafka() -> AsyncIterator[Ground]:
    """A fresh Huiying on servers of its own: old records would be counted with the new ones."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kafka = stack.enter_context(_broker())
        url = stack.enter_context(available.database(stack.enter_context(available.postgres())))
        settings = {"HUIYING_LOG__LEVEL": "WARNING"}
        world = stack.enter_context(on_kafka(directory, kafka_servers=kafka, database_url=url, **settings))
        await world.make_brand("bench")
        async with world.api("ingest") as ingest:
            made = await ingest.post("/accounts", json=account())
            made.raise_for_status()
        connection = await psycopg.AsyncConnection.connect(
            url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True
        )
        try:
            yield OnKafka(world, connection, world.port_of("ingest"), made.json()["hook_path"])
        finally:
            await connection.close()


if __name__ == "__main__":
    asyncio.run(main())
