"""Delivering as a platform does: so many at a time, with its patience and its retries."""

import asyncio
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import httpx

from simulator.delivery import Delivery, Request
from simulator.manners import GOOD, Manners, arranged
from simulator.platforms.platform import Platform
from simulator.statistics import Statistics


class NoHook(RuntimeError):
    """The platform was not told where to deliver."""


class HandshakeFailed(RuntimeError):
    """The address did not answer the platform's question."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one copy of a delivery. `status` is the last answer's, None if there was none."""

    delivery: Delivery
    is_acknowledged: bool
    status: int | None
    attempts: int
    latency_seconds: float


@dataclass(slots=True, kw_only=True)
class Sender:
    """Sends over one client, at most `concurrency` attempts at a time.

    `patience` scales the pauses between a platform's retries: 1.0 is the platform's own, 0.001 makes an hour 3.6
    seconds. `retries_at_most` cuts its schedule short. Neither touches the time it waits for an answer.
    """

    client: httpx.AsyncClient
    platforms: Callable[[str], Platform]
    chance: random.Random
    concurrency: int = 32
    patience: float = 0.001
    retries_at_most: int | None = None
    statistics: Statistics = field(default_factory=Statistics)
    _room: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._room = asyncio.Semaphore(self.concurrency)

    async def register(self, platform: Platform) -> None:
        """Ask the platform's question at its hook. Raises HandshakeFailed, NoHook."""
        question = platform.handshake()
        if question is None:
            return
        request, expected = question
        hook = hook_of(platform)
        answer = await self.client.request(
            request.method,
            request.url(hook),
            headers=dict(request.headers),
            content=request.body,
            timeout=platform.retries.timeout_seconds,
        )
        if answer.status_code != 200 or answer.content != expected:
            raise HandshakeFailed(f"{platform.name}: {hook} answered {answer.status_code} {answer.content[:80]!r}")

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Send until it is taken or the platform gives up. Raises NoHook."""
        platform = self.platforms(delivery.sender)
        hook, retries, started = hook_of(platform), platform.retries, time.perf_counter()
        pauses = retries.pauses_seconds[: self.retries_at_most]
        for attempt, pause in enumerate((0.0, *pauses), start=1):
            await asyncio.sleep(pause * self.patience)
            status, is_taken = await self._attempt(platform, hook, delivery, is_retry=attempt > 1)
            if is_taken or status in retries.gives_up_on:
                break
        self.statistics.given_up += not is_taken
        elapsed = time.perf_counter() - started
        return Outcome(
            delivery=delivery, is_acknowledged=is_taken, status=status, attempts=attempt, latency_seconds=elapsed
        )

    async def deliver_all(self, deliveries: Iterable[Delivery], *, manners: Manners = GOOD) -> list[Outcome]:
        """Send them all, so badly; one outcome per copy. One burst after the other. Raises NoHook."""
        outcomes: list[Outcome] = []
        for burst in arranged(deliveries, manners=manners, chance=self.chance):
            for some in await asyncio.gather(*(self._copies(one, manners) for one in burst)):
                outcomes.extend(some)
        return outcomes

    async def _copies(self, delivery: Delivery, manners: Manners) -> list[Outcome]:
        outcomes = list(await asyncio.gather(*(self.deliver(delivery) for _ in range(manners.at_once))))
        outcomes.extend([await self.deliver(delivery) for _ in range(manners.copies - manners.at_once)])
        return outcomes

    async def _attempt(
        self, platform: Platform, hook: str, delivery: Delivery, *, is_retry: bool
    ) -> tuple[int | None, bool]:
        async with self._room:
            request = platform.sign(delivery, at=platform.world.now())
            started = time.perf_counter()
            answer = await self._post(request, hook, timeout_seconds=platform.retries.timeout_seconds)
            elapsed = time.perf_counter() - started
        status = answer.status_code if answer is not None else None
        is_taken = answer is not None and platform.is_taken(answer.status_code, answer.content)
        self.statistics.note(status=status, is_taken=is_taken, latency_seconds=elapsed, is_retry=is_retry)
        return status, is_taken

    async def _post(self, request: Request, hook: str, *, timeout_seconds: float) -> httpx.Response | None:
        try:
            return await self.client.request(
                request.method,
                request.url(hook),
                headers=dict(request.headers),
                content=request.body,
                timeout=timeout_seconds,
            )
        except httpx.TransportError:
            return None


def hook_of(platform: Platform) -> str:
    """Where the platform delivers. Raises NoHook."""
    if platform.hook is None:
        raise NoHook(f"{platform.name} was not told where to deliver")
    return platform.hook
