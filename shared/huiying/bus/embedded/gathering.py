"""What one commit carries: the records of all who came in time, and the futures they wait on."""

import asyncio
from collections.abc import Sequence

from huiying.bus.transport import Record
from huiying.errors import Unavailable


class Gathering:
    """Records on their way to the disk together. Used by the event loop; the writer's thread only reads `records`."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.size_bytes = 0
        self._waiting: list[tuple[float, asyncio.Future[None]]] = []

    def add(
        self, records: Sequence[Record], *, size_bytes: int, done: asyncio.Future[None], deadline_seconds: float
    ) -> None:
        """Take records along; `done` ends when they are on the disk, or at the deadline, on the loop's clock."""
        self.records += records
        self.size_bytes += size_bytes
        self._waiting.append((deadline_seconds, done))

    def expire(self, now_seconds: float) -> None:
        """Tell those whose time is over. Their records may still be written."""
        for deadline, done in self._waiting:
            if deadline <= now_seconds and not done.done():
                done.set_exception(Unavailable("the disk takes too long"))

    def end(self, failure: Exception | None) -> None:
        """Tell all the others what became of it."""
        for _, done in self._waiting:
            # Whoever gave up waiting has cancelled its future.
            if done.done():
                continue
            if failure:
                done.set_exception(failure)
            else:
                done.set_result(None)
