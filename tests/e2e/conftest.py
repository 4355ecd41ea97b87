"""The two ways in which Huiying runs; every journey is made in both."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from simulator.facade import Simulator
from tests.support.platforms import a_simulator
from tests.support.servers import available
from tests.support.world import World, on_kafka, one_machine


@pytest.fixture(scope="module", params=["one_machine", pytest.param("kafka_and_postgresql", marks=pytest.mark.servers)])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """All services, running."""
    directory: Path = tmp_path_factory.mktemp("world")
    if request.param == "one_machine":
        with one_machine(directory) as found:
            yield found
        return
    kafka_servers = request.getfixturevalue("kafka_servers")
    with (
        available.database(request.getfixturevalue("postgres_servers")) as database_url,
        on_kafka(directory, kafka_servers=kafka_servers, database_url=database_url) as found,
    ):
        yield found


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """The platforms."""
    async with a_simulator() as found:
        yield found
