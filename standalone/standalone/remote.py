"""Talking to a Huiying that runs, here or elsewhere: the command line's way in."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from huiying.errors import Rejected
from huiying.http.client import HTTPClient
from standalone import operator_key

R = TypeVar("R")

DataDir = Annotated[
    Path,
    typer.Option("--data-dir", envvar="HUIYING_STORAGE__DATA_DIR", help="Where the running machine keeps its data."),
]
URL = Annotated[str, typer.Option("--url", envvar="HUIYING_URL", help="Another Huiying than the one on this machine.")]
APIKey = Annotated[str, typer.Option("--api-key", envvar="HUIYING_API_KEY", help="An API key for it.")]
DEFAULT_DATA_DIR = Path("data")
AsJSON = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_PAGE = 200


class Refused(Rejected):
    """The server said no."""

    code = "refused"


class Remote:
    """A running Huiying, as an operator sees it."""

    def __init__(self, client: HTTPClient, operator: operator_key.Operator) -> None:
        self._client = client
        self._operator = operator

    @property
    def url(self) -> str:
        """Where it is."""
        return self._operator.url.rstrip("/")

    async def ask(self, method: str, path: str, *, body: Any = None, params: Mapping[str, str] | None = None) -> Any:
        """The JSON answer to a request; None if it is empty.

        Raises Refused with what the server said, Unavailable if it is not there.
        """
        response = await self._client.request(
            method,
            self.url + path,
            headers={"authorization": f"Bearer {self._operator.key}"},
            params=params,
            json=body,
        )
        if not response.is_success:
            raise Refused(_reason(response.status, response.body))
        return response.json() if response.body else None

    async def each(self, path: str, *, params: Mapping[str, str] | None = None) -> AsyncIterator[Any]:
        """Every item of a list, page by page."""
        cursor: str | None = ""
        while cursor is not None:
            page = await self.ask("GET", path, params={**(params or {}), "limit": str(_PAGE), **_at(cursor)})
            for item in page["items"]:
                yield item
            cursor = page["next_cursor"]


@asynccontextmanager
async def connected(*, data_dir: Path, url: str, api_key: str) -> AsyncIterator[Remote]:
    """A way to the Huiying that the options name, else to the one of this machine."""
    operator = operator_key.Operator(url=url, key=api_key) if url else operator_key.read(data_dir)
    client = HTTPClient(allow_private_addresses=True, timeout_seconds=30)
    try:
        yield Remote(client, operator)
    finally:
        await client.close()


def with_remote(work: Callable[[Remote], Awaitable[R]], *, data_dir: Path, url: str, api_key: str) -> R:
    """Do this with a running Huiying."""

    async def run() -> R:
        async with connected(data_dir=data_dir, url=url, api_key=api_key) as remote:
            return await work(remote)

    return asyncio.run(run())


def show(rows: list[dict[str, Any]], *, columns: Mapping[str, str], as_json: bool) -> None:
    """Print a list: as JSON, or as a table with these columns (title to field)."""
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    cells = [
        list(columns),
        *([str(row.get(field) if row.get(field) is not None else "") for field in columns.values()] for row in rows),
    ]
    widths = [max(len(row[at]) for row in cells) for at in range(len(columns))]
    for row in cells:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _at(cursor: str) -> dict[str, str]:
    return {"cursor": cursor} if cursor else {}


def _reason(status: int, body: bytes) -> str:
    try:
        problem = json.loads(body)
    except ValueError:
        return f"the server answered {status}"
    details = "; ".join(f"{each['pointer']}: {each['message']}" for each in problem.get("errors", []))
    return f"{problem.get('code')}: {problem.get('detail')}{' (' + details + ')' if details else ''}"
