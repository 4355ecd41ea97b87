"""Alerts.

Locks: nothing that exists.
"""

import sqlalchemy as sa
from alembic import op

from huiying.db.types import UTCDateTime

revision = "reporting_0003"
down_revision = "reporting_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert_counts",
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("bucket", UTCDateTime(), nullable=False),
        sa.Column("severity", sa.String(length=1), nullable=False),
        sa.Column("alerts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "bucket", "severity", name=op.f("pk_alert_counts")),
    )
    op.create_index(op.f("ix_alert_counts_bucket"), "alert_counts", ["bucket"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_alert_counts_bucket"), table_name="alert_counts")
    op.drop_table("alert_counts")
