"""What Meta's platforms have in common: an app, its signature and challenge, the Graph API's manners."""

import json
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from starlette.requests import Request as Call
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.delivery import Delivery, Request
from simulator.platforms.platform import Platform, Retries, Surroundings
from simulator.signing import meta_signature

Action = Callable[[Call], Awaitable[Mapping[str, Any]]]

NOT_THERE = "Unsupported request. Object does not exist, cannot be loaded due to missing permissions"
SUCCESS: Mapping[str, Any] = {"success": True}

_JSON = "application/json"
_MINUTE, _HOUR = 60.0, 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class MetaApp:
    """An app and the page, account or number that it may speak for.

    With `human_agent` it may do so for a week, if what it says was written by a human.
    """

    page_id: str = "104857600123456"
    app_id: int = 1_517_776_481_860_111
    app_secret: str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"  # noqa: S105 - a played platform's
    verify_token: str = "simulated-verify-token"  # noqa: S105 - made up
    access_token: str = "EAAGsimulatedPageToken"  # noqa: S105 - made up
    human_agent: bool = False


class GraphRefusal(Exception):
    """The Graph API says no; the error body says why."""

    def __init__(self, message: str, *, code: int, status: int = 400, subcode: int | None = None) -> None:
        super().__init__(message)
        self.code, self.status, self.subcode = code, status, subcode

    def answer(self) -> Response:
        """The refusal as the Graph API words it."""
        error: dict[str, Any] = {
            "message": f"(#{self.code}) {self}",
            "type": "OAuthException",
            "code": self.code,
            "fbtrace_id": "AsimulatedTrace",
        }
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        return JSONResponse({"error": error}, status_code=self.status)


