"""`huiying dead-letters`: what could not be taken in, seen, taken again and dropped."""

import json
from typing import Annotated, Any

import typer

from standalone.house import SERVICES
from standalone.remote import DEFAULT_DATA_DIR, URL, APIKey, AsJSON, DataDir, Refused, Remote, show, with_remote

app = typer.Typer(help="Records that could not be taken in.", no_args_is_help=True)

LetterId = Annotated[str, typer.Argument(help="The dead letter's id; `all` for every one.")]
_COLUMNS = {
    "service": "service",
    "id": "id",
    "topic": "topic",
    "type": "event_type",
    "code": "code",
    "reason": "reason",
}


@app.command("list")
def list_letters(
    data_dir: DataDir = DEFAULT_DATA_DIR, url: URL = "", api_key: APIKey = "", as_json: AsJSON = False
) -> None:
    """Print all dead letters."""

    async def work(remote: Remote) -> None:
        show(await _all(remote), columns=_COLUMNS, as_json=as_json)

    with_remote(work, data_dir=data_dir, url=url, api_key=api_key)


@app.command("show")
def show_letter(letter_id: LetterId, data_dir: DataDir = DEFAULT_DATA_DIR, url: URL = "", api_key: APIKey = "") -> None:
    """Print one dead letter whole."""

    async def work(remote: Remote) -> None:
        for each in await _chosen(remote, letter_id):
            whole = await remote.ask("GET", _path(each["service"], each["id"]))
            typer.echo(json.dumps(whole, ensure_ascii=False, indent=2))

    with_remote(work, data_dir=data_dir, url=url, api_key=api_key)


@app.command("replay")
def replay(letter_id: LetterId, data_dir: DataDir = DEFAULT_DATA_DIR, url: URL = "", api_key: APIKey = "") -> None:
    """Take a dead letter in again; it stays if it is refused again."""
    _each(letter_id, "POST", ":replay", "taken in", data_dir=data_dir, url=url, api_key=api_key)


@app.command("drop")
def drop(letter_id: LetterId, data_dir: DataDir = DEFAULT_DATA_DIR, url: URL = "", api_key: APIKey = "") -> None:
    """Forget a dead letter for good."""
    _each(letter_id, "DELETE", "", "dropped", data_dir=data_dir, url=url, api_key=api_key)


def _each(letter_id: str, method: str, suffix: str, done: str, **where: Any) -> None:
    async def work(remote: Remote) -> int:
        refused = 0
        for each in await _chosen(remote, letter_id):
            try:
                await remote.ask(method, _path(each["service"], each["id"]) + suffix)
                typer.echo(f"{each['id']} {done}")
            except Refused as failure:
                refused += 1
                typer.echo(f"{each['id']} {failure}", err=True)
        return refused

    if with_remote(work, **where):
        raise typer.Exit(1)


async def _all(remote: Remote) -> list[dict[str, Any]]:
    found = []
    for service in SERVICES:
        letters = remote.each(f"/api/{service.name}/v1/dead-letters")
        found += [{"service": service.name, **each} async for each in letters]
    return found


async def _chosen(remote: Remote, letter_id: str) -> list[dict[str, Any]]:
    chosen = [each for each in await _all(remote) if letter_id in {"all", each["id"]}]
    if not chosen and letter_id != "all":
        raise Refused(f"no dead letter {letter_id}")
    return chosen


def _path(service: str, letter_id: str) -> str:
    return f"/api/{service}/v1/dead-letters/{letter_id}"
