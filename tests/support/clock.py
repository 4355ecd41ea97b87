"""A clock that a test sets."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


class FrozenClock:
    """Stands still until it is told to go on."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def now(self) -> datetime:
        """The instant at which it stands."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Go on by that much."""
        self._now += by
