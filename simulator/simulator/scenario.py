"""Days worth watching, by name."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile

from simulator.crisis import Crisis
from simulator.day import BUSINESS_ZONE, Day
from simulator.happening import Happening
from simulator.platforms.table import PLATFORMS

# The story starts before lunch, whatever the real hour is, or a demonstration at night would show an empty street.
_OPENS_AT = timedelta(hours=10, minutes=30)


class Scenario(StrEnum):
    """What sort of day it is."""

    CALM = "calm"
    """An ordinary one."""
    DAY = "day"
    """An ordinary one until a safety complaint appears, two hours in."""
    CRISIS = "crisis"
    """The complaint appears after five minutes."""


# Who hears of a brand for the first time cannot tell what is unusual; a day is what a detector takes to learn it.
_PAST = timedelta(hours=27)
_PAST_PER_HOUR = 24.0

_BEGINS_AFTER = {Scenario.DAY: timedelta(hours=2), Scenario.CRISIS: timedelta(minutes=5)}


def make_day(
    scenario: Scenario,
    *,
    now: datetime,
    rate_per_second: float,
    compression: float = 1.0,
    seed: int = 0,
    platforms: Sequence[str] = tuple(PLATFORMS),
) -> Day:
    """A day that brings `rate_per_second` on average when played `compression` times as fast as life.

    Days that start at different moments never name two things alike.
    """
    start = now.astimezone(BUSINESS_ZONE).replace(hour=0, minute=0, second=0, microsecond=0) + _OPENS_AT
    begins_after = _BEGINS_AFTER.get(scenario)
    return Day(
        start=start,
        seed=seed,
        first_number=int(now.timestamp() * 10**7),
        per_hour=rate_per_second * 3600 / compression,
        platforms=platforms,
        crisis=None if begins_after is None else Crisis(begins_at=start + begins_after),
    )


def make_past(*, now: datetime, seed: int = 0, platforms: Sequence[str] = tuple(PLATFORMS)) -> Iterator[Happening]:
    """A little of what was said in the day before `now`, when nothing happened."""
    before = Day(start=now - _PAST, seed=seed, per_hour=_PAST_PER_HOUR, platforms=platforms)
    return takewhile(lambda happening: happening.at < now, before)
