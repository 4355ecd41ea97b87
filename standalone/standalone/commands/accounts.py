"""`huiying accounts`: connect what a brand has on platforms."""

from typing import Annotated, Any

import typer

from huiying.errors import Invalid
from standalone.remote import DEFAULT_DATA_DIR, URL, APIKey, AsJSON, DataDir, Remote, show, with_remote

app = typer.Typer(help="The brands' accounts on platforms.", no_args_is_help=True)

_PATH = "/api/ingest/v1/accounts"
_COLUMNS = {"id": "id", "platform": "platform", "brand": "brand", "external id": "external_id", "name": "name"}


@app.command("add")
def add(
    platform: Annotated[str, typer.Option(help="facebook, messenger, wechat_oa, generic.")],
    brand: Annotated[str, typer.Option(help="The brand's slug.")],
    external_id: Annotated[str, typer.Option(help="The platform's own id of the account.")],
    name: Annotated[str, typer.Option(help="What people call it.")],
    credential: Annotated[list[str], typer.Option(help="name=value; the same name again adds a second value.")],
    api_base: Annotated[str, typer.Option(help="Another address for outgoing calls.")] = "",
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: URL = "",
    api_key: APIKey = "",
    as_json: AsJSON = False,
) -> None:
    """Connect an account and print the address to give to the platform."""
    body = {
        "platform": platform,
        "brand": brand,
        "external_id": external_id,
        "name": name,
        "credentials": _credentials(credential),
        **({"api_base": api_base} if api_base else {}),
    }

    async def work(remote: Remote) -> None:
        account = await remote.ask("POST", _PATH, body=body)
        account["webhook_url"] = remote.url + account["hook_path"]
        show([account], columns={"id": "id", "webhook": "webhook_url"}, as_json=as_json)

    with_remote(work, data_dir=data_dir, url=url, api_key=api_key)


@app.command("list")
def list_accounts(
    data_dir: DataDir = DEFAULT_DATA_DIR, url: URL = "", api_key: APIKey = "", as_json: AsJSON = False
) -> None:
    """Print the accounts."""

    async def work(remote: Remote) -> None:
        rows = [each async for each in remote.each(_PATH)]
        show(rows, columns=_COLUMNS, as_json=as_json)

    with_remote(work, data_dir=data_dir, url=url, api_key=api_key)


@app.command("health")
def health(data_dir: DataDir = DEFAULT_DATA_DIR, url: URL = "", api_key: APIKey = "", as_json: AsJSON = False) -> None:
    """Print how the accounts do."""

    async def work(remote: Remote) -> None:
        rows = [{**each, **each["health"], "why": _why(each["health"])} async for each in remote.each(_PATH)]
        columns = {"platform": "platform", "name": "name", "status": "status", "last delivery": "last_delivery_at"}
        show(rows, columns={**columns, "why": "why"}, as_json=as_json)

    with_remote(work, data_dir=data_dir, url=url, api_key=api_key)


def _why(health: dict[str, Any]) -> str:
    return "; ".join(f"{reason['code']}: {reason['detail']}" for reason in health["reasons"])


def _credentials(pairs: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not value:
            raise Invalid(f"--credential takes name=value, not {name!r}")
        found.setdefault(name, []).append(value)
    return found
