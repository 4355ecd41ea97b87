"""Where the tables are declared that every service has: outbox, positions, dead letters, jobs, idempotency keys."""

from sqlalchemy import MetaData

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""How constraints are called, so that migrations can name them."""

PLATFORM = MetaData(naming_convention=NAMING)
"""The platform's own tables; each is defined by the module that uses it, and migrated by `huiying.db.migrations`."""


def service_metadata() -> MetaData:
    """A fresh catalogue for one service's tables, so that services in one process cannot collide."""
    return MetaData(naming_convention=NAMING)
