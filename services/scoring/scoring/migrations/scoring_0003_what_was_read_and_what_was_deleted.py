"""What was read, by the ids under which it can be corrected, and which objects were deleted.

Locks: nothing that exists. Reads every observation that still has its id, in portions. Corrections of
interactions whose ids are forgotten by now stay without their object, and go only when somebody takes them back.
"""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa
from alembic import op

from huiying.db.types import UTCDateTime

revision = "scoring_0003"
down_revision = "scoring_0002"
branch_labels = None
depends_on = None

_PORTION = 5_000
_OBSERVATIONS = sa.table(
    "observations",
    sa.column("key", sa.LargeBinary()),
    sa.column("brand", sa.String()),
    sa.column("interaction_id", sa.Text()),
    sa.column("noted_at", UTCDateTime()),
)
_CORRECTIONS = sa.table(
    "corrections",
    sa.column("brand", sa.String()),
    sa.column("interaction_id", sa.Text()),
    sa.column("object_key", sa.LargeBinary()),
)


def upgrade() -> None:
    read = op.create_table(
        "read_interactions",
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("object_key", sa.LargeBinary(), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("day", "digest", name=op.f("pk_read_interactions")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "deleted_objects",
        sa.Column("object_key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("object_key", name=op.f("pk_deleted_objects")),
        sqlite_with_rowid=False,
    )
    for rows in _portions():
        # Two objects with one id are one account that was connected twice.
        op.bulk_insert(read, list({row["digest"]: row for row in map(_row, rows)}.values()))
    _fill_in_objects()


def downgrade() -> None:
    op.drop_table("deleted_objects")
    op.drop_table("read_interactions")


def _portions() -> Iterator[Sequence[sa.RowMapping]]:
    """The observations that have an id, in portions."""
    connection, interaction_id, last = op.get_bind(), _OBSERVATIONS.c.interaction_id, ""
    query = sa.select(_OBSERVATIONS).order_by(interaction_id).limit(_PORTION)
    while rows := connection.execute(query.where(interaction_id > last)).mappings().all():
        yield rows
        last = rows[-1]["interaction_id"]


def _row(observation: sa.RowMapping) -> dict[str, Any]:
    return {
        "day": observation["noted_at"].toordinal(),
        "digest": blake2b(observation["interaction_id"].encode(), digest_size=16).digest(),
        "object_key": observation["key"],
        "brand": observation["brand"],
    }


def _fill_in_objects() -> None:
    """Give those corrections their object that were made before what they are about was read."""
    observed, corrected = _OBSERVATIONS.c, _CORRECTIONS.c
    key = (
        sa.select(observed.key)
        .where(observed.interaction_id == corrected.interaction_id, observed.brand == corrected.brand)
        .scalar_subquery()
    )
    op.execute(sa.update(_CORRECTIONS).where(corrected.object_key.is_(None)).values(object_key=key))
