"""Since when a series waits to be judged again, and which alarms were found when they were over.

Locks: `series` and `alerts` while the columns are added, and writes to `series` while its rows, one for each watch, are
changed: milliseconds.
"""

import sqlalchemy as sa
from alembic import op

from huiying.db.types import UTCDateTime

revision = "scoring_0004"
down_revision = "scoring_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("series", sa.Column("stale_since", UTCDateTime(), nullable=True))
    op.execute("UPDATE series SET stale_since = stale_at")
    op.add_column("alerts", sa.Column("found_afterwards", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("alerts", "found_afterwards")
    op.drop_column("series", "stale_since")
