"""The control API: connect, misbehave, deliver, play and look, for whoever is in another process."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.delivery import Delivery
from simulator.faults import Fault, FaultKind
from simulator.happening import Happening, Kind
from simulator.manners import Manners
from simulator.people import AUTUMN_POST, MIA, XIAOYU
from simulator.platforms.platform import Platform, utc_now
from simulator.player import Player
from simulator.replies import ReceivedReply
from simulator.scenario import Scenario, make_day
from simulator.sender import Outcome
from simulator.statistics import Statistics


class Controlled(Protocol):
    """What is controlled: the simulator, seen from here."""

    player: Player

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all platforms."""

    @property
    def statistics(self) -> Statistics:
        """What was sent so far."""

    def platform(self, name: str) -> Platform:
        """The platform of that name. Raises LookupError."""

    async def connect(self, name: str, hook: str) -> None:
        """Have the platform deliver there. Raises LookupError, HandshakeFailed."""

    async def deliver_all(self, deliveries: Iterable[Delivery], *, manners: Manners) -> list[Outcome]:
        """Deliver them all in that manner. Raises NoHook."""

    def misbehave(self, name: str, fault: Fault) -> None:
        """Let calls to that platform go wrong. Raises LookupError."""

    def behave(self, name: str | None = None) -> None:
        """End the trouble. Raises LookupError."""

    def received_replies(self, name: str | None = None) -> tuple[ReceivedReply, ...]:
        """The replies taken. Raises LookupError."""


Action = Callable[[dict[str, Any]], Awaitable[object]]


def control_routes(sim: Controlled) -> Sequence[Route]:
    """The routes below `/_sim`. Bodies are JSON; what is wrong with one is said with 422."""
    control = _Control(sim)
    posts = {
        "/hooks": control.connect,
        "/faults": control.misbehave,
        "/deliveries": control.deliver,
        "/day": control.play,
    }
    return [
        Route("/state", control.state, methods=["GET"]),
        Route("/replies", control.replies, methods=["GET"]),
        Route("/faults", control.behave, methods=["DELETE"]),
        Route("/day", control.stop, methods=["DELETE"]),
        *(Route(path, _posted(action), methods=["POST"]) for path, action in posts.items()),
    ]


class _Control:
    def __init__(self, sim: Controlled) -> None:
        self._sim = sim

    async def state(self, _: Request) -> Response:
        """Everything countable."""
        platforms = {name: _state_of(self._sim.platform(name)) for name in self._sim.names}
        player = self._sim.player
        return JSONResponse(
            {
                "platforms": platforms,
                "deliveries": self._sim.statistics.summary(),
                "day": {"is_playing": player.is_playing, "told": player.told},
            }
        )

    async def replies(self, request: Request) -> Response:
        """The replies taken, of one platform or of all."""
        name = request.query_params.get("platform")
        if name is not None and name not in self._sim.names:
            return JSONResponse({"error": f"no platform {name}"}, 404)
        found = self._sim.received_replies(name)
        return JSONResponse([asdict(reply) | {"at": reply.at.isoformat()} for reply in found])

    async def behave(self, _: Request) -> Response:
        """No more trouble anywhere."""
        self._sim.behave()
        return Response(status_code=204)

    async def stop(self, _: Request) -> Response:
        """End the day."""
        await self._sim.player.stop()
        return Response(status_code=204)

    async def connect(self, body: dict[str, Any]) -> object:
        """`{platform, url}`: deliver there from now on."""
        await self._sim.connect(str(body["platform"]), str(body["url"]))
        return {}

    async def misbehave(self, body: dict[str, Any]) -> object:
        """`{platform, kind, times?, share?, seconds?, path_ends?}`: as `Fault`."""
        name, kind = str(body.pop("platform")), FaultKind(body.pop("kind"))
        self._sim.misbehave(name, Fault(kind=kind, **body))
        return {}

    async def deliver(self, body: dict[str, Any]) -> object:
        """`{platform, kind, text?, copies?, at_once?}`: somebody does that now."""
        platform = self._sim.platform(str(body["platform"]))
        text = str(body.get("text", ""))
        happening = Happening(
            at=platform.world.now(),
            platform=platform.name,
            kind=Kind(body["kind"]),
            person=MIA if text.isascii() else XIAOYU,
            number=platform.world.number(),
            post=AUTUMN_POST,
            text=text,
        )
        delivery = platform.tell(happening)
        if delivery is None:
            raise ValueError(f"{platform.name} tells nobody of a {happening.kind}")
        manners = Manners(copies=int(body.get("copies", 1)), at_once=int(body.get("at_once", 1)))
        outcomes = await self._sim.deliver_all([delivery], manners=manners)
        return {"object_id": delivery.object_id, "statuses": [outcome.status for outcome in outcomes]}

    async def play(self, body: dict[str, Any]) -> object:
        """`{rate?, compression?, scenario?, seed?}`: play a day to all connected hooks."""
        compression = float(body.get("compression", 1))
        day = make_day(
            Scenario(body.get("scenario", "day")),
            now=utc_now(),
            rate_per_second=float(body.get("rate", 5)),
            compression=compression,
            seed=int(body.get("seed", 0)),
            platforms=[name for name in self._sim.names if self._sim.platform(name).hook is not None],
        )
        self._sim.player.start(day, compression=compression)
        return {}


def _posted(action: Action) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return JSONResponse(await action(_object_in(await request.json())))
        except (LookupError, TypeError, ValueError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 422)
        except RuntimeError as error:
            return JSONResponse({"error": str(error)}, 409)

    return answer


def _object_in(body: object) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise TypeError("a JSON object is expected")
    return body


def _state_of(platform: Platform) -> dict[str, object]:
    ledger = platform.ledger
    return {
        "platform": platform.platform,
        "external_id": platform.external_id,
        "hook": platform.hook,
        "asked": ledger.asked,
        "replies": len(ledger),
        "refusals": ledger.refusals,
    }
