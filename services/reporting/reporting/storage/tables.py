"""The read models. Counts carry no identity; the keys that keep counting honest are digests."""

from datetime import date, datetime

from sqlalchemy import Date, LargeBinary, String
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from huiying.db.platform import service_metadata
from huiying.db.types import UTCDateTime

METADATA = service_metadata()


class Base(SQLModel, registry=registry(metadata=METADATA)):
    """What all tables of reporting share."""


class _CellRow(Base):
    brand: str = Field(primary_key=True)
    bucket: datetime = Field(primary_key=True, sa_type=UTCDateTime, index=True)
    platform: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    account: str = Field(primary_key=True)


class InteractionCounts(_CellRow, table=True):
    """What came in, by the quarter of an hour in which it happened, and how it reads."""

    __tablename__ = "interaction_counts"

    interactions: int = 0
    negative: int = 0
    neutral: int = 0
    positive: int = 0
    people: bytes | None = Field(default=None, sa_type=LargeBinary)


class ThreadCounts(_CellRow, table=True):
    """What happened to threads. `answered_threads` lies where the thread was opened, not where it was answered."""

    __tablename__ = "thread_counts"

    opened: int = 0
    answered_threads: int = 0
    answers: int = 0
    backlog_change: int = 0
    first_response: bytes | None = Field(default=None, sa_type=LargeBinary)
    next_response: bytes | None = Field(default=None, sa_type=LargeBinary)
    resolution: bytes | None = Field(default=None, sa_type=LargeBinary)


class MeasurementCounts(_CellRow, table=True):
    """What posts and accounts gained, by the quarter of an hour in which that was measured; `kind` is `all`."""

    __tablename__ = "measurement_counts"

    followers_change: int = 0
    posts: int = 0
    views: int = 0
    likes: int = 0
    comments: int = 0
    shares: int = 0
    clicks: int = 0


class AlertCounts(Base, table=True):
    """Alerts, by the quarter of an hour in which they opened and by how severe they were then."""

    __tablename__ = "alert_counts"

    brand: str = Field(primary_key=True)
    bucket: datetime = Field(primary_key=True, sa_type=UTCDateTime, index=True)
    severity: str = Field(primary_key=True, max_length=1)
    alerts: int = 0


class KnownInteraction(Base, table=True):
    """An interaction that was counted, or assessed, or both. Kept until neither can be told again."""

    __tablename__ = "known_interactions"
    __table_args__ = {"sqlite_with_rowid": False}

    digest: bytes = Field(primary_key=True, sa_type=LargeBinary)
    is_counted: bool
    label: str | None = Field(default=None, sa_type=String(16))
    known_on: date = Field(sa_type=Date, index=True)


class KnownFact(Base, table=True):
    """A fact about a thread that was counted. Kept until it cannot be told again."""

    __tablename__ = "known_facts"
    __table_args__ = {"sqlite_with_rowid": False}

    digest: bytes = Field(primary_key=True, sa_type=LargeBinary)
    known_on: date = Field(sa_type=Date, index=True)


class KnownThread(Base, table=True):
    """Where a thread stands: when it was opened, and whether it was answered and is resolved."""

    __tablename__ = "known_threads"

    thread_id: str = Field(primary_key=True)
    opened_at: datetime = Field(sa_type=UTCDateTime)
    is_answered: bool = False
    is_resolved: bool = False
