"""The servers that are compared. Each runs in a process of its own: `python -m standalone.bench.servers NAME`.

raw         uvicorn and an application that reads the body: the least a Python server can do (R0)
idiomatic   FastAPI with a pydantic body, nothing durable: what one would write first
edge        the hooks alone, durable on the embedded log or, with --kafka, acknowledged by Kafka
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.types import ASGIApp, Receive, Scope, Send

from huiying.bus.embedded import EmbeddedTransport
from huiying.bus.kafka.transport import KafkaTransport
from huiying.bus.transport import Transport
from huiying.clock import SystemClock
from huiying.crypto import Vault
from huiying.db.engine import Database
from huiying.db.migrate import migrate
from huiying.db.statements import insert_all
from huiying.events.registry import TOPICS
from huiying.http.client import HTTPClient
from huiying.http.pagination import Cursors
from huiying.http.server import bind, port_of, run, serve
from huiying.outbox.direct import Direct
from huiying.outbox.spool import Spool
from huiying.settings import LogDurability
from ingest.api.hooks import Hooks
from ingest.clients.connectors.table import CONNECTORS
from ingest.main import SERVICE as INGEST
from ingest.settings import IngestSettings
from ingest.storage.account_book import AccountBook, seal_credentials
from ingest.storage.tables import Account
from ingest.storage.unit import IngestTools

HOOK_KEY = "benchmark"
SECRET = "whsec_" + "c2VjcmV0" * 4
_GIB = 1024**3


async def raw(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads the body and says yes."""
    if scope["type"] != "http":
        return
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})


class Author(BaseModel):
    """Who wrote."""

    id: str
    name: str | None = None


class Data(BaseModel):
    """What was written."""

    id: str
    text: str
    author: Author
    post: dict[str, Any]


class Body(BaseModel):
    """The generic source's body."""

    type: str
    timestamp: str
    data: Data


def idiomatic() -> FastAPI:
    """A route as the framework's tutorial has it."""
    app = FastAPI()

    @app.post("/hooks/{platform}/{key}")
    async def receive(platform: str, key: str, body: Body) -> dict[str, str]:
        return {"platform": platform, "key": key, "id": body.data.id}

    return app


@asynccontextmanager
async def edge(directory: Path, kafka: str) -> AsyncIterator[ASGIApp]:
    """Ingest's hooks with one account, and nothing behind them."""
    clock, vault = SystemClock(), Vault({"bench": b"0" * 32})
    async with AsyncExitStack() as stack:
        database = Database.in_directory(directory, schema="ingest")
        stack.push_async_callback(database.close)
        await migrate(database, INGEST.migrations)
        await _connect(database, vault)
        transport = await _transport(stack, directory, kafka)
        spool = await _spool(stack, directory) if kafka else None
        direct = Direct(transport=transport, spool=spool, clock=clock, source="bench")
        settings = IngestSettings()
        client = HTTPClient(allow_private_addresses=False)
        stack.push_async_callback(client.close)
        tools = IngestTools(
            settings=settings,
            connectors=CONNECTORS,
            vault=vault,
            cursors=Cursors(vault.derive("cursors")),
            accounts=AccountBook(database, vault),
            client=client,
            direct=direct,
            max_delivery_bytes=settings.max_delivery_bytes,
            delivery_retention=settings.delivery_retention,
            echo_patience=settings.echo_patience,
        )
        yield Hooks(tools, clock=clock)


async def _connect(database: Database, vault: Vault) -> None:
    row = Account(
        id=HOOK_KEY,
        hook_key=HOOK_KEY,
        platform="generic",
        brand="bench",
        external_id="bench",
        name="bench",
        credentials=seal_credentials(vault, HOOK_KEY, {"secret": (SECRET,)}),
        created_at=SystemClock().now(),
    )
    async with database.writing() as session:
        await insert_all(session, Account, [row.model_dump()])


async def _transport(stack: AsyncExitStack, directory: Path, kafka: str) -> Transport:
    transport: Transport = (
        KafkaTransport(bootstrap_servers=kafka, client_id="bench")
        if kafka
        else EmbeddedTransport(directory, durability=LogDurability.FULL)
    )
    await transport.start()
    stack.push_async_callback(transport.stop)
    await transport.ensure(TOPICS)
    return transport


async def _spool(stack: AsyncExitStack, directory: Path) -> Spool:
    topics = [topic for topic in TOPICS if topic.flush_each_record]
    spool = Spool(directory / "spool", topics=topics, limit_bytes=_GIB, durability=LogDurability.FULL)
    await spool.start()
    stack.push_async_callback(spool.stop)
    return spool


def main(
    name: Annotated[str, typer.Argument(help="raw, idiomatic or edge")],
    directory: Annotated[Path, typer.Option(help="Where edge keeps its log.")] = Path("data"),
    kafka: Annotated[str, typer.Option(help="Bootstrap servers for edge.")] = "",
) -> None:
    """Serve one of them, and print its port first."""
    run(_main(name, directory, kafka))


async def _main(name: str, directory: Path, kafka: str) -> None:
    listener = bind("127.0.0.1", 0)
    async with AsyncExitStack() as stack:
        app: ASGIApp = raw if name == "raw" else idiomatic()
        if name == "edge":
            app = await stack.enter_async_context(edge(directory, kafka))
        typer.echo(port_of(listener))
        await serve(_lifespan_free(app), listener)


def _lifespan_free(app: ASGIApp) -> ASGIApp:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await app(scope, receive, send)
            return
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    return wrapped


if __name__ == "__main__":
    typer.run(main)
