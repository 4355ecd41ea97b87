"""Settings: typed parts with units, composed by each service, read once."""

from huiying.settings.parts import (
    AuthSettings,
    BusKind,
    BusSettings,
    DatabaseSettings,
    HTTPSettings,
    LogDurability,
    LogSettings,
    StorageSettings,
)
from huiying.settings.service import ServiceSettings

__all__ = [
    "AuthSettings",
    "BusKind",
    "BusSettings",
    "DatabaseSettings",
    "HTTPSettings",
    "LogDurability",
    "LogSettings",
    "ServiceSettings",
    "StorageSettings",
]
