"""accounts deliveries and sends.

Locks: nothing that exists.
"""

import sqlalchemy as sa
from alembic import op

from huiying.db.types import BigNumber, JSONColumn, UTCDateTime

revision = "ingest_0001"
down_revision = None
branch_labels = ("ingest",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("hook_key", sa.String(length=64), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("api_base", sa.String(length=500), nullable=True),
        sa.Column("credentials", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("removed_at", UTCDateTime(), nullable=True),
        sa.Column("last_delivery_at", UTCDateTime(), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("hook_key", name=op.f("uq_accounts_hook_key")),
    )
    op.create_index(op.f("ix_accounts_brand"), "accounts", ["brand"], unique=False)
    op.create_index(
        op.f("ix_accounts_platform_external_id"),
        "accounts",
        ["platform", "external_id"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "brands",
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_brands")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("interaction_count", sa.Integer(), nullable=False),
        sa.Column("new_count", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.Column("proof", sa.String(length=16), nullable=False),
        sa.Column("content_type", sa.String(length=200), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("query", JSONColumn, nullable=False),
        sa.Column("headers", JSONColumn, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index(op.f("ix_deliveries_account_id_id"), "deliveries", ["account_id", "id"], unique=False)
    op.create_index(op.f("ix_deliveries_brand_id"), "deliveries", ["brand", "id"], unique=False)
    op.create_index(op.f("ix_deliveries_received_at"), "deliveries", ["received_at"], unique=False)
    op.create_index(op.f("ix_deliveries_status_id"), "deliveries", ["status", "id"], unique=False)
    op.create_table(
        "echoes",
        sa.Column("interaction_id", sa.String(length=400), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("object_id", sa.String(length=300), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=True),
        sa.Column("text_digest", sa.String(length=64), nullable=False),
        sa.Column("taken_by", sa.String(length=36), nullable=True),
        sa.Column("occurred_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("interaction_id", name=op.f("pk_echoes")),
    )
    op.create_index(op.f("ix_echoes_external_id_text_digest"), "echoes", ["external_id", "text_digest"], unique=False)
    op.create_index(op.f("ix_echoes_occurred_at"), "echoes", ["occurred_at"], unique=False)
    op.create_table(
        "published_interactions",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_published_interactions")),
    )
    op.create_table(
        "allowances",
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("whole_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_allowances")),
    )
    op.create_index(op.f("ix_allowances_whole_at"), "allowances", ["whole_at"], unique=False)
    op.create_table(
        "sends",
        sa.Column("reply_id", sa.String(length=36), nullable=False),
        sa.Column("thread_id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("object_id", sa.String(length=300), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.Column("requested_at", UTCDateTime(), nullable=False),
        sa.Column("doubted_at", UTCDateTime(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("reply_id", name=op.f("pk_sends")),
    )
    op.create_index(op.f("ix_sends_object_id"), "sends", ["object_id"], unique=False)
    op.create_index(op.f("ix_sends_thread_id"), "sends", ["thread_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_sends_thread_id"), table_name="sends")
    op.drop_index(op.f("ix_sends_object_id"), table_name="sends")
    op.drop_table("sends")
    op.drop_index(op.f("ix_allowances_whole_at"), table_name="allowances")
    op.drop_table("allowances")
    op.drop_table("published_interactions")
    op.drop_index(op.f("ix_echoes_occurred_at"), table_name="echoes")
    op.drop_index(op.f("ix_echoes_external_id_text_digest"), table_name="echoes")
    op.drop_table("echoes")
    op.drop_index(op.f("ix_deliveries_status_id"), table_name="deliveries")
    op.drop_index(op.f("ix_deliveries_received_at"), table_name="deliveries")
    op.drop_index(op.f("ix_deliveries_brand_id"), table_name="deliveries")
    op.drop_index(op.f("ix_deliveries_account_id_id"), table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_table("brands")
    op.drop_index(op.f("ix_accounts_platform_external_id"), table_name="accounts")
    op.drop_index(op.f("ix_accounts_brand"), table_name="accounts")
    op.drop_table("accounts")
