"""What brands teach: their dictionaries, their corrections, and the adaptations learnt from them.

Locks: nothing that exists.
"""

import sqlalchemy as sa
from alembic import op

from huiying.db.types import JSONColumn, UTCDateTime

revision = "scoring_0002"
down_revision = "scoring_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "adaptations",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=100), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("effect", JSONColumn, nullable=False),
        sa.Column("changes", JSONColumn, nullable=False),
        sa.Column("before_id", sa.String(length=64), nullable=True),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("applied_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adaptations")),
    )
    op.create_index(
        op.f("ix_adaptations_brand_created_at_id"), "adaptations", ["brand", "created_at", "id"], unique=False
    )
    op.create_table(
        "brand_knowledge",
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("dictionary", JSONColumn, nullable=False),
        sa.Column("dictionary_version", sa.Integer(), nullable=False),
        sa.Column("adaptation_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("brand", name=op.f("pk_brand_knowledge")),
    )
    op.create_table(
        "corrections",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("interaction_id", sa.Text(), nullable=True),
        sa.Column("object_key", sa.LargeBinary(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sentiment", sa.String(length=16), nullable=True),
        sa.Column("intents", JSONColumn, nullable=True),
        sa.Column("risks", JSONColumn, nullable=True),
        sa.Column("member_id", sa.String(length=64), nullable=True),
        sa.Column("corrected_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index(
        op.f("ix_corrections_brand_corrected_at_id"), "corrections", ["brand", "corrected_at", "id"], unique=False
    )
    op.create_index(
        op.f("ix_corrections_brand_interaction_id"), "corrections", ["brand", "interaction_id"], unique=True
    )
    op.create_index(op.f("ix_corrections_object_key"), "corrections", ["object_key"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_corrections_object_key"), table_name="corrections")
    op.drop_index(op.f("ix_corrections_brand_interaction_id"), table_name="corrections")
    op.drop_index(op.f("ix_corrections_brand_corrected_at_id"), table_name="corrections")
    op.drop_table("corrections")
    op.drop_table("brand_knowledge")
    op.drop_index(op.f("ix_adaptations_brand_created_at_id"), table_name="adaptations")
    op.drop_table("adaptations")
