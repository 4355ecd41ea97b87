"""How Alembic runs for any service: on a connection that it is handed, with the service's and the platform's tables."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import JSON, BigInteger

from huiying.db.types import UTCDateTime


def _render(kind: str, item: Any, _autogenerate: Any) -> str | Literal[False]:
    """Our own column types by their names; False leaves the rest to Alembic."""
    if kind != "type":
        return False
    if isinstance(item, UTCDateTime):
        return "UTCDateTime()"
    if isinstance(item, BigInteger):
        return "BigNumber"
    if isinstance(item, JSON):
        return "JSONColumn"
    return False


configuration = context.config

context.configure(
    connection=configuration.attributes["connection"],
    target_metadata=configuration.attributes["metadata"],
    compare_type=True,
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()
