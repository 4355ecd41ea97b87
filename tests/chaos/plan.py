"""What a chaos run shall do, and how its parts let time pass."""

import asyncio
from dataclasses import dataclass
from typing import Literal

Mode = Literal["one_machine", "kafka"]

OUTAGES = ("broker_stopped", "broker_killed", "postgres_stopped", "postgres_killed")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A run: `kills` SIGKILLs, each some `gap_seconds` after the last recovery, while `rate` things a second are said.

    The same `seed` makes the same choices, though not the same run: what is under way when a kill comes is the
    machine's affair.
    """

    mode: Mode
    kills: int
    seed: int = 1
    rate: float = 100.0
    authors: int = 40
    gap_seconds: float = 3.0
    outages: tuple[str, ...] = ()
    broker_away_seconds: float = 30.0
    # A reply every so often, to somebody at random.
    reply_every_seconds: float = 2.0
    # Nothing at all may happen for so long before the rest is given up for lost.
    patience_seconds: float = 90.0


class Pauses:
    """Time that passes, until told to stop."""

    def __init__(self) -> None:
        self._over = asyncio.Event()

    def end(self) -> None:
        """End the pause that is under way, and every later one."""
        self._over.set()

    async def pause(self, seconds: float) -> bool:
        """Let time pass; says whether to go on."""
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            return True
        return False
