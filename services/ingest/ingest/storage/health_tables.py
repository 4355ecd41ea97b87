"""Tables of how accounts do: what is known of each, what came in which hour, and what happened."""

from datetime import datetime

from sqlalchemy import Column, Index
from sqlmodel import Field

from huiying.db.types import JSONColumn, UTCDateTime
from ingest.storage.tables import Base


class AccountState(Base, table=True):
    """What is known of an account besides what its owner said: its token, its subscription, and how it does.

    A `…_due_at` says when to look next; without one there is nothing to do. Since `reconnect_since` its secrets are not
    taken any more, and only its owner can help.
    """

    __tablename__ = "account_states"

    account_id: str = Field(primary_key=True, max_length=36)
    brand: str = Field(max_length=64)
    platform: str = Field(max_length=32)
    status: str = Field(default="healthy", max_length=16)
    reasons: list[dict[str, str]] = Field(sa_column=Column(JSONColumn, nullable=False))
    status_since: datetime = Field(sa_type=UTCDateTime)
    created_at: datetime = Field(sa_type=UTCDateTime)
    handshake_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    token_expires_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    token_renewed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    token_error: str | None = Field(default=None, max_length=500)
    reconnect_since: datetime | None = Field(default=None, sa_type=UTCDateTime)
    renew_due_at: datetime | None = Field(default=None, sa_type=UTCDateTime, index=True)
    subscription: str | None = Field(default=None, max_length=16)
    subscription_detail: str | None = Field(default=None, max_length=500)
    subscription_expires_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    subscription_checked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    subscribe_due_at: datetime | None = Field(default=None, sa_type=UTCDateTime, index=True)
    silent_since: datetime | None = Field(default=None, sa_type=UTCDateTime)
    silence_detail: str | None = Field(default=None, max_length=500)
    measure_due_at: datetime | None = Field(default=None, sa_type=UTCDateTime, index=True)
    measure_error: str | None = Field(default=None, max_length=500)


class AccountHour(Base, table=True):
    """What came to an account within an hour: deliveries taken, turned away, unreadable; new interactions."""

    __tablename__ = "account_hours"

    account_id: str = Field(primary_key=True, max_length=36)
    hour: datetime = Field(primary_key=True, sa_type=UTCDateTime, index=True)
    deliveries: int = 0
    unreadable: int = 0
    turned_away: int = 0
    interactions: int = 0


class HealthEntry(Base, table=True):
    """Something that happened to an account, for who wants to know the story."""

    __tablename__ = "health_log"
    __table_args__ = (Index(None, "account_id", "id"),)

    id: str = Field(primary_key=True, max_length=36)
    account_id: str = Field(max_length=36)
    brand: str = Field(max_length=64)
    code: str = Field(max_length=32)
    severity: str = Field(max_length=16)
    detail: str = Field(max_length=500)
    at: datetime = Field(sa_type=UTCDateTime, index=True)
