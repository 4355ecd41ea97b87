"""Who subscribed, what there is to tell them, and how telling it went.

Locks: nothing that exists.
"""

import sqlalchemy as sa
from alembic import op

from huiying.db.types import JSONColumn, UTCDateTime

revision = "webhooks_0001"
down_revision = None
branch_labels = ("webhooks",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("noted_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    op.create_index(op.f("ix_messages_noted_at"), "messages", ["noted_at"], unique=False)
    op.create_table(
        "notifications",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("subscription_id", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("attempts", JSONColumn, nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
    )
    op.create_index(op.f("ix_notifications_message_id"), "notifications", ["message_id"], unique=False)
    op.create_index(op.f("ix_notifications_status_due_at"), "notifications", ["status", "due_at"], unique=False)
    op.create_index(
        op.f("ix_notifications_subscription_id_id"), "notifications", ["subscription_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_notifications_subscription_id_status_due_at"),
        "notifications",
        ["subscription_id", "status", "due_at"],
        unique=False,
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column("events", JSONColumn, nullable=False),
        sa.Column("signing", sa.String(length=16), nullable=False),
        sa.Column("keys", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("disabled_reason", sa.String(length=500), nullable=True),
        sa.Column("failing_since", UTCDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("held_until", UTCDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
    )
    op.create_index(op.f("ix_subscriptions_brand"), "subscriptions", ["brand"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_subscriptions_brand"), table_name="subscriptions")
    op.drop_table("subscriptions")
    op.drop_index(op.f("ix_notifications_subscription_id_status_due_at"), table_name="notifications")
    op.drop_index(op.f("ix_notifications_subscription_id_id"), table_name="notifications")
    op.drop_index(op.f("ix_notifications_status_due_at"), table_name="notifications")
    op.drop_index(op.f("ix_notifications_message_id"), table_name="notifications")
    op.drop_table("notifications")
    op.drop_index(op.f("ix_messages_noted_at"), table_name="messages")
    op.drop_table("messages")
