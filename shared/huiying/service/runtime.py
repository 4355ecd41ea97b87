"""A service that runs: its database, its tools, and the tasks beside its API."""

import asyncio
import base64
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Generic, TypeVar

import structlog
from pydantic import SecretStr

from huiying.bus.transport import Transport
from huiying.clock import Clock
from huiying.crypto import Vault
from huiying.db.engine import Database, DatabaseOptions
from huiying.db.migrate import is_current
from huiying.errors import Failure, Unavailable
from huiying.events.registry import TOPICS
from huiying.jobs.worker import JobWorker
from huiying.outbox.changes import ChangeFeed
from huiying.outbox.direct import Direct
from huiying.outbox.relay import Relay
from huiying.outbox.spool import Spool
from huiying.outbox.unit import Unit, producer_name
from huiying.service.consumer import Consumer, ConsumerOptions
from huiying.service.definition import Service, Surroundings
from huiying.service.housekeeping import Housekeeping
from huiying.settings import BusKind, ServiceSettings

log = structlog.get_logger(__name__)

S = TypeVar("S", bound=ServiceSettings)
T = TypeVar("T")
U = TypeVar("U", bound=Unit[Any])

_LAG_SECONDS = 2.0
_STOP_SECONDS = 8.0
_KEY_BYTES = 32


class NotMigrated(Failure):
    """The database is behind the code: run `migrate` first."""

    code = "not_migrated"


