"""The brand's accounts on platforms, without their secrets."""

from datetime import datetime
from typing import ClassVar

from huiying.events.envelope import Event


class AccountConnected(Event, frozen=True, kw_only=True):
    """An account was connected or its name changed."""

    type: ClassVar[str] = "account.connected"

    account_id: str
    platform: str
    brand: str
    external_id: str
    name: str
    connected_at: datetime

    @property
    def key(self) -> str:
        return self.account_id


class AccountRemoved(Event, frozen=True, kw_only=True):
    """An account was disconnected; what it brought stays."""

    type: ClassVar[str] = "account.removed"

    account_id: str
    brand: str
    removed_at: datetime

    @property
    def key(self) -> str:
        return self.account_id
