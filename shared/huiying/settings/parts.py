"""The parts that services compose their settings from. Units are in the names or the types."""

from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BusKind(StrEnum):
    """Which transport carries the facts."""

    EMBEDDED = "embedded"
    KAFKA = "kafka"


class LogDurability(StrEnum):
    """What an embedded write survives: FULL the loss of power, NORMAL only that of the process."""

    FULL = "full"
    NORMAL = "normal"


class BusSettings(_Part):
    """The bus and how it is read."""

    kind: BusKind = Field(default=BusKind.KAFKA, description="kafka, or embedded (one process on one machine).")
    kafka_bootstrap_servers: str = Field(default="127.0.0.1:9092", description="host:port, several by comma.")
    kafka_replication_count: int = Field(default=1, ge=1, le=7, description="Copies of each topic that is created.")
    durability: LogDurability = Field(default=LogDurability.FULL, description="Of the embedded log and the spool.")
    batch_count: int = Field(default=500, ge=1, le=10_000, description="Records a consumer takes at most at once.")
    batch_linger: timedelta = Field(default=timedelta(milliseconds=20), description="How long a batch may fill.")
    direct_timeout: timedelta = Field(
        default=timedelta(milliseconds=1200),
        description="A delivery waits so long for the bus, and again for the spool; platforms give up at 3 s.",
    )
    publish_timeout: timedelta = Field(default=timedelta(seconds=10), description="A relay's wait for the broker.")
    spool_limit_bytes: int = Field(
        default=1_073_741_824, ge=1_048_576, description="Room for deliveries while the broker is away."
    )
    consecutive_dead_letter_count: int = Field(
        default=1_000, ge=1, description="Dead letters in a row after which a consumer stops."
    )
    consecutive_bug_count: int = Field(default=20, ge=1, description="Bugs in a row after which a consumer stops.")


class DatabaseSettings(_Part):
    """Where a service keeps its state."""

    url: SecretStr = Field(
        default=SecretStr(""), description="postgresql+psycopg://…; empty: SQLite in the data directory."
    )
    pool_count: int = Field(default=8, ge=1, le=100, description="Connections held open at most.")
    lock_timeout: timedelta = Field(default=timedelta(seconds=10), description="Wait for a lock at most.")
    statement_timeout: timedelta = Field(default=timedelta(seconds=30), description="A statement may run at most.")


class HTTPSettings(_Part):
    """What the public listener does."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=0, le=65_535, description="Port to listen on; 0 takes a free one.")
    internal_port: int = Field(default=0, ge=0, le=65_535, description="Port of /metrics; 0 turns it off.")
    public_url: str = Field(
        default="", description="How people and platforms reach this installation, if not by host:port."
    )
    max_body_bytes: int = Field(default=1_048_576, ge=1_024, description="Largest request body of the APIs.")
    shutdown_timeout: timedelta = Field(default=timedelta(seconds=8), description="Requests may finish within.")


class AuthSettings(_Part):
    """Who may come in."""

    token_public_keys: str = Field(default="", description="JWKS (JSON) of the keys that sign access tokens.")
    token_lifetime: timedelta = Field(default=timedelta(minutes=5), description="Of an access token.")


class LogSettings(_Part):
    """What is written to standard output."""

    level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")
    json_lines: bool = Field(default=True, description="One JSON object a line; otherwise for people.")


class StorageSettings(_Part):
    """Where files lie, and how secrets in them are sealed."""

    data_dir: Path = Field(default=Path("data"), description="Databases, embedded log, spool.")
    sealing_keys: SecretStr = Field(
        default=SecretStr(""),
        description="id:base64 of 32 bytes, several by comma, newest last; empty: made once in the data directory.",
    )
