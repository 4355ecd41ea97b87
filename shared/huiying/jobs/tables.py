"""The jobs as they lie in each service's database."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table

from huiying.db.platform import PLATFORM
from huiying.db.types import BigNumber, JSONColumn, UTCDateTime

WAITING = "waiting"
DONE = "done"
FAILED = "failed"

JOBS = Table(
    "jobs",
    PLATFORM,
    Column("number", BigNumber, primary_key=True, autoincrement=True),
    Column("kind", String(64), nullable=False),
    # Only the oldest waiting job of a queue is due. NULL: in no queue.
    Column("queue", String(200), nullable=True),
    Column("dedupe_key", String(200), nullable=True, unique=True),
    Column("payload", JSONColumn, nullable=False),
    Column("state", String(16), nullable=False),
    Column("due_at", UTCDateTime, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("was_interrupted", Boolean, nullable=False),
    # A lease names one claim of one worker, so that a worker which lost it cannot complete the job any more.
    Column("lease", String(120), nullable=True),
    Column("leased_until", UTCDateTime, nullable=True),
    Column("created_at", UTCDateTime, nullable=False),
    Column("ended_at", UTCDateTime, nullable=True),
    Column("last_reason", String(500), nullable=True),
    Index(None, "state", "kind", "due_at"),
    Index(None, "queue", "state", "number"),
    Index(None, "ended_at"),
)
