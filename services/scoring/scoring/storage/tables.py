"""Scoring's tables for crises: what was observed, how often, what is watched, and the alarms that came of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, LargeBinary, Text, false
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from huiying.db.platform import service_metadata
from huiying.db.statements import table_of
from huiying.db.types import BigNumber, JSONColumn, UTCDateTime

METADATA = service_metadata()

_ID = 64


class Base(SQLModel, registry=registry(metadata=METADATA)):
    """What all tables of scoring share."""


def _list() -> Any:
    return Field(sa_column=Column(JSONColumn, nullable=False))


class Observation(Base, table=True):
    """Something said to a brand, as far as alarms are explained by it. `key` stands for the thing, edits included.

    What is erased keeps its key, so that it never counts again; so does what was edited or deleted before it came.
    `watches` are the ids of those it matches, each between bars. `author` is a digest. `read` holds its intents, risks,
    topics and keywords: one column, because explanations read thousands of rows.
    """

    __tablename__ = "observations"
    __table_args__ = (Index(None, "brand", "occurred_at"), Index(None, "author", "occurred_at"))

    key: bytes = Field(primary_key=True, sa_type=LargeBinary)
    interaction_id: str | None = Field(sa_column=Column(Text, nullable=True, index=True))
    brand: str = Field(max_length=_ID)
    platform: str = Field(max_length=32)
    post: str | None = Field(sa_column=Column(Text, nullable=True))
    author: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    followers: int | None = Field(sa_column=Column(BigNumber, nullable=True))
    occurred_at: datetime = Field(sa_type=UTCDateTime)
    worded_at: datetime = Field(sa_type=UTCDateTime)
    sentiment: str | None = Field(max_length=16)
    urgency: float | None
    read: dict[str, list[str]] = Field(sa_column=Column(JSONColumn, nullable=False))
    signature: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    text: str | None = Field(sa_column=Column(Text, nullable=True))
    watches: str
    is_counted: bool
    is_erased: bool
    noted_at: datetime = Field(sa_type=UTCDateTime, index=True)


class MinuteCount(Base, table=True):
    """What happened in one minute of one watch. All but `coordinated` add up; that is seen only afterwards."""

    __tablename__ = "minute_counts"
    __table_args__ = {"sqlite_with_rowid": False}

    brand: str = Field(primary_key=True, max_length=_ID)
    watch_id: str = Field(primary_key=True, max_length=_ID)
    minute: datetime = Field(primary_key=True, sa_type=UTCDateTime, index=True)
    total: int
    negative: int
    risky: int
    influential: int
    reach: int = Field(sa_column=Column(BigNumber, nullable=False))
    coordinated: int


class Series(Base, table=True):
    """How far the counts of a watch are judged.

    `state` is the detector's at `settled_at`; from there every evaluation begins. `stale_at` is when a count came for a
    minute before that, `stale_since` when the first of them did, `due_at` when somebody has to look. Until
    `muted_until` nothing is told of its alarms. While `fill_id` names a filling, the past is still being counted.
    """

    __tablename__ = "series"

    brand: str = Field(primary_key=True, max_length=_ID)
    watch_id: str = Field(primary_key=True, max_length=_ID)
    due_at: datetime | None = Field(sa_type=UTCDateTime, index=True)
    stale_at: datetime | None = Field(sa_type=UTCDateTime)
    stale_since: datetime | None = Field(sa_type=UTCDateTime)
    settled_at: datetime | None = Field(sa_type=UTCDateTime)
    state: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    muted_until: datetime | None = Field(sa_type=UTCDateTime)
    fill_id: str | None = Field(max_length=_ID)


class WatchRow(Base, table=True):
    """What of a brand's conversation is watched by itself; see `scoring.domain.alerts.watch`."""

    __tablename__ = "watches"

    brand: str = Field(primary_key=True, max_length=_ID)
    id: str = Field(primary_key=True, max_length=_ID)
    place: int
    name: str = Field(max_length=100)
    topics: list[str] = _list()
    keywords: list[str] = _list()
    products: list[str] = _list()
    platforms: list[str] = _list()
    regions: list[str] = _list()
    sensitivity: float


class WatchList(Base, table=True):
    """The version of a brand's watches, which change together."""

    __tablename__ = "watch_lists"

    brand: str = Field(primary_key=True, max_length=_ID)
    version: int


class Campaign(Base, table=True):
    """A promotion or lottery that a brand has declared: volume is expected from then to then."""

    __tablename__ = "campaigns"
    __table_args__ = (Index(None, "brand", "begins_at"),)

    brand: str = Field(primary_key=True, max_length=_ID)
    name: str = Field(primary_key=True, max_length=100)
    begins_at: datetime = Field(sa_type=UTCDateTime)
    ends_at: datetime = Field(sa_type=UTCDateTime)


class Alert(Base, table=True):
    """An alarm. `told_until` is up to when what turned in it was told; the figures are those of its last turn.

    One that was `found_afterwards` was over by then, and never told to have opened.
    """

    __tablename__ = "alerts"
    __table_args__ = (Index(None, "brand", "opened_at", "id"), Index(None, "brand", "watch_id", "opened_at"))

    id: str = Field(primary_key=True, max_length=_ID)
    brand: str = Field(max_length=_ID)
    watch_id: str = Field(max_length=_ID)
    topic: str | None = Field(max_length=100)
    status: str = Field(max_length=16)
    severity: int
    peak_severity: int
    opened_at: datetime = Field(sa_type=UTCDateTime)
    detected_at: datetime = Field(sa_type=UTCDateTime)
    found_afterwards: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    told_until: datetime = Field(sa_type=UTCDateTime)
    closed_at: datetime | None = Field(sa_type=UTCDateTime)
    acknowledged_by: str | None = Field(max_length=_ID)
    closed_by: str | None = Field(max_length=_ID)
    baseline: float
    observed: int
    ratio: float
    negative_share: float | None
    reasons: list[dict[str, Any]] = _list()
    samples: list[str] = _list()
    timeline: list[dict[str, Any]] = _list()
    explanation: dict[str, Any] = Field(sa_column=Column(JSONColumn, nullable=False))
    forecast: list[dict[str, Any]] = _list()


OBSERVATIONS = table_of(Observation)
MINUTE_COUNTS = table_of(MinuteCount)
SERIES = table_of(Series)
WATCHES = table_of(WatchRow)
WATCH_LISTS = table_of(WatchList)
CAMPAIGNS = table_of(Campaign)
ALERTS = table_of(Alert)
