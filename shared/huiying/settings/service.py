"""The base of every service's settings."""

import socket
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from huiying.settings.parts import (
    AuthSettings,
    BusSettings,
    DatabaseSettings,
    HTTPSettings,
    LogSettings,
    StorageSettings,
)

SECRETS_DIR = "/run/secrets"


def _instance() -> str:
    return socket.gethostname()


class ServiceSettings(BaseSettings):
    """Read once, when the application is made: `HUIYING_…` variables, nested by `__`, and files in /run/secrets."""

    model_config = SettingsConfigDict(
        env_prefix="HUIYING_",
        env_nested_delimiter="__",
        secrets_dir=SECRETS_DIR if Path(SECRETS_DIR).is_dir() else None,
        extra="ignore",
        frozen=True,
    )

    instance: Annotated[str, Field(description="This process's stable name among its replicas.")] = Field(
        default_factory=_instance
    )
    bootstrap_api_key: SecretStr = Field(
        default=SecretStr(""), description="An administrator's key for automation, at least 32 characters."
    )
    allow_private_addresses: bool = Field(
        default=False, description="Let outgoing calls reach private addresses (simulator, tests)."
    )
    bus: BusSettings = BusSettings()
    database: DatabaseSettings = DatabaseSettings()
    http: HTTPSettings = HTTPSettings()
    auth: AuthSettings = AuthSettings()
    log: LogSettings = LogSettings()
    storage: StorageSettings = StorageSettings()
