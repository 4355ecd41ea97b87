"""What members say of how messages read.

Locks: nothing that exists.
"""

import sqlalchemy as sa
from alembic import op

from huiying.db.types import JSONColumn

revision = "inbox_0002"
down_revision = "inbox_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "corrections",
        sa.Column("interaction_id", sa.Text(), nullable=False),
        sa.Column("correction_id", sa.String(length=64), nullable=False),
        sa.Column("sentiment", sa.String(length=16), nullable=True),
        sa.Column("intents", JSONColumn, nullable=True),
        sa.Column("risks", JSONColumn, nullable=True),
        sa.PrimaryKeyConstraint("interaction_id", name=op.f("pk_corrections")),
    )
    op.create_index(op.f("ix_corrections_correction_id"), "corrections", ["correction_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_corrections_correction_id"), table_name="corrections")
    op.drop_table("corrections")
