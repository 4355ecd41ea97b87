"""The two ways in which Huiying runs, with servers of the run's own that may be stopped and killed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.databases import Databases, Files, Schemas
from tests.chaos.plan import Mode
from tests.chaos.troubles import Servers
from tests.support.servers import available
from tests.support.servers.postgres_server import create_database
from tests.support.world import World, on_kafka, one_machine

# Who does not know whether a reply arrived waits for its echo, and a run waits for that.
_SETTINGS = {"HUIYING_ECHO_PATIENCE": "PT30S"}


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Running processes, what they stand on, and a view into their databases."""

    world: World
    databases: Databases
    servers: Servers | None = None


@contextmanager
def a_stage(mode: Mode, directory: Path) -> Iterator[Stage]:
    """Everything started, and ended afterwards."""
    if mode == "one_machine":
        with one_machine(directory, **_SETTINGS) as world:
            yield Stage(world=world, databases=Files(directory / "data"))
        return
    with available.own_kafka_broker() as broker, available.own_postgres_server() as postgres:
        broker.start()
        postgres.start()
        create_database(postgres.url("postgres"), name="chaos")
        url = postgres.url("chaos").replace("postgresql://", "postgresql+psycopg://")
        with on_kafka(directory, kafka_servers=broker.bootstrap_servers, database_url=url, **_SETTINGS) as world:
            yield Stage(world=world, databases=Schemas(url), servers=Servers(broker=broker, postgres=postgres))
