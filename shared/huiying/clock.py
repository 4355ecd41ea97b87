"""The only place that asks what time it is.

Everything else is handed a `Clock`, or the instant itself; so a test decides the time.
"""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time in UTC."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def from_milliseconds(milliseconds: int) -> datetime:
    """The UTC instant that many milliseconds after 1970."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def to_milliseconds(instant: datetime) -> int:
    """Whole milliseconds since 1970 of an aware instant."""
    return round(instant.timestamp() * 1000)


def processor_seconds() -> float:
    """What this process has used of its processors so far, for measuring work on a machine that does other work too."""
    return time.process_time()


def monotonic_seconds() -> float:
    """A clock that never goes back, for measuring how long something took."""
    return time.monotonic()
