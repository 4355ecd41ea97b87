"""Days that are over, told now: hours of ordinary talk, and what happened in them."""

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from heapq import merge
from itertools import takewhile

from simulator.crisis import Crisis
from simulator.day import BUSINESS_ZONE, Day
from simulator.delivery import Delivery
from simulator.facade import Simulator
from simulator.happening import Happening
from simulator.manners import GOOD, Manners
from simulator.platforms.generic import GenericSource
from simulator.platforms.platform import Surroundings

CRISIS_LASTS = timedelta(hours=9)
"""After so long it is over, and its alarm closed."""

_DAY = timedelta(days=1)
_PER_HOUR = 24.0
_BEFORE = timedelta(hours=36)
# Always the same story, so that it does not matter when it is told.
_NOON = datetime(2026, 3, 10, 12, tzinfo=BUSINESS_ZONE)


def last_noon(now: datetime) -> datetime:
    """The last noon at the shops so long ago that what began then is over."""
    return _NOON + ((now - CRISIS_LASTS - timedelta(hours=1) - _NOON) // _DAY) * _DAY


def a_source(external_id: str | None = None) -> Simulator:
    """A platform of one account; without a name it gets one that nobody else uses."""
    platform = GenericSource(external_id=external_id or f"source-{secrets.token_hex(6)}", surroundings=Surroundings())
    # What nobody takes is told again by who sees it, so the platform need not wait before it gives up.
    return Simulator([platform], patience=0.0)


def ordinary_days(noon: datetime) -> list[Happening]:
    """A day and a half before that noon, and some hours after."""
    return _story(noon, since=-_BEFORE, until=CRISIS_LASTS, per_hour=_PER_HOUR)


def days_with_a_crisis(noon: datetime) -> list[Happening]:
    """The same with complaints about plastic in the drinks, from that noon on."""
    crisis = Crisis(begins_at=_NOON, grows_for=timedelta(minutes=30), halves_in=timedelta(minutes=30), peak=12.0)
    return _story(noon, since=-_BEFORE, until=CRISIS_LASTS, per_hour=_PER_HOUR, crisis=crisis)


def days_with_a_promotion(noon: datetime) -> list[Happening]:
    """The same with six times as much talk for three hours, in the same moods."""
    rush = _story(noon, since=timedelta(0), until=timedelta(hours=3), per_hour=5 * _PER_HOUR)
    return list(merge(ordinary_days(noon), rush, key=lambda happening: happening.at))


async def tell(sim: Simulator, happenings: Iterable[Happening], *, manners: Manners = GOOD) -> list[Delivery]:
    """Deliver what was said, each said to have happened when it did; gives what nobody took."""
    told = [sim.generic.tell(happening) for happening in happenings if happening.text]
    return await deliver(sim, [delivery for delivery in told if delivery is not None], manners=manners)


async def deliver(sim: Simulator, deliveries: Iterable[Delivery], *, manners: Manners = GOOD) -> list[Delivery]:
    """Deliver these; gives those that nobody took."""
    outcomes = await sim.deliver_all(deliveries, manners=manners)
    taken = {id(one.delivery) for one in outcomes if one.is_acknowledged}
    left = {id(one.delivery): one.delivery for one in outcomes if id(one.delivery) not in taken}
    return list(left.values())


def _story(
    noon: datetime, *, since: timedelta, until: timedelta, per_hour: float, crisis: Crisis | None = None
) -> list[Happening]:
    day = Day(start=_NOON + since, per_hour=per_hour, platforms=("generic",), crisis=crisis)
    return [
        replace(happening, at=happening.at + (noon - _NOON))
        for happening in takewhile(lambda happening: happening.at < _NOON + until, day)
    ]
