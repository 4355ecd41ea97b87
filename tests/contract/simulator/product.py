"""A product on a real socket, made of the real connectors and nothing else: no database, no bus.

Here, and in no other place, the simulator and what it is a stand-in for meet.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from huiying.clock import SystemClock
from huiying.errors import Failure
from huiying.events.deliveries import DeliveryAccepted
from huiying.events.interactions import AccountRef, Interaction
from ingest.clients.connectors.connector import Credentials, HookRequest
from ingest.clients.connectors.table import CONNECTORS
from simulator.platforms.platform import Platform
from simulator.wires import APIServer, Wires


@dataclass
class Product:
    """Takes deliveries at `{url}/{name}`; answers the next ones with `trouble`, if there is any, instead."""

    platforms: dict[str, Platform]
    interactions: list[Interaction] = field(default_factory=list)
    deliveries: list[HookRequest] = field(default_factory=list)
    trouble: list[Response] = field(default_factory=list)
    refusals: list[Failure] = field(default_factory=list)
    url: str = ""
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    brands: list[str] = field(default_factory=list)

    @property
    def distinct(self) -> dict[str, Interaction]:
        """What a product that deduplicates would keep."""
        return {interaction.id: interaction for interaction in self.interactions}

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/identity/v1/brands", self._make_brand, methods=["POST"]),
                Route("/api/ingest/v1/accounts", self._connect_account, methods=["POST"]),
                Route("/api/ingest/v1/accounts", self._list_accounts, methods=["GET"]),
                Route("/api/ingest/v1/accounts/{name}", self._account, methods=["GET", "PATCH"]),
                Route("/{name}", self._hook, methods=["GET", "POST"]),
            ]
        )

    async def _make_brand(self, call: Request) -> Response:
        slug = (await call.json())["slug"]
        if call.headers["authorization"] != "Bearer key-1":
            return JSONResponse({"code": "unauthenticated"}, 401)
        known = slug in self.brands
        self.brands.append(slug)
        return JSONResponse({}, 409 if known else 201)

    async def _connect_account(self, call: Request) -> Response:
        body = await call.json()
        # Bridges are all of one platform.
        own = (body["platform"], body["external_id"])
        (name,) = (name for name, one in self.platforms.items() if (one.platform, one.external_id) == own)
        if name in self.accounts:
            return JSONResponse({"code": "conflict"}, 409)
        self.accounts[name] = {**body, "id": name, "hook_path": f"/{name}"}
        return JSONResponse(self.accounts[name], 201)

    async def _list_accounts(self, call: Request) -> Response:
        platform = call.query_params["platform"]
        listed = [account for account in self.accounts.values() if account["platform"] == platform]
        return JSONResponse({"items": listed, "next_cursor": None})

    async def _account(self, call: Request) -> Response:
        account = self.accounts[call.path_params["name"]]
        if call.method == "PATCH":
            assert call.headers["if-match"] == '"1"'
            account.update(await call.json())
        return JSONResponse(account, headers={"etag": '"1"'})

    async def _hook(self, call: Request) -> Response:
        platform = self.platforms[call.path_params["name"]]
        request = HookRequest(
            method=call.method,
            query=dict(call.query_params),
            headers=dict(call.headers),
            body=await call.body(),
            received_at=SystemClock().now(),
        )
        if call.method == "POST":
            self.deliveries.append(request)
            if self.trouble:
                return self.trouble.pop(0)
        try:
            return self._answer(platform, request)
        except Failure as failure:
            self.refusals.append(failure)
            return Response(status_code=401)

    def _answer(self, platform: Platform, request: HookRequest) -> Response:
        connector, credentials = CONNECTORS[platform.platform], credentials_of(platform)
        answer = connector.handshake(request, credentials)
        if answer is None:
            self.interactions.extend(received(platform, request))
            answer = connector.acknowledge(request)
        return Response(answer.body, answer.status, media_type=answer.content_type)


def credentials_of(platform: Platform) -> Credentials:
    return {name: (value,) for name, value in platform.credentials().items()}


def account_of(platform: Platform) -> AccountRef:
    return AccountRef(id=f"account-{platform.name}", external_id=platform.external_id, brand="tea-house")


def received(platform: Platform, request: HookRequest) -> Sequence[Interaction]:
    """What the product makes of a request: verified, then normalised."""
    connector, credentials = CONNECTORS[platform.platform], credentials_of(platform)
    proof = connector.verify(request, credentials, now=SystemClock().now())
    delivery = DeliveryAccepted(
        delivery_id="delivery-1",
        account_id=f"account-{platform.name}",
        platform=platform.platform,
        received_at=request.received_at,
        content_type=request.headers.get("content-type", ""),
        query={name: request.query[name] for name in connector.kept_query & request.query.keys()},
        headers={name: request.headers[name] for name in connector.kept_headers & request.headers.keys()},
        proof=proof,
        body=request.body,
    )
    return connector.normalise(delivery, account=account_of(platform), credentials=credentials)


async def serve(product: Product) -> APIServer:
    server = APIServer(product.app(), wires=Wires(), host="127.0.0.1", port=0)
    await server.start()
    product.url = f"http://127.0.0.1:{server.port}"
    return server
