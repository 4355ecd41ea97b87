"""Bringing a database to the present shape: the platform's tables and the service's, each with its own history."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text

from huiying.db.engine import Database
from huiying.db.platform import PLATFORM

_HERE = Path(__file__).parent
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('huiying:migrate', 0))"


async def migrate(database: Database, migrations: Path) -> None:
    """Upgrade to the newest revision. `migrations` is the service's own folder. Safe to call from several processes."""
    async with database.engine.begin() as connection:
        if not database.is_sqlite:
            await connection.execute(text(_LOCK))
            await connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{database.schema}"'))
        await connection.run_sync(_upgrade, migrations)


async def is_current(database: Database, migrations: Path) -> bool:
    """Whether every migration has been applied."""
    async with database.engine.connect() as connection:
        applied = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_heads())
    return _heads(migrations) == set(applied)


async def differences(database: Database, metadata: MetaData) -> list[object]:
    """How the database's tables differ from what the code declares. Empty when migrations and tables agree."""

    def compare(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, [metadata, PLATFORM]))  # type: ignore[arg-type] # it takes a sequence

    async with database.engine.connect() as connection:
        return await connection.run_sync(compare)


async def draft(database: Database, migrations: Path, *, metadata: MetaData, message: str) -> None:
    """Write a revision file for the difference between `metadata` and the database, for a person to finish."""

    def revise(connection: Connection) -> None:
        configuration = _config(migrations)
        configuration.attributes.update(connection=connection, metadata=[metadata, PLATFORM])
        script = ScriptDirectory.from_config(configuration)
        branch = migrations.parent.name if migrations.parent.name != "db" else "platform"
        heads = [head for head in script.get_heads() if head.startswith(branch)]
        number = 1 + sum(1 for revision in script.walk_revisions() if revision.revision.startswith(branch))
        command.revision(
            configuration,
            message=message,
            autogenerate=True,
            head=heads[0] if heads else "base",
            branch_label=None if heads else branch,
            version_path=str(migrations),
            rev_id=f"{branch}_{number:04}",
        )

    async with database.engine.connect() as connection:
        await connection.run_sync(revise)


def _upgrade(connection: Connection, migrations: Path) -> None:
    configuration = _config(migrations)
    configuration.attributes.update(connection=connection, metadata=None)
    command.upgrade(configuration, "heads")


@cache
def _heads(migrations: Path) -> frozenset[str]:
    # Every probe of the readiness asks, and finding out loads every migration.
    return frozenset(ScriptDirectory.from_config(_config(migrations)).get_heads())


def _config(migrations: Path) -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(_HERE / "alembic"))
    configuration.set_main_option("path_separator", "newline")
    folders = dict.fromkeys((_HERE / "migrations", migrations))
    configuration.set_main_option("version_locations", "\n".join(map(str, folders)))
    configuration.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return configuration
