"""The read models, and the keys by which a fact counts once.

Locks: nothing that exists.
"""

import sqlalchemy as sa
from alembic import op

from huiying.db.types import UTCDateTime

revision = "reporting_0001"
down_revision = None
branch_labels = ("reporting",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "interaction_counts",
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("bucket", UTCDateTime(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("interactions", sa.Integer(), nullable=False),
        sa.Column("negative", sa.Integer(), nullable=False),
        sa.Column("neutral", sa.Integer(), nullable=False),
        sa.Column("positive", sa.Integer(), nullable=False),
        sa.Column("people", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("brand", "bucket", "platform", "kind", "account", name=op.f("pk_interaction_counts")),
    )
    op.create_index(op.f("ix_interaction_counts_bucket"), "interaction_counts", ["bucket"], unique=False)
    op.create_table(
        "known_facts",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_known_facts")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_known_facts_known_on"), "known_facts", ["known_on"], unique=False)
    op.create_table(
        "known_interactions",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("is_counted", sa.Boolean(), nullable=False),
        sa.Column("label", sa.String(length=16), nullable=True),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_known_interactions")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_known_interactions_known_on"), "known_interactions", ["known_on"], unique=False)
    op.create_table(
        "known_threads",
        sa.Column("thread_id", sa.String(), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("is_answered", sa.Boolean(), nullable=False),
        sa.Column("is_resolved", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_known_threads")),
    )
    op.create_table(
        "thread_counts",
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("bucket", UTCDateTime(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("answered_threads", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("backlog_change", sa.Integer(), nullable=False),
        sa.Column("first_response", sa.LargeBinary(), nullable=True),
        sa.Column("next_response", sa.LargeBinary(), nullable=True),
        sa.Column("resolution", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("brand", "bucket", "platform", "kind", "account", name=op.f("pk_thread_counts")),
    )
    op.create_index(op.f("ix_thread_counts_bucket"), "thread_counts", ["bucket"], unique=False)


def downgrade() -> None:
    for table in ("thread_counts", "known_threads", "known_interactions", "known_facts", "interaction_counts"):
        op.drop_table(table)
