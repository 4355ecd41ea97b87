"""What posts and accounts gained.

Locks: nothing that exists.
"""

import sqlalchemy as sa
from alembic import op

from huiying.db.types import UTCDateTime

revision = "reporting_0002"
down_revision = "reporting_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "measurement_counts",
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("bucket", UTCDateTime(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("followers_change", sa.Integer(), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.Column("likes", sa.Integer(), nullable=False),
        sa.Column("comments", sa.Integer(), nullable=False),
        sa.Column("shares", sa.Integer(), nullable=False),
        sa.Column("clicks", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "bucket", "platform", "kind", "account", name=op.f("pk_measurement_counts")),
    )
    op.create_index(op.f("ix_measurement_counts_bucket"), "measurement_counts", ["bucket"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_measurement_counts_bucket"), table_name="measurement_counts")
    op.drop_table("measurement_counts")
