"""Feeds, health and measurements.

Locks: nothing that exists.
"""

import sqlalchemy as sa
from alembic import op

from huiying.db.types import BigNumber, JSONColumn, UTCDateTime

revision = "ingest_0002"
down_revision = "ingest_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_hours",
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("hour", UTCDateTime(), nullable=False),
        sa.Column("deliveries", sa.Integer(), nullable=False),
        sa.Column("unreadable", sa.Integer(), nullable=False),
        sa.Column("turned_away", sa.Integer(), nullable=False),
        sa.Column("interactions", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "hour", name=op.f("pk_account_hours")),
    )
    op.create_index(op.f("ix_account_hours_hour"), "account_hours", ["hour"], unique=False)
    op.create_table(
        "account_measures",
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("measured_at", UTCDateTime(), nullable=False),
        sa.Column("followers", BigNumber, nullable=True),
        sa.Column("following", BigNumber, nullable=True),
        sa.Column("posts", BigNumber, nullable=True),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_measures")),
    )
    op.create_table(
        "account_states",
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reasons", JSONColumn, nullable=False),
        sa.Column("status_since", UTCDateTime(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("handshake_at", UTCDateTime(), nullable=True),
        sa.Column("token_expires_at", UTCDateTime(), nullable=True),
        sa.Column("token_renewed_at", UTCDateTime(), nullable=True),
        sa.Column("token_error", sa.String(length=500), nullable=True),
        sa.Column("reconnect_since", UTCDateTime(), nullable=True),
        sa.Column("renew_due_at", UTCDateTime(), nullable=True),
        sa.Column("subscription", sa.String(length=16), nullable=True),
        sa.Column("subscription_detail", sa.String(length=500), nullable=True),
        sa.Column("subscription_expires_at", UTCDateTime(), nullable=True),
        sa.Column("subscription_checked_at", UTCDateTime(), nullable=True),
        sa.Column("subscribe_due_at", UTCDateTime(), nullable=True),
        sa.Column("silent_since", UTCDateTime(), nullable=True),
        sa.Column("silence_detail", sa.String(length=500), nullable=True),
        sa.Column("measure_due_at", UTCDateTime(), nullable=True),
        sa.Column("measure_error", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_states")),
    )
    op.create_index(op.f("ix_account_states_measure_due_at"), "account_states", ["measure_due_at"], unique=False)
    op.create_index(op.f("ix_account_states_renew_due_at"), "account_states", ["renew_due_at"], unique=False)
    op.create_index(op.f("ix_account_states_subscribe_due_at"), "account_states", ["subscribe_due_at"], unique=False)
    op.create_table(
        "backfills",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("feeds", JSONColumn, nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("page_count", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backfills")),
    )
    op.create_index(op.f("ix_backfills_account_id_id"), "backfills", ["account_id", "id"], unique=False)
    op.create_index(op.f("ix_backfills_brand"), "backfills", ["brand"], unique=False)
    op.create_table(
        "feeds",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("is_pushed", sa.Boolean(), nullable=False),
        sa.Column("keeps_cursor", sa.Boolean(), nullable=False),
        sa.Column("every_seconds", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("began_at", UTCDateTime(), nullable=True),
        sa.Column("read_until", UTCDateTime(), nullable=False),
        sa.Column("check_id", sa.String(length=36), nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("pause_reason", sa.String(length=32), nullable=True),
        sa.Column("last_polled_at", UTCDateTime(), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("failure_count", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
    )
    op.create_index(op.f("ix_feeds_account_id_name"), "feeds", ["account_id", "name"], unique=True)
    op.create_index(op.f("ix_feeds_brand"), "feeds", ["brand"], unique=False)
    op.create_index(op.f("ix_feeds_due_at"), "feeds", ["due_at"], unique=False)
    op.create_table(
        "gap_checks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("feed", sa.String(length=200), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("began_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap_checks")),
    )
    op.create_index(op.f("ix_gap_checks_account_id_id"), "gap_checks", ["account_id", "id"], unique=False)
    op.create_index(op.f("ix_gap_checks_began_at"), "gap_checks", ["began_at"], unique=False)
    op.create_index(op.f("ix_gap_checks_brand"), "gap_checks", ["brand"], unique=False)
    op.create_table(
        "gaps",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("check_id", sa.String(length=36), nullable=False),
        sa.Column("found_at", UTCDateTime(), nullable=False),
        sa.Column("arrived_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_gaps")),
    )
    op.create_index(op.f("ix_gaps_found_at"), "gaps", ["found_at"], unique=False)
    op.create_table(
        "health_log",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.String(length=500), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_log")),
    )
    op.create_index(op.f("ix_health_log_account_id_id"), "health_log", ["account_id", "id"], unique=False)
    op.create_index(op.f("ix_health_log_at"), "health_log", ["at"], unique=False)
    op.create_table(
        "incompletes",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("interaction", sa.Text(), nullable=False),
        sa.Column("noted_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_incompletes")),
    )
    op.create_index(op.f("ix_incompletes_noted_at"), "incompletes", ["noted_at"], unique=False)
    op.create_table(
        "posts",
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("post_id", sa.String(length=300), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("published_at", UTCDateTime(), nullable=False),
        sa.Column("imported_at", UTCDateTime(), nullable=False),
        sa.Column("measured_at", UTCDateTime(), nullable=True),
        sa.Column("measure_due_at", UTCDateTime(), nullable=True),
        sa.Column("views", BigNumber, nullable=True),
        sa.Column("likes", BigNumber, nullable=True),
        sa.Column("comments", BigNumber, nullable=True),
        sa.Column("shares", BigNumber, nullable=True),
        sa.Column("clicks", BigNumber, nullable=True),
        sa.PrimaryKeyConstraint("account_id", "post_id", name=op.f("pk_posts")),
    )
    op.create_index(op.f("ix_posts_account_id_measure_due_at"), "posts", ["account_id", "measure_due_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_posts_account_id_measure_due_at"), table_name="posts")
    op.drop_table("posts")
    op.drop_index(op.f("ix_incompletes_noted_at"), table_name="incompletes")
    op.drop_table("incompletes")
    op.drop_index(op.f("ix_health_log_at"), table_name="health_log")
    op.drop_index(op.f("ix_health_log_account_id_id"), table_name="health_log")
    op.drop_table("health_log")
    op.drop_index(op.f("ix_gaps_found_at"), table_name="gaps")
    op.drop_table("gaps")
    op.drop_index(op.f("ix_gap_checks_brand"), table_name="gap_checks")
    op.drop_index(op.f("ix_gap_checks_began_at"), table_name="gap_checks")
    op.drop_index(op.f("ix_gap_checks_account_id_id"), table_name="gap_checks")
    op.drop_table("gap_checks")
    op.drop_index(op.f("ix_feeds_due_at"), table_name="feeds")
    op.drop_index(op.f("ix_feeds_brand"), table_name="feeds")
    op.drop_index(op.f("ix_feeds_account_id_name"), table_name="feeds")
    op.drop_table("feeds")
    op.drop_index(op.f("ix_backfills_brand"), table_name="backfills")
    op.drop_index(op.f("ix_backfills_account_id_id"), table_name="backfills")
    op.drop_table("backfills")
    op.drop_index(op.f("ix_account_states_subscribe_due_at"), table_name="account_states")
    op.drop_index(op.f("ix_account_states_renew_due_at"), table_name="account_states")
    op.drop_index(op.f("ix_account_states_measure_due_at"), table_name="account_states")
    op.drop_table("account_states")
    op.drop_table("account_measures")
    op.drop_index(op.f("ix_account_hours_hour"), table_name="account_hours")
    op.drop_table("account_hours")
