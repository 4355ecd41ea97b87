"""Chooses where a test's servers come from: what the environment names, Docker, or what this machine has installed."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.servers import containers, kafka_broker, postgres_server


def missing(what: str) -> None:
    """Skip the test for want of a server; with REQUIRE_SERVERS=1 fail it, so that CI skips nothing unnoticed."""
    if os.environ.get("REQUIRE_SERVERS") == "1":
        pytest.fail(f"REQUIRE_SERVERS=1, but {what}")
    pytest.skip(what)


@contextmanager
def kafka() -> Iterator[str]:
    """Bootstrap servers of a broker. KAFKA_BOOTSTRAP_SERVERS, else Docker, else the Java machine."""
    if given := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        yield given
    elif containers.engine_answers():
        container = containers.KafkaContainer()
        container.start()
        try:
            yield container.bootstrap_servers
        finally:
            container.stop()
    else:
        with own_kafka_broker() as broker:
            broker.start()
            yield broker.bootstrap_servers


@contextmanager
def own_kafka_broker() -> Iterator[kafka_broker.KafkaBroker]:
    """A formatted broker, not started, which the test may stop, kill and format as it likes."""
    if not kafka_broker.is_installed():
        missing("there is no Kafka: no KAFKA_BOOTSTRAP_SERVERS, no Docker, no jars (make servers-install)")
    with _directory("kafka") as directory:
        broker = kafka_broker.KafkaBroker(directory)
        try:
            yield broker
        finally:
            broker.kill()


@contextmanager
def postgres() -> Iterator[str]:
    """A URL with the right to create databases. DATABASE_URL, else Docker, else the system's PostgreSQL."""
    if given := os.environ.get("DATABASE_URL"):
        yield given.replace("postgresql+psycopg://", "postgresql://")
    elif containers.engine_answers():
        container = containers.PostgresContainer()
        container.start()
        try:
            yield container.url("postgres")
        finally:
            container.stop()
    else:
        with own_postgres_server() as server:
            server.start()
            yield server.url("postgres")


@contextmanager
def own_postgres_server() -> Iterator[postgres_server.PostgresServer]:
    """An empty server, not started, which the test may stop and kill as it likes."""
    if postgres_server.newest_binaries() is None:
        missing("there is no PostgreSQL: no DATABASE_URL, no Docker, none installed (apt-get install postgresql)")
    with _directory("postgres") as directory:
        server = postgres_server.PostgresServer(directory)
        try:
            yield server
        finally:
            server.kill()


@contextmanager
def database(server_url: str) -> Iterator[str]:
    """A fresh database on that server; its URL for SQLAlchemy with psycopg."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    postgres_server.create_database(server_url, name=name)
    try:
        yield urlsplit(server_url)._replace(scheme="postgresql+psycopg", path=f"/{name}").geturl()
    finally:
        postgres_server.drop_database(server_url, name=name)


@contextmanager
def _directory(name: str) -> Iterator[Path]:
    # Not pytest's own folder: that one is closed to the user PostgreSQL runs as.
    directory = Path(tempfile.mkdtemp(prefix=f"huiying-{name}-"))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
