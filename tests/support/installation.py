"""Identity behind a gateway that exchanges credentials for tokens: as people and programs meet it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import SecretStr
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from huiying.bus.embedded import EmbeddedTransport
from huiying.errors import Failure
from huiying.events.envelope import Event, decode
from huiying.events.registry import TOPIC_OF
from huiying.http.problems import send_problem
from identity.main import SERVICE
from identity.storage.passwords import Passwords
from identity.storage.unit import IdentityTools
from identity.usecases.exchange import Exchange
from tests.support.calls import AsyncClient, calling
from tests.support.clock import FrozenClock
from tests.support.eventually import eventually
from tests.support.running import Running, a_service

E = TypeVar("E", bound=Event)

BOOTSTRAP_KEY = "a-bootstrap-key-that-is-long-enough"
PASSWORD = "three lamps by the river"


class Gateway:
    """Puts the token that the credentials are worth in their place, and lets the request through."""

    def __init__(self, running: Running) -> None:
        self._app: ASGIApp = running.application
        self._exchange = Exchange(running.runtime)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = MutableHeaders(scope=scope)
        try:
            authorization = await self._exchange.authorization(headers, method=scope["method"])
        except Failure as failure:
            await send_problem(scope, receive, send, failure)
            return
        if authorization is not None:
            headers["authorization"] = authorization
        await self._app(scope, receive, send)


class Installation:
    """Identity as people meet it: through the gateway, with a cookie or a key."""

    def __init__(self, running: Running, clock: FrozenClock, stack: AsyncExitStack) -> None:
        self.running = running
        self.clock = clock
        self.tools = running.runtime.tools
        self._stack = stack

    async def nobody(self, **headers: str) -> AsyncClient:
        """A client without credentials."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        client = calling(Gateway(self.running), base_url="http://localhost/api/identity/v1")
        client.headers.update(named)
        return await self._stack.enter_async_context(client)

    async def with_key(self, key: str = BOOTSTRAP_KEY) -> AsyncClient:
        """A client with an API key; an administrator's, if no other is named."""
        return await self.nobody(authorization=f"Bearer {key}")

    async def has_brands(self, *slugs: str) -> None:
        """Let these brands exist."""
        administrator = await self.with_key()
        for slug in slugs:
            answer = await administrator.post("/brands", json={"slug": slug, "name": slug.title()})
            assert answer.status_code == 201, answer.text

    async def has_member(self, email: str, *, roles: Mapping[str, str] | None = None, **more: Any) -> str:
        """Let this member exist, with the usual password; gives the id."""
        administrator = await self.with_key()
        asked = {"email": email, "name": email.partition("@")[0], "roles": roles or {}, "password": PASSWORD, **more}
        answer = await administrator.post("/members", json=asked)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def signed_in(self, email: str) -> AsyncClient:
        """A browser in which this member has signed in."""
        browser = await self.nobody()
        answer = await browser.post("/sessions", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        return browser

    async def told(self, event_class: type[E], *, count: int) -> list[E]:
        """The facts of this class that are on the bus, once there are as many as that."""

        async def facts() -> list[E]:
            assert isinstance(self.running.transport, EmbeddedTransport)
            batches = await self.running.transport.read(TOPIC_OF[event_class].name, offset=0, limit=1_000)
            found = [decode(event_class, record.value) for batch in batches for record in batch.records]
            assert len(found) >= count, found
            return found

        return await eventually(facts)


def quick_passwords() -> Passwords:
    """The same algorithm at the least cost, so that tests do not wait for what must be slow outside."""
    return Passwords(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))


@asynccontextmanager
async def an_installation(directory: Path, *, database_url: str = "") -> AsyncIterator[Installation]:
    """An installation with a bootstrap key, at a time that stands still; on SQLite unless a database is named."""
    clock = FrozenClock()
    key = SecretStr(BOOTSTRAP_KEY)
    async with (
        a_service(
            SERVICE, directory=directory, clock=clock, database_url=database_url, bootstrap_api_key=key
        ) as running,
        AsyncExitStack() as stack,
    ):
        use_passwords(running.runtime.tools, quick_passwords())
        running.application.attach(running.runtime, running.runtime.tools.verifier)
        yield Installation(running, clock, stack)


def use_passwords(tools: IdentityTools, passwords: Passwords) -> None:
    """Let passwords be kept another way than the service chose at its start."""
    # The tools are frozen for everybody else.
    object.__setattr__(tools, "passwords", passwords)
