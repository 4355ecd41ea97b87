"""Ingest's tables."""

from datetime import datetime

from sqlalchemy import Column, Index, LargeBinary, Text, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from huiying.db.platform import service_metadata
from huiying.db.types import JSONColumn, UTCDateTime

METADATA = service_metadata()

_CONNECTED = text("removed_at IS NULL")


class Base(SQLModel, registry=registry(metadata=METADATA)):
    """Ingest's catalogue of tables."""


class Account(Base, table=True):
    """A brand's account on a platform, connected once. `hook_key` is the secret part of its hook's address."""

    __tablename__ = "accounts"
    __table_args__ = (
        Index(None, "platform", "external_id", unique=True, sqlite_where=_CONNECTED, postgresql_where=_CONNECTED),
    )

    id: str = Field(primary_key=True, max_length=36)
    hook_key: str = Field(max_length=64, unique=True)
    platform: str = Field(max_length=32)
    brand: str = Field(max_length=64, index=True)
    external_id: str = Field(max_length=200)
    name: str = Field(max_length=200)
    api_base: str | None = Field(default=None, max_length=500)
    credentials: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    version: int = 1
    created_at: datetime = Field(sa_type=UTCDateTime)
    removed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    last_delivery_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    last_error: str | None = Field(default=None, max_length=500)


class Brand(Base, table=True):
    """A brand, as identity told of it."""

    __tablename__ = "brands"

    slug: str = Field(primary_key=True, max_length=64)
    name: str = Field(max_length=200)


class Delivery(Base, table=True):
    """What a platform delivered and what came of it. The body is sealed and kept for a while only."""

    __tablename__ = "deliveries"
    __table_args__ = (Index(None, "account_id", "id"), Index(None, "brand", "id"), Index(None, "status", "id"))

    id: str = Field(primary_key=True, max_length=36)
    account_id: str = Field(max_length=36)
    brand: str = Field(max_length=64)
    platform: str = Field(max_length=32)
    status: str = Field(max_length=16)
    interaction_count: int
    new_count: int
    error: str | None = Field(default=None, max_length=500)
    proof: str = Field(max_length=16)
    content_type: str = Field(max_length=200)
    size_bytes: int
    query: dict[str, str] = Field(sa_column=Column(JSONColumn, nullable=False))
    headers: dict[str, str] = Field(sa_column=Column(JSONColumn, nullable=False))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    received_at: datetime = Field(sa_type=UTCDateTime, index=True)


class PublishedInteraction(Base, table=True):
    """A digest of each interaction id that was ever published: the same one is never published twice."""

    __tablename__ = "published_interactions"

    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))


class Echo(Base, table=True):
    """What the brand said on a platform, as the platform told it: by this an uncertain reply is found again.

    `place` is the post or the conversation, where the platform names it; `taken_by` the reply that it turned out to be.
    """

    __tablename__ = "echoes"
    __table_args__ = (Index(None, "external_id", "text_digest"),)

    interaction_id: str = Field(primary_key=True, max_length=400)
    external_id: str = Field(max_length=200)
    object_id: str = Field(max_length=300)
    place: str | None = Field(default=None, max_length=300)
    text_digest: str = Field(max_length=64)
    taken_by: str | None = Field(default=None, max_length=36)
    occurred_at: datetime = Field(sa_type=UTCDateTime, index=True)


class Allowance(Base, table=True):
    """How far an account has used up what a platform allows: when it will have it all again."""

    __tablename__ = "allowances"

    name: str = Field(primary_key=True, max_length=400)
    whole_at: datetime = Field(sa_type=UTCDateTime, index=True)


class Send(Base, table=True):
    """A reply on its way to its platform. Since `doubted_at` nobody knows whether it arrived there."""

    __tablename__ = "sends"

    reply_id: str = Field(primary_key=True, max_length=36)
    thread_id: str = Field(max_length=36, index=True)
    account_id: str = Field(max_length=36)
    brand: str = Field(max_length=64)
    platform: str = Field(max_length=32)
    status: str = Field(max_length=16)
    request: str = Field(sa_column=Column(Text, nullable=False))
    object_id: str | None = Field(default=None, max_length=300, index=True)
    error: str | None = Field(default=None, max_length=500)
    requested_at: datetime = Field(sa_type=UTCDateTime)
    doubted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
