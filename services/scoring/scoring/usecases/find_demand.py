"""Find what people begin to ask for."""

from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

import anyio.to_thread

from huiying.errors import Invalid
from scoring.domain.alerts.demand import Demand, rising_demand
from scoring.domain.alerts.watch import WHOLE_BRAND
from scoring.storage.observations import voices_between
from scoring.storage.unit import ScoringUnit

LOOKED_AT = 20_000
"""So many interactions of the period, and of the time before, are looked at at most: the last of them."""

LONGEST = timedelta(days=31)
_EARLIER_WINDOWS = 7


class Found(NamedTuple):
    """What rises, and how many interactions of the period and of the time before that rests on."""

    items: list[Demand]
    interaction_count: int
    baseline_count: int


async def find_demand(unit: ScoringUnit, brand: str, *, begin: datetime, end: datetime) -> Found:
    """What was asked for from `begin` until before `end` more than in the seven periods before. Raises Invalid.

    Those who ask for longer than is kept get what is kept.
    """
    window = end - begin
    if not timedelta(0) < window <= LONGEST:
        raise Invalid(f"from {begin} to {end} is no time, or more than {LONGEST.days} days", pointer="/query/to")
    now = await voices_between(
        unit.session, brand, watch_id=WHOLE_BRAND, since=begin, until=end, limit=LOOKED_AT, newest=True
    )
    earlier = await voices_between(
        unit.session,
        brand,
        watch_id=WHOLE_BRAND,
        since=begin - _EARLIER_WINDOWS * window,
        until=begin,
        limit=LOOKED_AT,
        newest=True,
    )
    found = partial(rising_demand, now, earlier, window=window, until=begin)
    return Found(await anyio.to_thread.run_sync(found), len(now), len(earlier))
