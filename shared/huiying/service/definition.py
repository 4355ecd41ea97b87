"""What a service is: a value. Docker runs one, `standalone` runs them all, tests compare it with the registry."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from fastapi import APIRouter
from sqlalchemy import MetaData
from starlette.types import ASGIApp

from huiying.clock import Clock
from huiying.crypto import Vault
from huiying.db.engine import Database

# Every platform table must be declared wherever a service is, or a drafted migration would drop it. This one belongs to
# no module that all services import.
from huiying.http import idempotency  # noqa: F401 - declares its table
from huiying.jobs.job import Handler, Schedule
from huiying.outbox.direct import Direct
from huiying.outbox.unit import OpenUnit, Unit
from huiying.service.consumer import Handlers
from huiying.settings import ServiceSettings

S = TypeVar("S", bound=ServiceSettings)
T = TypeVar("T")
U = TypeVar("U", bound=Unit[Any])


@dataclass(frozen=True, kw_only=True)
class Surroundings(Generic[S]):
    """What a service finds when it is started: enough to make its tools."""

    settings: S
    clock: Clock
    vault: Vault
    database: Database
    direct: Direct


Equip = Callable[[Surroundings[S]], AbstractAsyncContextManager[T]]
"""Makes a service's tools, and clears them away when it stops."""


@dataclass(frozen=True, kw_only=True)
class JobTable(Generic[U]):
    """What the clock starts: a handler for each kind of job, and which kinds come by themselves."""

    handlers: Mapping[str, Handler[U]] = field(default_factory=dict)
    schedules: Sequence[Schedule] = ()


@dataclass(frozen=True, kw_only=True)
class Hooks(Generic[T, U]):
    """A raw ASGI application for one path prefix, reached before FastAPI is."""

    prefix: str
    make: Callable[[T, OpenUnit[U], Surroundings[Any]], ASGIApp]


@dataclass(frozen=True, kw_only=True)
class Service(Generic[S, T, U]):
    """One service, put together but not started: no connection, no environment read."""

    name: str
    description: str
    settings: type[S]
    unit: type[U]
    metadata: MetaData
    migrations: Path
    routers: Sequence[APIRouter]
    handlers: Handlers[U]
    equip: Equip[S, T]
    jobs: Callable[[T, OpenUnit[U], Surroundings[S]], JobTable[U]] | None = None
    hooks: Hooks[T, U] | None = None
