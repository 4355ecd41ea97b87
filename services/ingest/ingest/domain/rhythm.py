"""Whether an account is far quieter than it usually is at this time of the week."""

from collections.abc import Sequence
from datetime import datetime, timedelta

WINDOWS_HOURS = (3, 24)
WEEKS = 8

_FEWEST_WEEKS = 2
# Where so little comes that nothing at all would be no news, nothing is said.
_LEAST_USUAL = 20
_QUIET = 10

_WEEK = timedelta(weeks=1)
_HOUR = timedelta(hours=1)


def window(now: datetime, hours: int) -> list[datetime]:
    """The last whole hours before now, by their beginnings."""
    end = now.replace(minute=0, second=0, microsecond=0)
    return [end - _HOUR * back for back in range(hours, 0, -1)]


def same_time_in_past_weeks(now: datetime, hours: int, *, known_since: datetime) -> list[list[datetime]]:
    """The same hours of each of the past weeks, as far as the account was there."""
    hours_now = window(now, hours)
    weeks = ([hour - _WEEK * back for hour in hours_now] for back in range(1, WEEKS + 1))
    return [week for week in weeks if week[0] >= known_since]


def is_silent(observed: int, past: Sequence[int]) -> bool:
    """Whether not even a tenth came of what came in the quietest of the past weeks at the same time."""
    return len(past) >= _FEWEST_WEEKS and min(past) >= _LEAST_USUAL and observed * _QUIET < min(past)
