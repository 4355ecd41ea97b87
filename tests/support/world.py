"""Huiying as its users meet it: real processes on real ports, on one machine or on Kafka and PostgreSQL."""

import json
import os
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from huiying.auth.principals import Principal, Role
from huiying.auth.tokens import TokenSigner, new_signing_key, public_keys
from huiying.clock import SystemClock
from huiying.settings import AuthSettings
from simulator.facade import Simulator
from tests.support.servers.process import ServerProcess, free_port

SERVICES = ("identity", "ingest", "scoring", "inbox", "reporting", "webhooks")
BOOTSTRAP_KEY = "a-key-for-tests-that-nobody-else-uses-0123456789"
_READY_SECONDS = 60.0


class World:
    """Running processes, and ways into their APIs. `processes` can be killed and started again by name."""

    def __init__(self, urls: Mapping[str, str], processes: Mapping[str, ServerProcess], auth: httpx.Auth) -> None:
        self._urls = urls
        self._processes = processes
        self._auth = auth

    @property
    def process_names(self) -> list[str]:
        return list(self._processes)

    @property
    def cpu_seconds(self) -> float:
        """What the running processes have used so far."""
        return sum(process.cpu_seconds for process in self._processes.values())

    @property
    def resident_bytes(self) -> int:
        """What the running processes hold in memory."""
        return sum(process.resident_bytes for process in self._processes.values())

    def port_of(self, service: str) -> int:
        """The port on which a service is reached."""
        return httpx.URL(self._urls[service]).port or 80

    @property
    def hooks_url(self) -> str:
        return self._urls["ingest"]

    def api(self, service: str) -> httpx.AsyncClient:
        """A client of one service's API as an administrator; paths are relative to /api/{service}/v1."""
        base_url = f"{self._urls[service]}/api/{service}/v1"
        return httpx.AsyncClient(base_url=base_url, auth=self._auth, timeout=30, trust_env=False)

    async def make_brand(self, slug: str) -> None:
        """Create a brand."""
        async with self.api("identity") as identity:
            (await identity.post("/brands", json={"slug": slug, "name": slug})).raise_for_status()
        if isinstance(self._auth, GatewayToken):
            self._auth.brands[slug] = Role.ADMINISTRATOR

    async def connect(self, sim: Simulator, *, brand: str) -> None:
        """Create the brand and an account on each of the simulated platforms, and have them deliver here."""
        await self.make_brand(brand)
        async with self.api("ingest") as ingest:
            for name in sim.names:
                made = await ingest.post("/accounts", json=sim.account(name, brand=brand))
                made.raise_for_status()
                await sim.connect(name, self.hooks_url + made.json()["hook_path"])

    def start(self, name: str) -> None:
        """Start a process and return when it is ready."""
        url = self._urls[name] if name in self._urls else self._urls["ingest"]
        self._processes[name].start(is_ready=lambda: _is_ready(url), timeout_seconds=_READY_SECONDS)

    def kill(self, name: str) -> None:
        """End a process as a power cut would."""
        self._processes[name].end(signal.SIGKILL)

    def stop(self, name: str) -> None:
        """Ask a process to end."""
        self._processes[name].end(signal.SIGTERM)


class BearerKey(httpx.Auth):
    """Sends an API key."""

    def __init__(self, key: str) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["authorization"] = f"Bearer {self._key}"
        yield request


class GatewayToken(httpx.Auth):
    """Sends what a gateway would have got for an administrator: a fresh access token."""

    def __init__(self, signer: TokenSigner) -> None:
        self._signer = signer
        # A real exchange names every brand, and so vouches for one that other services have not heard of yet.
        self.brands: dict[str, Role] = {}

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        principal = Principal(
            subject="bootstrap", kind="api_key", name="Tests", is_administrator=True, brands=self.brands
        )
        token = self._signer.sign(principal, now=SystemClock().now())
        request.headers["authorization"] = f"Bearer {token}"
        yield request


@contextmanager
def one_machine(directory: Path, **settings: str) -> Iterator[World]:
    """`huiying run`: every service in one process, on the embedded bus and SQLite."""
    port = free_port()
    command = [sys.executable, "-m", "standalone", "run", "--data-dir", str(directory / "data"), "--port", str(port)]
    process = _process("huiying", command, directory, {"HUIYING_BOOTSTRAP_API_KEY": BOOTSTRAP_KEY, **settings})
    urls = dict.fromkeys(SERVICES, f"http://127.0.0.1:{port}")
    world = World(urls, {"huiying": process}, BearerKey(BOOTSTRAP_KEY))
    with _all_ended(world):
        world.start("huiying")
        yield world


@contextmanager
def on_kafka(directory: Path, *, kafka_servers: str, database_url: str, **settings: str) -> Iterator[World]:
    """Each service in a process of its own, over Kafka and PostgreSQL, as compose runs them."""
    ports = {name: free_port() for name in SERVICES}
    key = new_signing_key()
    shared = {
        "HUIYING_BUS__KIND": "kafka",
        "HUIYING_BUS__KAFKA_BOOTSTRAP_SERVERS": kafka_servers,
        "HUIYING_DATABASE__URL": database_url,
        "HUIYING_AUTH__TOKEN_PUBLIC_KEYS": public_keys(key),
        "HUIYING_IDENTITY_SIGNING_KEY": json.dumps(key.as_dict(private=True)),
        "HUIYING_STORAGE__SEALING_KEYS": f"tests:{b64encode(b'0' * 32).decode()}",
        "HUIYING_BOOTSTRAP_API_KEY": BOOTSTRAP_KEY,
        **settings,
    }
    processes = {}
    for name, port in ports.items():
        own = {**shared, "HUIYING_HTTP__PORT": str(port), "HUIYING_STORAGE__DATA_DIR": str(directory / f"data-{name}")}
        command = [sys.executable, "-m", f"{name}.main"]
        _finish([*command, "migrate"], own)
        processes[name] = _process(name, [*command, "serve"], directory, own)
    _finish([sys.executable, "-m", "ingest.main", "topics"], {**shared, "HUIYING_STORAGE__DATA_DIR": str(directory)})
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    lifetime = AuthSettings().token_lifetime
    world = World(urls, processes, GatewayToken(TokenSigner(key, lifetime=lifetime)))
    with _all_ended(world):
        for name in SERVICES:
            world.start(name)
        yield world


def _process(name: str, command: list[str], directory: Path, settings: Mapping[str, str]) -> ServerProcess:
    return ServerProcess(command, log=directory / f"{name}.log", environment=_environment(settings))


def _finish(command: list[str], settings: Mapping[str, str]) -> None:
    subprocess.run(command, env=_environment(settings), check=True, capture_output=True, timeout=120)


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("HUIYING_")}
    return {**bare, "HUIYING_ALLOW_PRIVATE_ADDRESSES": "1", "HUIYING_LOG__LEVEL": "INFO", **settings}


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=2, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


@contextmanager
def _all_ended(world: World) -> Iterator[None]:
    try:
        yield
    finally:
        for name in world.process_names:
            world.stop(name)
