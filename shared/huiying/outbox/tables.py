"""The outbox as it lies in each service's database."""

from sqlalchemy import Column, Integer, LargeBinary, String, Table

from huiying.db.platform import PLATFORM
from huiying.db.types import BigNumber, UTCDateTime

OUTBOX = Table(
    "outbox",
    PLATFORM,
    # One row holds all facts that a transaction had for a topic, so its key is the first one's sequence.
    Column("first_sequence", BigNumber, primary_key=True, autoincrement=False),
    Column("topic", String(64), nullable=False),
    Column("fact_count", Integer, nullable=False),
    Column("facts", LargeBinary, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
)

OUTBOX_HEAD = Table(
    "outbox_head",
    PLATFORM,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("producer", String(64), nullable=False),
    Column("next_sequence", BigNumber, nullable=False),
    Column("next_change", BigNumber, nullable=False),
)
