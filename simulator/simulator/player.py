"""Playing happenings in their own time, or faster."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

from simulator.happening import Happening

Tell = Callable[[Happening], Awaitable[None]]

_MOST_PENDING = 512


class Player:
    """Plays one stream at a time. What is told late because the receiver is slow is told late, not dropped."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._pending: set[asyncio.Task[None]] = set()
        self._running: asyncio.Task[None] | None = None
        self.told = 0

    @property
    def is_playing(self) -> bool:
        """Whether `start` was called, and neither `stop` nor the end came since."""
        return self._running is not None and not self._running.done()

    async def play(
        self,
        happenings: Iterable[Happening],
        *,
        compression: float = 1.0,
        is_live: bool = True,
        duration_seconds: float | None = None,
    ) -> int:
        """Tell them as they come, time running `compression` times as fast, for so long or to the end; how many.

        Live, each is said to have happened when it is told; else when the story has it happen.
        """
        started, first, told = time.monotonic(), None, 0
        for happening in happenings:
            first = first or happening.at
            due = started + (happening.at - first).total_seconds() / compression
            if duration_seconds is not None and due - started >= duration_seconds:
                break
            await asyncio.sleep(max(due - time.monotonic(), 0))
            await self._begin(replace(happening, at=datetime.now(UTC)) if is_live else happening)
            told += 1
        if self._pending:
            await asyncio.wait(self._pending)
        return told

    def start(self, happenings: Iterable[Happening], *, compression: float = 1.0, is_live: bool = True) -> None:
        """Play in the background until `stop`. Raises RuntimeError if something is playing."""
        if self.is_playing:
            raise RuntimeError("something is playing already")
        self._running = asyncio.create_task(self._play_quietly(happenings, compression, is_live))

    async def stop(self) -> None:
        """Stop playing; what is on its way is dropped."""
        tasks = [*self._pending, *([self._running] if self._running else [])]
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
        self._running = None

    async def _play_quietly(self, happenings: Iterable[Happening], compression: float, is_live: bool) -> None:
        await self.play(happenings, compression=compression, is_live=is_live)

    async def _begin(self, happening: Happening) -> None:
        if len(self._pending) >= _MOST_PENDING:
            await asyncio.wait(self._pending, return_when=asyncio.FIRST_COMPLETED)
        task = asyncio.create_task(self._tell_one(happening))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def _tell_one(self, happening: Happening) -> None:
        await self._tell(happening)
        self.told += 1
