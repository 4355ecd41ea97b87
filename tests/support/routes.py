"""Every route of every service, as FastAPI knows it, for the tests that walk them all."""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from huiying.auth.dependencies import PUBLIC, Guard, signed_in
from huiying.auth.principals import Permission
from huiying.service.app import build_api
from huiying.service.definition import Service
from tests.support.sources import SERVICES


@dataclass(frozen=True)
class WalkedRoute:
    """One route with one method: who serves it, and what it asks of whoever calls it."""

    service: str
    method: str
    path: str
    operation_id: str | None
    permissions: tuple[Permission, ...]
    wants_principal: bool
    is_public: bool

    @property
    def name(self) -> str:
        """How failures and test ids call it."""
        return f"{self.service}: {self.method} {self.path}"


@cache
def service_named(name: str) -> Service[Any, Any, Any]:
    """The service that this package is."""
    service: Service[Any, Any, Any] = importlib.import_module(f"{name}.main").SERVICE
    return service


@cache
def routes_of(name: str) -> tuple[WalkedRoute, ...]:
    """The routes of one service's API; paths are relative to /api/{service}/v1."""
    return tuple(_walk(name))


def all_routes() -> tuple[WalkedRoute, ...]:
    """The routes of all services."""
    return tuple(route for name in SERVICES for route in routes_of(name))


def undeclared_paths(name: str) -> set[str]:
    """Paths of the service's API that are no declared route: the framework's own."""
    contexts = iter_route_contexts(build_api(service_named(name)).routes)
    return {str(context.path) for context in contexts if not isinstance(context.original_route, APIRoute)}


def _walk(name: str) -> Iterator[WalkedRoute]:
    prefix = f"/api/{name}/v1"
    for context in iter_route_contexts(build_api(service_named(name)).routes):
        route = context.original_route
        if not isinstance(route, APIRoute):
            continue
        calls = list(_calls(context.dependant))
        for method in sorted(context.methods or ()):
            yield WalkedRoute(
                service=name,
                method=method,
                path=str(context.path).removeprefix(prefix),
                operation_id=context.operation_id,
                permissions=tuple(call.permission for call in calls if isinstance(call, Guard)),
                wants_principal=any(call is signed_in or isinstance(call, Guard) for call in calls),
                is_public=getattr(route.endpoint, PUBLIC, False),
            )


def _calls(dependant: Dependant) -> Iterator[object]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)