class Runtime(Generic[S, T, U]):
    """Everything of a started service. Made by `running`, which also ends it."""

    tools: T

    def __init__(self, service: Service[S, T, U], settings: S, *, transport: Transport, clock: Clock) -> None:
        self.service = service
        self.settings = settings
        self.clock = clock
        self.transport = transport
        self.database = open_database(service.name, settings)
        self.vault = open_vault(settings.storage.sealing_keys, settings.storage.data_dir)
        self.direct = self._make_direct()
        self.relay = Relay(
            database=self.database,
            transport=transport,
            timeout_seconds=settings.bus.publish_timeout.total_seconds(),
        )
        self.changes = ChangeFeed(self.database)
        self.housekeeping = Housekeeping(self.database, clock)
        self.consumer = Consumer[U](
            name=service.name,
            transport=transport,
            open_unit=self.open_unit,
            handlers=service.handlers,
            options=ConsumerOptions(
                batch_count=settings.bus.batch_count,
                batch_linger=settings.bus.batch_linger,
                consecutive_bug_count=settings.bus.consecutive_bug_count,
                consecutive_dead_letter_count=settings.bus.consecutive_dead_letter_count,
            ),
        )
        self.jobs: JobWorker[U] | None = None
        self._crashed: dict[str, str] = {}

    @property
    def surroundings(self) -> Surroundings[S]:
        """What the service's tools are made from."""
        return Surroundings(
            settings=self.settings, clock=self.clock, vault=self.vault, database=self.database, direct=self.direct
        )

    @asynccontextmanager
    async def open_unit(self) -> AsyncIterator[U]:
        """A unit of work: committed, with what it tells, when the block ends."""
        async with self.database.writing() as session:
            unit = self.service.unit(session, clock=self.clock, tools=self.tools)
            yield unit
            await unit.store_facts()
        if unit.has_told:
            self.relay.wake()
            self.changes.wake()
        if unit.has_added_jobs and self.jobs is not None:
            self.jobs.wake()

    @asynccontextmanager
    async def open_view(self) -> AsyncIterator[U]:
        """A unit for reading only: it waits for no writer, and whatever it does is forgotten."""
        async with self.database.reading() as session:
            yield self.service.unit(session, clock=self.clock, tools=self.tools)

    async def problems(self) -> dict[str, str]:
        """What keeps this service from its work, by part; empty when it is ready."""
        found = dict(self._crashed)
        if self.consumer.failure:
            found["consumer"] = self.consumer.failure
        try:
            await self.database.ping()
        except Unavailable:
            found["database"] = "does not answer"
        return found

    async def check(self) -> None:
        """Raises Unavailable with what keeps this service from its work, if anything does."""
        found = await self.problems()
        if found:
            raise Unavailable("; ".join(f"{part}: {what}" for part, what in found.items()))

    async def _start(self, stack: AsyncExitStack) -> None:
        stack.push_async_callback(self.database.close)
        if not await is_current(self.database, self.service.migrations):
            raise NotMigrated(f"the database of {self.service.name} is not migrated: run the migrate command")
        await producer_name(self.database)
        if self._spool is not None:
            await self._spool.start()
            stack.push_async_callback(self._spool.stop)
        self.tools = await stack.enter_async_context(self.service.equip(self.surroundings))
        self.jobs = self._make_jobs()
        stack.push_async_callback(self._stop_tasks, self._start_tasks())

    def _make_jobs(self) -> JobWorker[U] | None:
        if self.service.jobs is None:
            return None
        table = self.service.jobs(self.tools, self.open_unit, self.surroundings)
        return JobWorker[U](
            service=self.service.name,
            database=self.database,
            open_unit=self.open_unit,
            handlers=table.handlers,
            schedules=table.schedules,
            owner=self.settings.instance,
            clock=self.clock,
        )

    def _start_tasks(self) -> list[asyncio.Task[None]]:
        parts: dict[str, Callable[[], Awaitable[None]]] = {
            "relay": self.relay.run,
            "direct": self.direct.run,
            "changes": self.changes.run,
            "housekeeping": self.housekeeping.run,
            "lag": self._measure_lag,
        }
        if self.service.handlers:
            parts["consumer"] = self.consumer.run
        if self.jobs is not None:
            parts["jobs"] = self.jobs.run
        self._stopping = asyncio.Event()
        return [
            asyncio.create_task(self._watch(name, run), name=f"{self.service.name}-{name}")
            for name, run in parts.items()
        ]

    async def _watch(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run a part; if it ends by an error, say so in the health instead of dying unseen."""
        try:
            await run()
        except Exception as error:
            self._crashed[name] = f"{type(error).__name__}: {error}"
            log.exception("part_crashed", service=self.service.name, part=name)

    async def _stop_tasks(self, tasks: list[asyncio.Task[None]]) -> None:
        self._stopping.set()
        for part in (self.consumer, self.jobs, self.changes, self.housekeeping, self.relay, self.direct):
            if part is not None:
                part.stop()
        _, pending = await asyncio.wait(tasks, timeout=_STOP_SECONDS)
        for task in pending:
            log.warning("part_cancelled", task=task.get_name())
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    async def _measure_lag(self) -> None:
        await self._every(_LAG_SECONDS, self.consumer.measure_lag)

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while not self._stopping.is_set():
            try:
                await work()
            except Unavailable as error:
                log.info("part_waits", service=self.service.name, reason=str(error))
            try:
                async with asyncio.timeout(seconds):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    def _make_direct(self) -> Direct:
        settings, self._spool = self.settings, None
        if settings.bus.kind is BusKind.KAFKA:
            direct_topics = [
                topic for topic in TOPICS if topic.flush_each_record and self.service.name in topic.producers
            ]
            if direct_topics:
                self._spool = Spool(
                    settings.storage.data_dir / "spool",
                    topics=direct_topics,
                    limit_bytes=settings.bus.spool_limit_bytes,
                    durability=settings.bus.durability,
                )
        return Direct(
            transport=self.transport,
            spool=self._spool,
            clock=self.clock,
            source=self.service.name,
            deadline_seconds=settings.bus.direct_timeout.total_seconds(),
        )


@asynccontextmanager
async def running(
    service: Service[S, T, U], settings: S, *, transport: Transport, clock: Clock
) -> AsyncIterator[Runtime[S, T, U]]:
    """Start a service on a transport that is started; stop it when the block ends.

    Raises NotMigrated if the database is behind the code.
    """
    runtime = Runtime(service, settings, transport=transport, clock=clock)
    async with AsyncExitStack() as stack:
        await runtime._start(stack)  # noqa: SLF001 - the other half of this class
        yield runtime


def open_database(name: str, settings: ServiceSettings) -> Database:
    """The service's database: the one that the settings name, else SQLite in the data directory."""
    options = DatabaseOptions(
        pool_count=settings.database.pool_count,
        lock_timeout=settings.database.lock_timeout,
        statement_timeout=settings.database.statement_timeout,
    )
    url = settings.database.url.get_secret_value()
    if url:
        return Database(url, schema=name, options=options)
    return Database.in_directory(settings.storage.data_dir, schema=name, options=options)


def open_vault(sealing_keys: SecretStr, data_dir: Path) -> Vault:
    """The vault with the configured keys; on one machine, with a key made once and kept beside the data."""
    configured = sealing_keys.get_secret_value()
    if not configured:
        configured = _local_key(data_dir / "sealing.key")
    pairs = (item.strip().partition(":") for item in configured.split(","))
    return Vault({key_id: base64.b64decode(key) for key_id, _, key in pairs})


def _local_key(path: Path) -> str:
    if path.exists():
        return path.read_text().strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    with os.fdopen(descriptor, "w") as file:
        file.write(f"local:{base64.b64encode(os.urandom(_KEY_BYTES)).decode()}")
        file.flush()
        os.fsync(file.fileno())
    # The key appears whole or not at all, and whoever comes second takes the first one's.
    with suppress(FileExistsError):
        os.link(unfinished, path)
    Path(unfinished).unlink()
    return path.read_text().strip()
