"""The two questions an orchestrator asks: /livez and /readyz."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from huiying.observability.health import Health, Verdict


def probe_routes(health: Health) -> list[BaseRoute]:
    """The routes of both probes: 200 when all is well, 503 when not, and the name of what is wrong."""

    async def live(_request: Request) -> Response:
        return _response(await health.liveness())

    async def ready(_request: Request) -> Response:
        return _response(await health.readiness())

    return [
        Route("/livez", live, methods=["GET"], include_in_schema=False),
        Route("/readyz", ready, methods=["GET"], include_in_schema=False),
    ]


def _response(verdict: Verdict) -> Response:
    content = msgspec.json.encode({"status": "ok" if verdict.is_ok else "unavailable", "checks": verdict.checks})
    headers = {"cache-control": "no-store"}
    return Response(content, status_code=200 if verdict.is_ok else 503, media_type="application/json", headers=headers)
