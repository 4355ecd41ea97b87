"""The tables of webhooks."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, LargeBinary, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from huiying.db.platform import service_metadata
from huiying.db.statements import table_of
from huiying.db.types import JSONColumn, UTCDateTime

METADATA = service_metadata()

_ID = 64


class Base(SQLModel, registry=registry(metadata=METADATA)):
    """The catalogue of tables."""


class Subscription(Base, table=True):
    """Who is told of what happens to a brand. `events` are the types that are wanted; none means all.

    `failing_since` is when the last success was followed by a failure, `failures` how many there were in a row since,
    and until `held_until` nothing is tried.
    """

    __tablename__ = "subscriptions"

    id: str = Field(primary_key=True, max_length=_ID)
    brand: str = Field(max_length=_ID, index=True)
    url: str = Field(max_length=2_000)
    description: str = Field(max_length=200)
    events: list[str] = Field(sa_column=Column(JSONColumn, nullable=False))
    signing: str = Field(max_length=16)
    keys: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    status: str = Field(max_length=16)
    disabled_reason: str | None = Field(default=None, max_length=500)
    failing_since: datetime | None = Field(default=None, sa_type=UTCDateTime)
    failures: int = 0
    held_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    version: int = 1
    created_by: str = Field(max_length=_ID)
    created_at: datetime = Field(sa_type=UTCDateTime)


class Message(Base, table=True):
    """A public fact that somebody wants to hear of: what is sent, byte for byte."""

    __tablename__ = "messages"

    id: str = Field(primary_key=True, max_length=_ID)
    brand: str = Field(max_length=_ID)
    type: str = Field(max_length=64)
    body: str = Field(sa_column=Column(Text, nullable=False))
    noted_at: datetime = Field(sa_type=UTCDateTime, index=True)


class Notification(Base, table=True):
    """One message on its way to one subscriber. `attempts` is the log of what came of each try, the newest last."""

    __tablename__ = "notifications"
    __table_args__ = (
        Index(None, "status", "due_at"),
        Index(None, "subscription_id", "status", "due_at"),
        Index(None, "subscription_id", "id"),
        Index(None, "message_id"),
    )

    id: str = Field(primary_key=True, max_length=_ID)
    subscription_id: str = Field(max_length=_ID)
    message_id: str = Field(max_length=_ID)
    status: str = Field(max_length=16)
    attempt: int
    due_at: datetime = Field(sa_type=UTCDateTime)
    attempts: list[dict[str, Any]] = Field(sa_column=Column(JSONColumn, nullable=False))
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


SUBSCRIPTIONS = table_of(Subscription)
MESSAGES = table_of(Message)
NOTIFICATIONS = table_of(Notification)
