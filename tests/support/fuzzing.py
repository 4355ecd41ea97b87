"""Calls that a description allows, and some that it does not, made to a service that runs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import schemathesis
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, CheckFunction, not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from starlette.types import ASGIApp

from huiying.service.definition import Service
from tests.support.running import a_service, an_administrator

Operation = APIOperation[Any, Any, Any, Any]

_BASE_URL = "http://test"
# What stands behind `default`: any route may answer so without naming it.
_OF_EVERY_ROUTE = {"413", "415"}
_CHECKED = (
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)


class Prober:
    """A running service, called from the thread of a test that is not asynchronous."""

    def __init__(self, portal: BlockingPortal, client: httpx.AsyncClient) -> None:
        self._portal = portal
        self._client = client

    def call(self, case: Case[Any]) -> httpx.Response:
        """Make one call."""
        return self._portal.call(self._client.send, self._request(case))

    def _request(self, case: Case[Any]) -> httpx.Request:
        asked = case.as_transport_kwargs(base_url=_BASE_URL)
        headers = {**_sendable(asked["headers"]), "authorization": self._client.headers["authorization"]}
        url = httpx.URL(asked["url"]).copy_merge_params(_plain(asked.get("params") or {}))
        if "json" in asked:
            return httpx.Request(case.method, url, headers=headers, json=asked["json"])
        return httpx.Request(case.method, url, headers=headers, content=asked.get("data"))


@contextmanager
def a_probed_service(service: Service[Any, Any, Any], *, directory: Path) -> Iterator[Prober]:
    """The service, running, and an administrator who calls it."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(a_service(service, directory=directory)) as running,
        portal.wrap_async_context_manager(running.client(an_administrator("aurora"))) as client,
    ):
        yield Prober(portal, client)


@contextmanager
def a_probed_app(app: ASGIApp) -> Iterator[Prober]:
    """Any application, and somebody who calls it."""
    headers = {"authorization": "Bearer nobody"}
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(httpx.AsyncClient(transport=transport, headers=headers)) as client,
    ):
        yield Prober(portal, client)


def operations_in(document: dict[str, Any], *, without: frozenset[str] = frozenset()) -> Iterator[Operation]:
    """The operations of an OpenAPI document, but for those that are named."""
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        if not isinstance(found, Ok):
            raise found.err()
        operation = found.ok()
        if operation.definition.raw["operationId"] not in without:
            yield operation


def complaints(prober: Prober, operation: Operation, *, mode: GenerationMode, example_count: int) -> list[str]:
    """What is wrong with the answers to `example_count` calls; the first complaint ends it."""
    expected = _OF_EVERY_ROUTE | operation.definition.raw["responses"].keys()
    # Some checks of the registry are classes; those that are named here are functions.
    checks: list[CheckFunction] = [
        not_a_server_error,
        *(cast("CheckFunction", CHECKS.get_one(name)) for name in _CHECKED),
    ]

    @settings(
        max_examples=example_count,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def probe(case: Case[Any]) -> None:
        response = prober.call(case)
        case.validate_response(response, checks=checks)
        if str(response.status_code) not in expected:
            raise AssertionError(f"answers {response.status_code}, which it does not name: {response.text}")

    try:
        probe()
    except Unsatisfiable:
        # It takes nothing, so nothing can be wrong with what it is given.
        return []
    except (AssertionError, FailureGroup) as error:
        return [f"{operation.label}: {error}"]
    return []


def _sendable(headers: Mapping[str, str]) -> dict[str, str]:
    # What no client can send, no service has to answer.
    return {name: value for name, value in headers.items() if value.isprintable() and value.isascii()}


def _plain(params: Mapping[str, Any]) -> dict[str, list[str]]:
    several = {name: value if isinstance(value, list) else [value] for name, value in params.items()}
    return {name: [str(one) for one in values] for name, values in several.items()}
