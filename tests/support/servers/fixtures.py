"""Fixtures over real servers. A conftest imports what it needs: `from tests.support.servers.fixtures import …`."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.support.servers import available
from tests.support.servers.kafka_broker import KafkaBroker
from tests.support.servers.postgres_server import PostgresServer


@pytest.fixture(scope="session")
def kafka_servers() -> Iterator[str]:
    """Bootstrap servers of a broker shared by the session: use topics and groups of your own, and leave it running."""
    with available.kafka() as servers:
        yield servers


@pytest.fixture
def kafka_broker() -> Iterator[KafkaBroker]:
    """A running broker of the test's own, to stop, kill and start again."""
    with available.own_kafka_broker() as broker:
        broker.start()
        yield broker


@pytest.fixture(scope="session")
def postgres_servers() -> Iterator[str]:
    """URL of a PostgreSQL shared by the session."""
    with available.postgres() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_servers: str) -> Iterator[Callable[[], str]]:
    """Each call makes a fresh database and returns its URL for SQLAlchemy (postgresql+psycopg://…)."""
    with ExitStack() as databases:
        yield lambda: databases.enter_context(available.database(postgres_servers))


@pytest.fixture
def postgres_server() -> Iterator[PostgresServer]:
    """A running server of the test's own, to stop, kill and start again."""
    with available.own_postgres_server() as server:
        server.start()
        yield server