class MetaPlatform(Platform):
    """An account at Meta, the part that does not depend on the product."""

    product: ClassVar[str]
    subscribable: ClassVar[frozenset[str]]
    # Meta says: at once, then ever more seldom for 36 hours. The steps between are ours.
    retries = Retries(
        pauses_seconds=(0, 5, 30, 2 * _MINUTE, 10 * _MINUTE, _HOUR, 3 * _HOUR, 8 * _HOUR, 24 * _HOUR),
        timeout_seconds=10,
    )

    def __init__(
        self, app: MetaApp | None = None, *, name: str | None = None, surroundings: Surroundings | None = None
    ) -> None:
        self.app = app or MetaApp()
        super().__init__(external_id=self.app.page_id, name=name, surroundings=surroundings)
        # What the app listens to: set up by hand, as most are.
        self.subscribed = set(self.subscribable)

    def credentials(self) -> dict[str, str]:
        return {
            "app_secret": self.app.app_secret,
            "verify_token": self.app.verify_token,
            "access_token": self.app.access_token,
            **({"human_agent": "yes"} if self.app.human_agent else {}),
        }

    def handshake(self) -> tuple[Request, bytes]:
        challenge = str(self.world.chance.randint(10**9, 10**10 - 1))
        query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": self.app.verify_token}
        return Request(method="GET", query=query), challenge.encode()

    def sign(self, delivery: Delivery, *, at: datetime) -> Request:
        signature = meta_signature(delivery.content, app_secret=self.app.app_secret)
        headers = {"content-type": _JSON, "user-agent": "facebookexternalua", "x-hub-signature-256": signature}
        return Request(headers=headers, body=delivery.content)

    def is_taken(self, status: int, body: bytes) -> bool:
        return status == 200

    def says_too_many(self, *, retry_after_seconds: int) -> Response:
        answer = GraphRefusal("Application request limit reached", code=4, status=429).answer()
        answer.headers["retry-after"] = str(retry_after_seconds)
        return answer

    def says_broken(self) -> Response:
        return GraphRefusal("An unknown error occurred", code=1, status=500).answer()

    def batch(self, deliveries: Sequence[Delivery]) -> Delivery:
        """One delivery that tells all these, an entry each, as Meta does when it has much to say."""
        bodies = [json.loads(one.content) for one in deliveries]
        ids = tuple(object_id for one in deliveries for object_id in one.object_ids)
        return self.deliver_entries([entry for body in bodies for entry in body["entry"]], *ids)

    def entry(
        self, part: Mapping[str, Any], object_id: str, *, at: datetime | None = None, in_milliseconds: bool = False
    ) -> Delivery:
        """A delivery of one entry, told now or at that moment."""
        moment = (at or self.world.now()).timestamp()
        time = int(moment * 1000) if in_milliseconds else int(moment)
        return self.deliver_entries([{"id": self.app.page_id, "time": time, **part}], object_id)

    def routes(self) -> Sequence[Route]:
        subscriptions: list[tuple[str, str, Action]] = [
            ("GET", "/me/subscribed_apps", self._show_subscribed),
            ("POST", "/me/subscribed_apps", self._subscribe),
            ("GET", "/{app_id:int}/subscriptions", self._show_address),
            ("POST", "/{app_id:int}/subscriptions", self._set_address),
        ]
        return [
            Route(version + path, self._graph(action), methods=[method])
            for method, path, action in (*subscriptions, *self.actions())
            for version in ("", "/v{version:float}")
        ]

    @abstractmethod
    def actions(self) -> Sequence[tuple[str, str, Action]]:
        """What the product's API can be asked for: method, path, and what answers. An action raises GraphRefusal."""

    async def _show_subscribed(self, call: Call) -> Mapping[str, Any]:
        app = {"id": str(self.app.app_id), "name": "Huiying", "subscribed_fields": sorted(self.subscribed)}
        return {"data": [app] if self.subscribed else []}

    async def _subscribe(self, call: Call) -> Mapping[str, Any]:
        fields = set(str((await parameters_of(call)).get("subscribed_fields", "")).split(","))
        if fields - self.subscribable:
            raise GraphRefusal(f"Param subscribed_fields must be one of {sorted(self.subscribable)}", code=100)
        self.subscribed = fields
        return SUCCESS

    async def _show_address(self, call: Call) -> Mapping[str, Any]:
        address: dict[str, Any] = {"object": self.product, "callback_url": self.hook, "active": True, "fields": []}
        return {"data": [address] if self.hook else []}

    async def _set_address(self, call: Call) -> Mapping[str, Any]:
        parameters = await parameters_of(call)
        if parameters.get("object") != self.product or parameters.get("verify_token") != self.app.verify_token:
            raise GraphRefusal("Callback verification failed", code=2200, status=400)
        self.hook = str(parameters["callback_url"])
        return SUCCESS

    def deliver_entries(self, entries: Sequence[Any], *object_ids: str) -> Delivery:
        """A delivery of these entries, which tell of those things."""
        # Meta writes what is not ASCII as \uXXXX, which is also what json does.
        content = json.dumps({"object": self.product, "entry": entries}, separators=(",", ":")).encode()
        return Delivery(
            sender=self.name,
            id=f"meta-{self.world.number()}",
            content=content,
            content_type=_JSON,
            object_ids=object_ids,
        )

    def _graph(self, action: Action) -> Callable[[Call], Awaitable[Response]]:
        async def answer(call: Call) -> Response:
            self.ledger.asked += 1
            try:
                self._authorise(call)
                return JSONResponse(await action(call))
            except GraphRefusal as refusal:
                self.ledger.refuse(f"#{refusal.code}")
                return refusal.answer()

        return answer

    def _authorise(self, call: Call) -> None:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        offered = token if scheme.lower() == "bearer" else call.query_params.get("access_token", "")
        # An app may set itself up by its own token.
        app_token = f"{self.app.app_id}|{self.app.app_secret}"
        if offered not in {self.app.access_token, app_token}:
            raise GraphRefusal("Invalid OAuth access token", code=190, status=401)


async def parameters_of(call: Call) -> Mapping[str, Any]:
    """What a call says, as JSON, as a form, or in its address."""
    if call.headers.get("content-type", "").startswith(_JSON):
        try:
            body = await call.json()
        except ValueError as error:
            raise GraphRefusal("The body is not JSON", code=100) from error
        return body if isinstance(body, dict) else {}
    return {**call.query_params, **await _form_of(call)}


def text_in(parameters: Mapping[str, Any], name: str = "message") -> str:
    """The words under that name. Raises GraphRefusal if there are none."""
    text = parameters.get(name)
    if not isinstance(text, str) or not text:
        raise GraphRefusal("Param message must be non-empty", code=100)
    return text


def count_in(call: Call, name: str = "limit") -> int | None:
    """The number under that name in a call's address."""
    value = call.query_params.get(name, "")
    return int(value) if value.isdigit() else None


async def _form_of(call: Call) -> Mapping[str, Any]:
    if not call.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    text = (await call.body()).decode("utf-8", "replace")
    return dict(parse_qsl(text))
