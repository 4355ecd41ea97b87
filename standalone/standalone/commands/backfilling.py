"""`huiying backfill`: read a platform's lists back to a day, for what got lost."""

import asyncio
import json
from typing import Annotated, Any

import typer

from standalone.moment import moment_of
from standalone.remote import DEFAULT_DATA_DIR, URL, APIKey, AsJSON, DataDir, Refused, Remote, with_remote

_ENDED = ("done", "failed")
_LOOK_SECONDS = 0.5


def backfill_command(
    account: Annotated[str, typer.Option(help="The account's id, as `huiying accounts list` prints it.")],
    since: Annotated[str, typer.Option(help="RFC 3339 time, such as 2026-03-01T00:00:00Z.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: URL = "",
    api_key: APIKey = "",
    as_json: AsJSON = False,
) -> None:
    """Read an account's lists back to then and take in what was missed. Safe to repeat. Exits 1 if a list refused."""
    moment = moment_of(since, option="--since")

    async def work(remote: Remote) -> dict[str, Any]:
        path = f"/api/ingest/v1/accounts/{account}:backfill"
        found: dict[str, Any] = await remote.ask("POST", path, body={"since": moment.isoformat()})
        while found["status"] not in _ENDED:
            _progress(found)
            await asyncio.sleep(_LOOK_SECONDS)  # noqa: TID251 - a person watches this, at intervals
            found = await remote.ask("GET", f"/api/ingest/v1/backfills/{found['id']}")
        return found

    found = with_remote(work, data_dir=data_dir, url=url, api_key=api_key)
    typer.echo(json.dumps(found, indent=2) if as_json else f"{found['missing']} of {found['found']} were missing")
    if found["status"] != "done":
        raise Refused(str(found["error"]))


def _progress(found: dict[str, Any]) -> None:
    pages, shown, missing = found["page_count"], found["found"], found["missing"]
    typer.echo(f"{found['status']}: {pages} pages, {shown} listed, {missing} missing", err=True)
