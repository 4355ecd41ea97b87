"""What it costs to believe and to understand one event, platform by platform."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from statistics import median

from huiying.clock import SystemClock
from huiying.events.deliveries import DeliveryAccepted
from huiying.events.interactions import AccountRef
from ingest.clients.connectors.connector import Connector, Credentials, HookRequest
from ingest.clients.connectors.table import CONNECTORS
from simulator.delivery import Delivery
from simulator.happening import Happening, Kind
from simulator.people import AUTUMN_POST, XIAOYU
from simulator.platforms.platform import Platform, Surroundings
from simulator.platforms.table import make_platforms
from simulator.platforms.youtube import YouTubeChannel

_ROUNDS = 5
_EVENTS = 1_000
_TEXT = "这家店的奶茶真的很好喝，下次还会再来！ The new flavour is great."
# The simplest thing that people say there; the first that is pushed.
_SIMPLE = (Kind.COMMENT, Kind.MESSAGE, Kind.MENTION)


@dataclass(frozen=True, kw_only=True)
class Understanding:
    """Processor time for one event of a platform, in microseconds, in the round in the middle."""

    platform: str
    is_json: bool
    verify_microseconds: float
    normalise_microseconds: float

    @property
    def microseconds(self) -> float:
        """For both."""
        return self.verify_microseconds + self.normalise_microseconds

    @property
    def normalised_per_second(self) -> float:
        """How many one core reads in a second."""
        return 1e6 / self.normalise_microseconds


def measure_connectors(*, events: int = _EVENTS, rounds: int = _ROUNDS) -> list[Understanding]:
    """Every platform that pushes, by what its simulated double sends. What is only polled is not here."""
    chance = random.Random(1)  # noqa: S311 - a repeatable load, not a secret
    platforms = make_platforms(Surroundings(now=SystemClock().now, chance=chance))
    found = ((platform, list(islice(_deliveries(platform), events))) for platform in platforms)
    return [_measure(platform, told, rounds=rounds) for platform, told in found if told]


def _measure(platform: Platform, told: Sequence[Delivery], *, rounds: int) -> Understanding:
    connector = CONNECTORS[platform.platform]
    credentials = {name: (value,) for name, value in platform.credentials().items()}
    account = AccountRef(id="bench", external_id=platform.external_id, brand="bench")
    now = SystemClock().now()
    requests = [_request(platform, delivery) for delivery in told]
    deliveries = [_accepted(connector, request, credentials) for request in requests]

    def verify() -> None:
        for request in requests:
            connector.verify(request, credentials, now=now)

    def normalise() -> None:
        for delivery in deliveries:
            connector.normalise(delivery, account=account, credentials=credentials)

    return Understanding(
        platform=platform.name,
        is_json="json" in told[0].content_type,
        verify_microseconds=_cost(verify, events=len(told), rounds=rounds),
        normalise_microseconds=_cost(normalise, events=len(told), rounds=rounds),
    )


def _cost(work: Callable[[], None], *, events: int, rounds: int) -> float:
    """Microseconds of processor time for each event; one more round than asked for warms up."""
    costs = []
    for _ in range(rounds + 1):
        began = time.process_time()
        work()
        costs.append((time.process_time() - began) / events * 1e6)
    return median(costs[1:])


def _deliveries(platform: Platform) -> Iterator[Delivery]:
    kind = next((kind for kind in _SIMPLE if kind in platform.habits and kind not in platform.unpushed), None)
    for number in count(int(platform.world.now().timestamp() * 1000)):
        if isinstance(platform, YouTubeChannel):
            yield platform.video(_TEXT, number=number)
            continue
        delivery = None if kind is None else platform.tell(_happening(platform, kind, number))
        if delivery is None:
            return
        yield delivery


def _happening(platform: Platform, kind: Kind, number: int) -> Happening:
    return Happening(
        at=platform.world.now(),
        platform=platform.name,
        kind=kind,
        person=XIAOYU,
        number=number,
        post=AUTUMN_POST,
        text=_TEXT,
    )


def _request(platform: Platform, delivery: Delivery) -> HookRequest:
    signed = platform.sign(delivery, at=platform.world.now())
    headers = {name.lower(): value for name, value in signed.headers.items()}
    return HookRequest(
        method="POST", query=dict(signed.query), headers=headers, body=signed.body, received_at=platform.world.now()
    )


def _accepted(connector: Connector, request: HookRequest, credentials: Credentials) -> DeliveryAccepted:
    return DeliveryAccepted(
        delivery_id="bench",
        account_id="bench",
        platform=connector.platform,
        received_at=request.received_at,
        content_type=request.headers.get("content-type", ""),
        query={name: request.query[name] for name in connector.kept_query & request.query.keys()},
        headers={name: request.headers[name] for name in connector.kept_headers & request.headers.keys()},
        proof=connector.verify(request, credentials, now=request.received_at),
        body=request.body,
    )
