"""When to ask a platform again: never all at once, later and later while it fails, ever more seldom as things age."""

from datetime import datetime, timedelta

_JITTER = 0.1
_FIRST_BACKOFF = timedelta(seconds=30)
_LONGEST_BACKOFF = timedelta(hours=6)
_MOST_DOUBLINGS = 20


def next_turn(now: datetime, every: timedelta, *, chance: float) -> datetime:
    """The next of several turns, a tenth earlier or later: `chance`, from 0 to 1, says where in between."""
    return now + every * (1 + _JITTER * (2 * chance - 1))


def backoff(failure_count: int, every: timedelta, *, chance: float) -> timedelta:
    """How long to wait after that many failures in a row: twice as long each time, half of it left to chance.

    Never longer than six hours, or than the usual pause if that is longer.
    """
    doubled: timedelta = _FIRST_BACKOFF * 2.0 ** min(failure_count - 1, _MOST_DOUBLINGS)
    return min(doubled, max(_LONGEST_BACKOFF, every)) * (0.5 + 0.5 * chance)
