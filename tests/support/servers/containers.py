"""The same servers from Docker images, where an engine answers. Image names are those of docker-compose.yml."""

import socket
from pathlib import Path

from testcontainers.core.container import DockerContainer
from testcontainers.core.waiting_utils import wait_for_logs

from tests.support.servers.process import free_port

KAFKA_IMAGE = "apache/kafka:4.1.1"
POSTGRES_IMAGE = "postgres:17-alpine"

_ENGINE_SOCKET = Path("/var/run/docker.sock")


def engine_answers() -> bool:
    """Whether a Docker engine listens on its usual socket."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(1)
            probe.connect(str(_ENGINE_SOCKET))
            return True
    except OSError:
        return False


class KafkaContainer:
    """Apache's own image. testcontainers' KafkaContainer starts another vendor's image by a script this one lacks."""

    def __init__(self) -> None:
        # The broker tells clients its address, so the port outside must be known before it starts.
        self._port = free_port()
        self._container = DockerContainer(KAFKA_IMAGE).with_bind_ports(9092, self._port)
        for name, value in _kafka_environment(port=self._port).items():
            self._container = self._container.with_env(name, value)

    @property
    def bootstrap_servers(self) -> str:
        return f"127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start, and return when the broker says that it has."""
        self._container.start()
        wait_for_logs(self._container, "Kafka Server started", timeout=90)

    def stop(self) -> None:
        """Stop and remove."""
        self._container.stop()


class PostgresContainer:
    """The official image, with one superuser and no password."""

    def __init__(self) -> None:
        self._port = free_port()
        self._container = (
            DockerContainer(POSTGRES_IMAGE)
            .with_bind_ports(5432, self._port)
            .with_env("POSTGRES_HOST_AUTH_METHOD", "trust")
        )

    def url(self, database: str) -> str:
        """What libpq and psycopg take."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/{database}"

    def start(self) -> None:
        """Start, and return when it is ready for good: the image starts the server twice."""
        self._container.start()
        wait_for_logs(self._container, r"(?s)(ready to accept connections).*\1", timeout=90)

    def stop(self) -> None:
        """Stop and remove."""
        self._container.stop()


def _kafka_environment(*, port: int) -> dict[str, str]:
    return {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    }
