"""Which series are being filled with what was said before they were watched.

Locks: `series` while a column is added: milliseconds.
"""

import sqlalchemy as sa
from alembic import op

revision = "scoring_0005"
down_revision = "scoring_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("series", sa.Column("fill_id", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("series", "fill_id")
