"""A real Apache Kafka broker (KRaft, one node), run by the Java machine from its own jars: no Docker, starts in 4 s."""

import base64
import shutil
import signal
import socket
import struct
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path

from tests.support.servers.process import ServerFailed, ServerProcess, free_port

JARS = Path(__file__).parents[3] / ".kafka" / "libs"

_JAVA_OPTIONS = (
    "-Xms256m",
    "-Xmx384m",
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)
_SINGLE_NODE: Mapping[str, str] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "inter.broker.listener.name": "PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "offsets.topic.num.partitions": "4",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # After a kill the broker is let in again when its last session has ended; by default that takes 9 s.
    "broker.heartbeat.interval.ms": "500",
    "broker.session.timeout.ms": "2000",
    # A deleted topic's files go at once, so that a long test run does not fill the disk.
    "log.segment.delete.delay.ms": "1000",
}


def is_installed() -> bool:
    """Whether this machine has Java and the jars."""
    return shutil.which("java") is not None and any(JARS.glob("kafka-server-*.jar"))


class KafkaBroker:
    """One node on free ports with its data in `directory`. It keeps ports and data over stop, kill and start."""

    def __init__(self, directory: Path, *, settings: Mapping[str, str] | None = None) -> None:
        """Format a new node. `settings` adds to the broker's properties: `{"log.flush.interval.messages": "1"}`."""
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._port = free_port()
        self._properties = directory / "broker.properties"
        self._settings = dict(settings or {})
        self._write_properties(controller_port=free_port())
        self._process = ServerProcess(
            _java("kafka.Kafka", str(self._properties)),
            log=directory / "broker.log",
        )
        self.format()

    @property
    def bootstrap_servers(self) -> str:
        return f"127.0.0.1:{self._port}"

    @property
    def is_running(self) -> bool:
        return self._process.is_running

    def format(self) -> None:
        """Make the node's data directory anew: an empty cluster with another identity. The broker must be stopped."""
        shutil.rmtree(self._directory / "data", ignore_errors=True)
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # An id that starts with a dash would be taken for an option.
        arguments = ("format", f"--cluster-id={cluster_id}", "--config", str(self._properties))
        done = subprocess.run(_java("kafka.tools.StorageTool", *arguments), check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise ServerFailed(f"formatting the node failed: {done.stdout}{done.stderr}")

    def start(self) -> None:
        """Start, and return when the broker answers requests."""
        self._process.start(is_ready=self._answers, timeout_seconds=60)

    def stop(self) -> None:
        """Shut down in order."""
        self._process.end(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9."""
        self._process.end(signal.SIGKILL)

    def _write_properties(self, *, controller_port: int) -> None:
        ports = {
            "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
            "listeners": f"PLAINTEXT://127.0.0.1:{self._port},CONTROLLER://127.0.0.1:{controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self._port}",
            "log.dirs": str(self._directory / "data"),
        }
        properties = {**_SINGLE_NODE, **ports, **self._settings}
        self._properties.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))

    def _answers(self) -> bool:
        # ApiVersions is answered once the broker is unfenced, which is when requests of every kind succeed.
        api_versions = struct.pack(">hhih", 18, 0, 1, -1)
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=1) as connection:
                connection.sendall(struct.pack(">i", len(api_versions)) + api_versions)
                return bool(connection.recv(4))
        except OSError:
            return False


def _java(main_class: str, *arguments: str) -> list[str]:
    # The Java machine expands the star itself.
    return ["java", *_JAVA_OPTIONS, "-cp", f"{JARS}/*", main_class, *arguments]
