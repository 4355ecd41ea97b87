"""Tables of what is listed instead of pushed: feeds, what they showed to be missing, and long ways back."""

from datetime import datetime

from sqlalchemy import Column, Index, LargeBinary, Text
from sqlmodel import Field

from huiying.db.types import JSONColumn, UTCDateTime
from ingest.storage.tables import Base


class FeedState(Base, table=True):
    """How far one feed of one account has been read.

    Everything up to `read_until` is known. While a list is being read back to there, `cursor` leads to its next page
    and `began_at` says when that began; a feed that keeps its cursor has one for good. Paused for a `pause_reason`.
    """

    __tablename__ = "feeds"
    __table_args__ = (Index(None, "account_id", "name", unique=True),)

    id: str = Field(primary_key=True, max_length=36)
    account_id: str = Field(max_length=36)
    brand: str = Field(max_length=64, index=True)
    platform: str = Field(max_length=32)
    name: str = Field(max_length=200)
    is_pushed: bool
    keeps_cursor: bool
    every_seconds: int
    cursor: str | None = Field(default=None, sa_column=Column(Text))
    began_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    read_until: datetime = Field(sa_type=UTCDateTime)
    # The check that counts what this reading finds, on a feed that is pushed as well.
    check_id: str | None = Field(default=None, max_length=36)
    due_at: datetime = Field(sa_type=UTCDateTime, index=True)
    pause_reason: str | None = Field(default=None, max_length=32)
    last_polled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    last_error: str | None = Field(default=None, max_length=500)
    failure_count: int = 0
    created_at: datetime = Field(sa_type=UTCDateTime)


class GapCheck(Base, table=True):
    """What a list showed beside what had been pushed.

    `found` had arrived, `missing` had not and was published by the check; `late` of those were pushed after all.
    """

    __tablename__ = "gap_checks"
    __table_args__ = (Index(None, "account_id", "id"),)

    id: str = Field(primary_key=True, max_length=36)
    account_id: str = Field(max_length=36)
    brand: str = Field(max_length=64, index=True)
    feed: str = Field(max_length=200)
    since: datetime = Field(sa_type=UTCDateTime)
    found: int = 0
    missing: int = 0
    late: int = 0
    began_at: datetime = Field(sa_type=UTCDateTime, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Gap(Base, table=True):
    """An interaction that a list showed and no push had brought; `arrived_at` is when one did."""

    __tablename__ = "gaps"

    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    check_id: str = Field(max_length=36)
    found_at: datetime = Field(sa_type=UTCDateTime, index=True)
    arrived_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Backfill(Base, table=True):
    """A reading of an account's lists back to a day of somebody's choice, and how far it has come."""

    __tablename__ = "backfills"
    __table_args__ = (Index(None, "account_id", "id"),)

    id: str = Field(primary_key=True, max_length=36)
    account_id: str = Field(max_length=36)
    brand: str = Field(max_length=64, index=True)
    since: datetime = Field(sa_type=UTCDateTime)
    status: str = Field(max_length=16)
    # The feeds that are still to be read, the first of them from this cursor.
    feeds: list[str] = Field(sa_column=Column(JSONColumn, nullable=False))
    cursor: str | None = Field(default=None, sa_column=Column(Text))
    page_count: int = 0
    found: int = 0
    missing: int = 0
    error: str | None = Field(default=None, max_length=500)
    created_at: datetime = Field(sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Incomplete(Base, table=True):
    """An interaction of which the platform told little more than the id, until the rest is fetched."""

    __tablename__ = "incompletes"

    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    account_id: str = Field(max_length=36)
    interaction: str = Field(sa_column=Column(Text, nullable=False))
    noted_at: datetime = Field(sa_type=UTCDateTime, index=True)
