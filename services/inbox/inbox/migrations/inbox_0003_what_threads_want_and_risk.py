"""What is wanted and at risk in threads, and how urgent they are.

Threads read before learn it from the next message that is read.

Locks: `threads` against writing, while two indexes on it are built. Columns are added without rewriting it.
"""

import sqlalchemy as sa
from alembic import op

revision = "inbox_0003"
down_revision = "inbox_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "thread_codes",
        sa.Column("thread_id", sa.String(length=64), nullable=False),
        sa.Column("aspect", sa.String(length=8), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("thread_id", "aspect", "code", name=op.f("pk_thread_codes")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_thread_codes_aspect_code_thread_id"), "thread_codes", ["aspect", "code", "thread_id"], unique=False
    )
    op.add_column("threads", sa.Column("readings", sa.Text(), nullable=True))
    op.add_column("threads", sa.Column("urgency", sa.Float(), server_default="0", nullable=False))
    op.create_index(
        op.f("ix_threads_urgency_last_message_at_id"), "threads", ["urgency", "last_message_at", "id"], unique=False
    )
    op.create_index(
        op.f("ix_threads_brand_urgency_last_message_at_id"),
        "threads",
        ["brand", "urgency", "last_message_at", "id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_threads_brand_urgency_last_message_at_id"), table_name="threads")
    op.drop_index(op.f("ix_threads_urgency_last_message_at_id"), table_name="threads")
    op.drop_column("threads", "urgency")
    op.drop_column("threads", "readings")
    op.drop_table("thread_codes")
