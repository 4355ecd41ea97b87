"""All platforms at once, running: `async with Simulator() as sim`."""

import asyncio
import random
import ssl
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Any, Self, TypeVar

import httpx

from simulator.app import make_app
from simulator.delivery import Delivery
from simulator.faults import Fault, Faults
from simulator.happening import Happening
from simulator.manners import GOOD, Manners
from simulator.platforms.facebook import FacebookPage
from simulator.platforms.generic import GenericSource
from simulator.platforms.messenger import MessengerInbox
from simulator.platforms.platform import Platform, Surroundings
from simulator.platforms.table import make_platforms
from simulator.platforms.wechat_oa import WeChatAccount
from simulator.player import Player
from simulator.replies import ReceivedReply
from simulator.sender import Outcome, Sender, hook_of
from simulator.statistics import Statistics
from simulator.wires import APIServer, Wires

P = TypeVar("P", bound=Platform)


class Simulator:
    """The platforms, their API at `url`, and what delivers for them.

    Without a list of `platforms` there is one account on each. The same `seed` gives the same ids, so against a
    product that remembers, leave it out. See `Surroundings` for `strict`, `Sender` for `concurrency` and `patience`.
    With `echoes`, what a platform took as a reply it tells its hook, as the real ones do, after
    `echo_delay_seconds`; at 0 the echo races the answer, which also happens.
    """

    def __init__(
        self,
        platforms: Sequence[Platform] | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        seed: int | None = None,
        strict: bool = True,
        echoes: bool = True,
        echo_delay_seconds: float = 0.02,
        concurrency: int = 32,
        patience: float = 0.001,
    ) -> None:
        self._chance = random.Random(seed)
        world = Surroundings(chance=self._chance, strict=strict)
        chosen = make_platforms(world) if platforms is None else platforms
        self._platforms = {platform.name: platform for platform in chosen}
        self._faults = {name: Faults(self._chance) for name in self._platforms}
        self._host, self._echoes, self._echo_delay_seconds = host, echoes, echo_delay_seconds
        self._wires, self._tasks = Wires(), set[asyncio.Task[Any]]()
        app = make_app(self._platforms, faults=self._faults, hang_up=self._wires.hang_up, control=self)
        self._server = APIServer(app, wires=self._wires, host=host, port=port)
        self._client = httpx.AsyncClient(
            limits=httpx.Limits(max_connections=concurrency * 2, max_keepalive_connections=concurrency),
            verify=_trusted(),
            trust_env=False,
        )
        self._sender = Sender(
            client=self._client,
            platforms=self.platform,
            chance=self._chance,
            concurrency=concurrency,
            patience=patience,
        )
        self.player = Player(self._tell)
        for platform in self._platforms.values():
            platform.echo = self._echo

    async def __aenter__(self) -> Self:
        await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.player.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()
        await self._server.stop()

    @property
    def url(self) -> str:
        """Where the APIs are; each platform's under its name."""
        return f"http://{self._host}:{self._server.port}"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all platforms."""
        return tuple(self._platforms)

    @property
    def statistics(self) -> Statistics:
        """What was sent so far, by whatever means but `run_load`."""
        return self._sender.statistics

    @property
    def facebook(self) -> FacebookPage:
        """The first Facebook page. Like its neighbours, raises LookupError if there is none."""
        return self.first(FacebookPage)

    @property
    def messenger(self) -> MessengerInbox:
        """The first Messenger inbox."""
        return self.first(MessengerInbox)

    @property
    def wechat_oa(self) -> WeChatAccount:
        """The first WeChat account."""
        return self.first(WeChatAccount)

    @property
    def generic(self) -> GenericSource:
        """The first generic source."""
        return self.first(GenericSource)

    def platform(self, name: str) -> Platform:
        """The platform of that name. Raises LookupError."""
        return self._platforms[name]

    def api_base(self, name: str) -> str:
        """Where the product must send what it says on that platform. Raises LookupError."""
        return f"{self.url}/{self.platform(name).name}"

    def account(self, name: str, *, brand: str, api_base: str | None = None) -> dict[str, Any]:
        """The body that creates this platform's account at the product. Raises LookupError."""
        platform = self.platform(name)
        return {
            "platform": platform.platform,
            "brand": brand,
            "external_id": platform.external_id,
            "name": f"Tanghulu Tea ({name})",
            "credentials": platform.credentials(),
            "api_base": api_base or self.api_base(name),
        }

    async def connect(self, name: str, hook: str) -> None:
        """Have the platform deliver there, after its handshake. Raises LookupError, HandshakeFailed."""
        platform = self.platform(name)
        platform.hook = hook
        await self._sender.register(platform)

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Deliver until it is taken or the platform gives up. Raises NoHook before `connect`."""
        return await self._sender.deliver(delivery)

    async def deliver_all(self, deliveries: Iterable[Delivery], *, manners: Manners = GOOD) -> list[Outcome]:
        """Deliver them all in that manner; one outcome for each copy. Raises NoHook before `connect`."""
        return await self._sender.deliver_all(deliveries, manners=manners)

    def deliveries(self, happenings: Iterable[Happening], *, count: int) -> list[Delivery]:
        """The first `count` deliveries that these happenings lead to, as told now."""
        told = (self._delivery_of(happening) for happening in happenings)
        return list(islice((one for one in told if one is not None), count))

    def wire(self, delivery: Delivery) -> bytes:
        """The delivery signed now, as the bytes for `run_load`. Good for five minutes, then a receiver calls it stale.

        Raises NoHook before `connect`.
        """
        platform = self.platform(delivery.sender)
        return platform.sign(delivery, at=platform.world.now()).wire(hook_of(platform))

    def misbehave(self, name: str, fault: Fault) -> None:
        """Let calls to that platform's API go wrong. Raises LookupError."""
        self._faults[name].add(fault)

    def behave(self, name: str | None = None) -> None:
        """End the trouble at one platform, or at all. Raises LookupError."""
        for one in self.names if name is None else (name,):
            self._faults[one].clear()

    def received_replies(self, name: str | None = None) -> tuple[ReceivedReply, ...]:
        """The replies that one platform, or all, took; oldest first. Raises LookupError."""
        chosen = self._platforms.values() if name is None else (self.platform(name),)
        return tuple(sorted((reply for one in chosen for reply in one.ledger), key=lambda reply: reply.at))

    async def echoes_delivered(self) -> None:
        """Wait until every echo so far was taken or given up."""
        await asyncio.gather(*self._tasks)

    async def run_until_cancelled(self) -> None:
        """Serve until the task is cancelled."""
        await self._server.wait()

    def first(self, kind: type[P]) -> P:
        """The first platform of that class. Raises LookupError if there is none."""
        for platform in self._platforms.values():
            if isinstance(platform, kind):
                return platform
        raise LookupError(f"no {kind.__name__} among {', '.join(self.names)}")

    def _delivery_of(self, happening: Happening) -> Delivery | None:
        platform = self.platform(happening.platform)
        return platform.tell(replace(happening, at=platform.world.now()))

    async def _tell(self, happening: Happening) -> None:
        platform = self.platform(happening.platform)
        delivery = platform.tell(happening) if platform.hook is not None else None
        if delivery is not None:
            await self._sender.deliver(delivery)

    def _echo(self, delivery: Delivery) -> None:
        if not self._echoes or self.platform(delivery.sender).hook is None:
            return
        task = asyncio.get_running_loop().create_task(self._deliver_echo(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver_echo(self, delivery: Delivery) -> None:
        await asyncio.sleep(self._echo_delay_seconds)
        await self._sender.deliver(delivery)


@cache
def _trusted() -> ssl.SSLContext:
    # Reading all the world's certificates takes longer than everything else that starts here.
    return ssl.create_default_context()
