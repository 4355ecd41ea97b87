"""What was said, how often by the minute, what is watched, and the alarms that came of it.

Locks: nothing that exists.
"""

import sqlalchemy as sa
from alembic import op

from huiying.db.types import BigNumber, JSONColumn, UTCDateTime

revision = "scoring_0001"
down_revision = None
branch_labels = ("scoring",)
depends_on = None


def upgrade() -> None:
    _create_observations()
    _create_counts()
    _create_watches()
    _create_alerts()


def _create_observations() -> None:
    op.create_table(
        "observations",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("interaction_id", sa.Text(), nullable=True),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("post", sa.Text(), nullable=True),
        sa.Column("author", sa.LargeBinary(), nullable=True),
        sa.Column("followers", BigNumber, nullable=True),
        sa.Column("occurred_at", UTCDateTime(), nullable=False),
        sa.Column("worded_at", UTCDateTime(), nullable=False),
        sa.Column("sentiment", sa.String(length=16), nullable=True),
        sa.Column("urgency", sa.Float(), nullable=True),
        sa.Column("read", JSONColumn, nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("watches", sa.String(), nullable=False),
        sa.Column("is_counted", sa.Boolean(), nullable=False),
        sa.Column("is_erased", sa.Boolean(), nullable=False),
        sa.Column("noted_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_observations")),
    )
    op.create_index(op.f("ix_observations_author_occurred_at"), "observations", ["author", "occurred_at"], unique=False)
    op.create_index(op.f("ix_observations_brand_occurred_at"), "observations", ["brand", "occurred_at"], unique=False)
    op.create_index(op.f("ix_observations_interaction_id"), "observations", ["interaction_id"], unique=False)
    op.create_index(op.f("ix_observations_noted_at"), "observations", ["noted_at"], unique=False)


def _create_counts() -> None:
    op.create_table(
        "minute_counts",
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("watch_id", sa.String(length=64), nullable=False),
        sa.Column("minute", UTCDateTime(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("negative", sa.Integer(), nullable=False),
        sa.Column("risky", sa.Integer(), nullable=False),
        sa.Column("influential", sa.Integer(), nullable=False),
        sa.Column("reach", BigNumber, nullable=False),
        sa.Column("coordinated", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "watch_id", "minute", name=op.f("pk_minute_counts")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_minute_counts_minute"), "minute_counts", ["minute"], unique=False)
    op.create_table(
        "series",
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("watch_id", sa.String(length=64), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("stale_at", UTCDateTime(), nullable=True),
        sa.Column("settled_at", UTCDateTime(), nullable=True),
        sa.Column("state", sa.LargeBinary(), nullable=True),
        sa.Column("muted_until", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("brand", "watch_id", name=op.f("pk_series")),
    )
    op.create_index(op.f("ix_series_due_at"), "series", ["due_at"], unique=False)


def _create_watches() -> None:
    op.create_table(
        "watches",
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("topics", JSONColumn, nullable=False),
        sa.Column("keywords", JSONColumn, nullable=False),
        sa.Column("products", JSONColumn, nullable=False),
        sa.Column("platforms", JSONColumn, nullable=False),
        sa.Column("regions", JSONColumn, nullable=False),
        sa.Column("sensitivity", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "id", name=op.f("pk_watches")),
    )
    op.create_table(
        "watch_lists",
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("brand", name=op.f("pk_watch_lists")),
    )
    op.create_table(
        "campaigns",
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("begins_at", UTCDateTime(), nullable=False),
        sa.Column("ends_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "name", name=op.f("pk_campaigns")),
    )
    op.create_index(op.f("ix_campaigns_brand_begins_at"), "campaigns", ["brand", "begins_at"], unique=False)


def _create_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("watch_id", sa.String(length=64), nullable=False),
        sa.Column("topic", sa.String(length=100), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("peak_severity", sa.Integer(), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("detected_at", UTCDateTime(), nullable=False),
        sa.Column("told_until", UTCDateTime(), nullable=False),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=64), nullable=True),
        sa.Column("closed_by", sa.String(length=64), nullable=True),
        sa.Column("baseline", sa.Float(), nullable=False),
        sa.Column("observed", sa.Integer(), nullable=False),
        sa.Column("ratio", sa.Float(), nullable=False),
        sa.Column("negative_share", sa.Float(), nullable=True),
        sa.Column("reasons", JSONColumn, nullable=False),
        sa.Column("samples", JSONColumn, nullable=False),
        sa.Column("timeline", JSONColumn, nullable=False),
        sa.Column("explanation", JSONColumn, nullable=False),
        sa.Column("forecast", JSONColumn, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index(op.f("ix_alerts_brand_opened_at_id"), "alerts", ["brand", "opened_at", "id"], unique=False)
    op.create_index(
        op.f("ix_alerts_brand_watch_id_opened_at"), "alerts", ["brand", "watch_id", "opened_at"], unique=False
    )


def downgrade() -> None:
    op.drop_table("watches")
    op.drop_table("watch_lists")
    op.drop_index(op.f("ix_series_due_at"), table_name="series")
    op.drop_table("series")
    op.drop_index(op.f("ix_observations_noted_at"), table_name="observations")
    op.drop_index(op.f("ix_observations_interaction_id"), table_name="observations")
    op.drop_index(op.f("ix_observations_brand_occurred_at"), table_name="observations")
    op.drop_index(op.f("ix_observations_author_occurred_at"), table_name="observations")
    op.drop_table("observations")
    op.drop_index(op.f("ix_minute_counts_minute"), table_name="minute_counts")
    op.drop_table("minute_counts")
    op.drop_index(op.f("ix_campaigns_brand_begins_at"), table_name="campaigns")
    op.drop_table("campaigns")
    op.drop_index(op.f("ix_alerts_brand_watch_id_opened_at"), table_name="alerts")
    op.drop_index(op.f("ix_alerts_brand_opened_at_id"), table_name="alerts")
    op.drop_table("alerts")
