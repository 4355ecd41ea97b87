"""The load: authors who each say one thing after another, and a platform that repeats what was not acknowledged."""

import asyncio
import random
import time
from urllib.parse import urlsplit

from simulator.delivery import Delivery
from simulator.facade import Simulator
from tests.chaos.ledger import Ledger, Tag
from tests.chaos.plan import Pauses, Plan
from tests.chaos.voices import Voice, voice_of
from tests.chaos.wires import Wires

_PHRASES = (
    "这家店的奶茶真的很好喝，下次还会再来！",
    "等了四十分钟还没有轮到我，太失望了",
    "请问周末几点开门？",
    "The new flavour is great, but my order came without a straw again.",
    "Third time this week the app ate my coupon. I want a refund, please.",
)
_AT_ONCE_SHARE = 0.2
_REPEATED_LATER_SHARE = 0.03
_FIRST_RETRY_SECONDS, _LONGEST_RETRY_SECONDS = 0.05, 1.0
_GIVES_UP_AFTER_SECONDS = 300.0
_WORTH_REPEATING = frozenset({408, 425, 429})


class Load:
    """Speaks for all authors until told to stop, then until everything it has said is acknowledged."""

    def __init__(self, plan: Plan, *, sim: Simulator, hooks_url: str, ledger: Ledger) -> None:
        address = urlsplit(hooks_url)
        self._plan, self._sim, self._ledger = plan, sim, ledger
        self._wires = Wires(address.hostname or "127.0.0.1", address.port or 80)
        # What an author has said is repeated to the end, even when nothing new is to be said.
        self._speech, self._patience = Pauses(), Pauses()

    def stop(self) -> None:
        """Say nothing new."""
        self._speech.end()

    async def run(self) -> None:
        """Speak. Returns when all authors are done."""
        try:
            async with asyncio.TaskGroup() as authors:
                for author in range(self._plan.authors):
                    authors.create_task(self._speak(author))
        finally:
            self._wires.close()

    async def _speak(self, author: int) -> None:
        chance = random.Random(f"{self._plan.seed}/{author}")
        voice, pause_seconds = voice_of(self._sim, author=author), self._plan.authors / self._plan.rate
        earlier: tuple[Tag, Delivery] | None = None
        number = 0
        while await self._speech.pause(pause_seconds * chance.uniform(0.5, 1.5)):
            number += 1
            earlier = await self._say(Tag(author, number), voice, chance=chance, earlier=earlier)

    async def _say(
        self, tag: Tag, voice: Voice, *, chance: random.Random, earlier: tuple[Tag, Delivery] | None
    ) -> tuple[Tag, Delivery]:
        delivery = voice(f"{chance.choice(_PHRASES)} {tag}")
        copies = chance.choice((2, 3)) if chance.random() < _AT_ONCE_SHARE else 1
        self._ledger.sent.add(tag)
        await asyncio.gather(*(self._deliver(tag, delivery) for _ in range(copies)))
        if earlier is not None and chance.random() < _REPEATED_LATER_SHARE:
            await self._deliver(*earlier)
        return tag, delivery

    async def _deliver(self, tag: Tag, delivery: Delivery) -> None:
        """Send until it is taken, as a platform does, only with less patience between the attempts."""
        platform, began, pause_seconds = self._sim.platform(delivery.sender), time.monotonic(), _FIRST_RETRY_SECONDS
        while time.monotonic() - began < _GIVES_UP_AFTER_SECONDS:
            self._ledger.attempts += 1
            answer = await self._wires.ask(self._sim.wire(delivery))
            now = time.monotonic()
            if answer is not None and platform.is_taken(*answer):
                self._ledger.acknowledge(tag, at=now, waited_seconds=now - began)
                return
            if answer is not None and answer[0] < 500 and answer[0] not in _WORTH_REPEATING:
                self._ledger.refused.append((tag, answer[0]))
                return
            await self._patience.pause(pause_seconds)
            pause_seconds = min(pause_seconds * 2, _LONGEST_RETRY_SECONDS)
        self._ledger.given_up.append(tag)
