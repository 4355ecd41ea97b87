"""The command line of one service: serve, migrate, make the topics, print its description."""

import asyncio
import json
from typing import Annotated, Any

import typer

from huiying.bus.transport import TopicMismatch
from huiying.db.migrate import draft, migrate
from huiying.errors import Failure, Unavailable
from huiying.events.registry import TOPICS
from huiying.http.server import bind, serve
from huiying.http.server import run as run_loop
from huiying.observability import logs
from huiying.outbox.unit import rename_producer
from huiying.service import positions
from huiying.service.app import build_api, create_app, make_transport
from huiying.service.definition import Service
from huiying.service.runtime import open_database
from huiying.settings import ServiceSettings

EXIT_FAILED = 1
EXIT_UNAVAILABLE = 75


def run(service: Service[Any, Any, Any]) -> None:
    """Do what the arguments say; exits 0 when it is done, 75 when trying again may help, 1 otherwise."""
    app = typer.Typer(help=service.description, no_args_is_help=True, pretty_exceptions_enable=False)
    app.command("serve")(_serve(service))
    app.command("migrate")(_migrate(service))
    app.command("migration")(_migration(service))
    app.command("topics")(_topics(service))
    app.command("reset-position")(_reset_position(service))
    app.command("after-restore")(_after_restore(service))
    app.command("openapi")(_openapi(service))
    try:
        app()
    except Unavailable as failure:
        _refuse(failure, EXIT_UNAVAILABLE)
    except Failure as failure:
        _refuse(failure, EXIT_FAILED)


def _serve(service: Service[Any, Any, Any]) -> Any:
    def serve_command() -> None:
        """Serve the API and do the service's work until told to stop."""
        settings = service.settings()
        app = create_app(service, settings)
        listener = bind(settings.http.host, settings.http.port)
        run_loop(
            serve(
                app,
                listener,
                internal_port=settings.http.internal_port,
                shutdown_timeout=settings.http.shutdown_timeout,
                on_drain=[app.health.drain, app.broadcast.drain],
            )
        )

    return serve_command


def _migrate(service: Service[Any, Any, Any]) -> Any:
    def migrate_command() -> None:
        """Bring this service's tables to the present shape."""
        settings = service.settings()
        logs.configure(level=settings.log.level, json_lines=settings.log.json_lines)
        database = open_database(service.name, settings)

        async def work() -> None:
            try:
                await migrate(database, service.migrations)
            finally:
                await database.close()

        asyncio.run(work())
        typer.echo(f"{service.name}: the tables are up to date")

    return migrate_command


def _migration(service: Service[Any, Any, Any]) -> Any:
    def migration_command(message: Annotated[str, typer.Argument(help="What it does.")]) -> None:
        """Draft a migration from the difference between the tables and the database that the settings name."""
        database = open_database(service.name, service.settings())
        asyncio.run(draft(database, service.migrations, metadata=service.metadata, message=message))

    return migration_command


def _topics(service: Service[Any, Any, Any]) -> Any:
    def topics_command() -> None:
        """Create the topics that are missing; fails if one has another shape than the registry says."""
        settings = service.settings()
        logs.configure(level=settings.log.level, json_lines=settings.log.json_lines)

        async def work() -> None:
            transport = make_transport(service.name, settings)
            await transport.start()
            try:
                await transport.ensure(TOPICS)
            finally:
                await transport.stop()

        try:
            asyncio.run(work())
        except TopicMismatch as mismatch:
            raise TopicMismatch(
                f"{mismatch}. Keys would lose their order: make the topic anew, or mend the registry"
            ) from mismatch
        typer.echo(f"{len(TOPICS)} topics are as they should be")

    return topics_command


def _reset_position(service: Service[Any, Any, Any]) -> Any:
    def reset_position_command(topic: Annotated[str, typer.Argument(help="The topic whose log was replaced.")]) -> None:
        """Read a topic from its beginning, with the service stopped: what to do after `log_replaced`."""
        count = asyncio.run(reset_position(service, service.settings(), topic))
        typer.echo(f"{service.name} reads {topic} from its beginning ({count} partitions forgotten)")

    return reset_position_command


async def reset_position(service: Service[Any, Any, Any], settings: ServiceSettings, topic: str) -> int:
    """Forget where the service stands in a topic; how many partitions that is."""
    database = open_database(service.name, settings)
    try:
        async with database.writing() as session:
            return await positions.forget(session, topic)
    finally:
        await database.close()


def _after_restore(service: Service[Any, Any, Any]) -> Any:
    def after_restore_command() -> None:
        """Let the service speak under a new name, stopped: what to do after its database was restored from a copy."""
        typer.echo(f"{service.name} speaks as {asyncio.run(after_restore(service, service.settings()))} from now on")

    return after_restore_command


async def after_restore(service: Service[Any, Any, Any], settings: ServiceSettings) -> str:
    """Give the service's outbox a new name; that name."""
    database = open_database(service.name, settings)
    try:
        return await rename_producer(database)
    finally:
        await database.close()


def _openapi(service: Service[Any, Any, Any]) -> Any:
    def openapi_command() -> None:
        """Print the OpenAPI description of this service."""
        typer.echo(json.dumps(build_api(service).openapi(), indent=2, ensure_ascii=False))

    return openapi_command


def _refuse(failure: Failure, status: int) -> None:
    typer.echo(f"{failure.code}: {failure}", err=True)
    raise SystemExit(status)
