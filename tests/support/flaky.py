"""A bus that a test sends away, lets crash, or lets answer too late."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from huiying.bus.transport import Feed, Record, Resume
from huiying.errors import Unavailable
from huiying.events.registry import Topic


class Flaky:
    """Keeps what is published in memory. Nothing is read from it by a group."""

    def __init__(self, *, away: int = 0, crash_after: int = 0) -> None:
        """The first `away` attempts are refused; the attempts up to `crash_after` store, and then crash the caller."""
        self.records: list[Record] = []
        self.sizes: list[int] = []
        self.is_away = False
        self.is_vague = False
        self._away = away
        self._crashes = crash_after

    async def publish(self, records: Sequence[Record], *, timeout_seconds: float = 10.0) -> None:
        """Store, or not, as the test wants it."""
        if self.is_away or self._away > 0:
            self._away -= 1
            raise Unavailable("the bus is away")
        self.records += records
        self.sizes.append(len(records))
        if self.is_vague:
            raise Unavailable(f"no answer within {timeout_seconds} s")
        if self._crashes > 0:
            self._crashes -= 1
            raise ConnectionResetError("the process died here")

    async def start(self) -> None:
        """Nothing to do."""

    async def stop(self) -> None:
        """Nothing to do."""

    async def ensure(self, topics: Sequence[Topic]) -> None:
        """Every topic is there."""

    def open(self, *, group: str, topics: Sequence[str], resume: Resume) -> AbstractAsyncContextManager[Feed]:
        """Refused."""
        raise NotImplementedError
