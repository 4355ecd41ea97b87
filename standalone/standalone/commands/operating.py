"""Commands for who keeps it running: migrate, doctor, replay, keys."""

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from huiying.db.migrate import is_current
from huiying.errors import Failure, Invalid
from huiying.service.command import after_restore, reset_position
from huiying.service.runtime import open_database
from standalone.house import SERVICES, migrate_all, settings_of
from standalone.moment import moment_of
from standalone.remote import DEFAULT_DATA_DIR, URL, APIKey, AsJSON, DataDir, Remote, show, with_remote

keys = typer.Typer(help="API keys.", no_args_is_help=True)
positions = typer.Typer(help="Where services stand in the logs.", no_args_is_help=True)


def migrate_command(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Bring the tables of all services in the data directory to the present shape."""
    asyncio.run(migrate_all({service.name: _settings(service.name, data_dir) for service in SERVICES}))
    typer.echo(f"{len(SERVICES)} services are up to date in {data_dir}")


def doctor_command(
    data_dir: DataDir = DEFAULT_DATA_DIR, url: URL = "", api_key: APIKey = "", as_json: AsJSON = False
) -> None:
    """Say what is configured, reachable, migrated and waiting. Exits 1 if anything is wrong."""
    rows = asyncio.run(_tables(data_dir)) if not url else []
    try:
        rows += with_remote(_reach, data_dir=data_dir, url=url, api_key=api_key)
    except Failure as failure:
        rows.append({"what": "server", "state": "wrong", "detail": str(failure)})
    show(rows, columns={"what": "what", "state": "state", "detail": "detail"}, as_json=as_json)
    if any(row["state"] == "wrong" for row in rows):
        raise typer.Exit(1)


def replay_command(
    since: Annotated[str, typer.Option("--from", help="RFC 3339 time, such as 2026-03-01T00:00:00Z.")],
    topic: Annotated[str, typer.Option(help="Only `deliveries` are kept to be read again.")] = "deliveries",
    to: Annotated[str, typer.Option("--to", help="RFC 3339 time; without it, up to now.")] = "",
    account: Annotated[str, typer.Option(help="Only this account's.")] = "",
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: URL = "",
    api_key: APIKey = "",
) -> None:
    """Take the deliveries of that time once more. What is known already is not doubled: it is safe to repeat."""
    if topic != "deliveries":
        raise Invalid("only deliveries are kept to be read again: --topic deliveries")
    begin, end = moment_of(since, option="--from"), moment_of(to, option="--to") if to else None

    async def work(remote: Remote) -> int:
        count = 0
        params = {"account": account} if account else {}
        async for each in remote.each("/api/ingest/v1/deliveries", params=params):
            received_at = datetime.fromisoformat(each["received_at"])
            if received_at < begin:
                break
            if end is not None and received_at >= end:
                continue
            await remote.ask("POST", f"/api/ingest/v1/deliveries/{each['id']}:replay")
            count += 1
        return count

    count = with_remote(work, data_dir=data_dir, url=url, api_key=api_key)
    typer.echo(f"{count} deliveries are taken again")


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Option(help="What it is for.")],
    role: Annotated[list[str], typer.Option(help="brand=role, such as acme=agent; several are possible.")] = [],  # noqa: B006 - typer's way to say: none
    administrator: Annotated[bool, typer.Option("--administrator", help="May do everything.")] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: URL = "",
    api_key: APIKey = "",
    as_json: AsJSON = False,
) -> None:
    """Make an API key and print it, once."""
    roles = dict(pair.split("=", 1) for pair in role)
    body = {"name": name, "roles": roles, "is_administrator": administrator}

    async def work(remote: Remote) -> Any:
        return await remote.ask("POST", "/api/identity/v1/api-keys", body=body)

    made = with_remote(work, data_dir=data_dir, url=url, api_key=api_key)
    typer.echo(json.dumps(made, ensure_ascii=False, indent=2) if as_json else made["key"])


def after_restore_command(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Let every service speak under a new name, with Huiying stopped: after a database was restored from a copy."""
    for service in SERVICES:
        name = asyncio.run(after_restore(service, _settings(service.name, data_dir)))
        typer.echo(f"{service.name} speaks as {name} from now on")


@positions.command("reset")
def reset_positions(
    service: Annotated[str, typer.Option(help="The service that refused, as /readyz and its log say.")],
    topic: Annotated[str, typer.Option(help="The topic whose log was replaced.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Let a service read a topic from its beginning, with Huiying stopped: what to do after `log_replaced`."""
    found = next((each for each in SERVICES if each.name == service), None)
    if found is None:
        raise Invalid(f"no service {service!r}; there are: {', '.join(each.name for each in SERVICES)}")
    count = asyncio.run(reset_position(found, _settings(service, data_dir), topic))
    typer.echo(f"{service} reads {topic} from its beginning ({count} partitions forgotten)")


def _settings(name: str, data_dir: Path) -> Any:
    service = next(each for each in SERVICES if each.name == name)
    return settings_of(service, data_dir=data_dir, host="127.0.0.1", port=0)


async def _tables(data_dir: Path) -> list[dict[str, Any]]:
    rows = []
    for service in SERVICES:
        database = open_database(service.name, _settings(service.name, data_dir))
        current = await is_current(database, service.migrations)
        await database.close()
        detail = "" if current else "run `huiying migrate`"
        rows.append({"what": f"tables of {service.name}", "state": "right" if current else "wrong", "detail": detail})
    return rows


async def _reach(remote: Remote) -> list[dict[str, Any]]:
    ready = await remote.ask("GET", "/readyz")
    rows = [
        {"what": name, "state": "right" if state == "ok" else "wrong", "detail": "" if state == "ok" else state}
        for name, state in ready["checks"].items()
    ]
    for service in SERVICES:
        waiting = len([each async for each in remote.each(f"/api/{service.name}/v1/dead-letters")])
        if waiting:
            detail = f"{waiting}: see `huiying dead-letters list`"
            rows.append({"what": f"dead letters of {service.name}", "state": "wrong", "detail": detail})
    return rows
