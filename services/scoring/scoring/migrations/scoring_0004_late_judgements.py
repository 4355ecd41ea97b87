"""Since when a series waits to be judged again.

Locks: writes to `series` while its rows, one for each watch, are changed: milliseconds.
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


def downgrade() -> None:
    op.drop_column("series", "stale_since")
