"""The brand's accounts on platforms, without their secrets."""

from datetime import datetime
from typing import ClassVar

from huiying.events.envelope import Event, Value


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


class HealthReason(Value, frozen=True, kw_only=True):
    """Something that is wrong with an account, and what to do about it."""

    code: str
    detail: str
    remedy: str


class _AccountHealth(Event, frozen=True, kw_only=True):
    """What both turns of an account's health have in common."""

    account_id: str
    platform: str
    brand: str
    external_id: str
    name: str

    @property
    def key(self) -> str:
        return self.account_id


class AccountDegraded(_AccountHealth, frozen=True, kw_only=True):
    """Something is wrong with an account, or something else than before; `unhealthy` means that nothing works."""

    type: ClassVar[str] = "account.degraded"

    status: str
    reasons: tuple[HealthReason, ...]
    degraded_at: datetime


class AccountRecovered(_AccountHealth, frozen=True, kw_only=True):
    """Nothing is wrong with an account any more, as there was since `degraded_at`."""

    type: ClassVar[str] = "account.recovered"

    degraded_at: datetime
    recovered_at: datetime
