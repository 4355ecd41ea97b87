"""Tables of what accounts publish, and the last figures that platforms gave of it."""

from datetime import datetime

from sqlalchemy import Column, Index, Text
from sqlmodel import Field

from huiying.db.types import BigNumber, UTCDateTime
from ingest.storage.tables import Base


class Post(Base, table=True):
    """Something an account published, its figures as last measured, and when to measure it next."""

    __tablename__ = "posts"
    __table_args__ = (Index(None, "account_id", "measure_due_at"),)

    account_id: str = Field(primary_key=True, max_length=36)
    post_id: str = Field(primary_key=True, max_length=300)
    brand: str = Field(max_length=64)
    platform: str = Field(max_length=32)
    url: str | None = Field(default=None, sa_column=Column(Text))
    published_at: datetime = Field(sa_type=UTCDateTime)
    imported_at: datetime = Field(sa_type=UTCDateTime)
    measured_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    measure_due_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    views: int | None = Field(default=None, sa_type=BigNumber)
    likes: int | None = Field(default=None, sa_type=BigNumber)
    comments: int | None = Field(default=None, sa_type=BigNumber)
    shares: int | None = Field(default=None, sa_type=BigNumber)
    clicks: int | None = Field(default=None, sa_type=BigNumber)


class AccountMeasure(Base, table=True):
    """An account's own figures as last measured."""

    __tablename__ = "account_measures"

    account_id: str = Field(primary_key=True, max_length=36)
    measured_at: datetime = Field(sa_type=UTCDateTime)
    followers: int | None = Field(default=None, sa_type=BigNumber)
    following: int | None = Field(default=None, sa_type=BigNumber)
    posts: int | None = Field(default=None, sa_type=BigNumber)
