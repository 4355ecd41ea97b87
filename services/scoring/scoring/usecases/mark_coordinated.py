"""See who repeats whom, once there are enough of them to tell."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial

import anyio.to_thread

from scoring.domain.alerts.coordination import WITHIN, Post, coordinated
from scoring.domain.alerts.counts import MINUTE, Place, floored
from scoring.storage.counting import mark_counts
from scoring.storage.observations import signed_between, watches_in
from scoring.storage.unit import ScoringUnit

# What is looked at together must not depend on when somebody looks, or the same words would be judged in two ways.
HOUR = timedelta(hours=1)


async def mark_coordinated(unit: ScoringUnit, brand: str, *, watch_ids: Collection[str], hour: datetime) -> None:
    """Say of each minute of the hour how many posts repeat others, as they read now: what was deleted repeats none.

    Saying it again changes nothing.
    """
    rows = await signed_between(unit.session, brand, since=hour - WITHIN, until=hour + HOUR + WITHIN)
    posts = [Post(row.signature, row.author, row.occurred_at) for row in rows]
    found: Counter[Place] = Counter()
    for place in await anyio.to_thread.run_sync(partial(coordinated, posts)):
        at = posts[place].at
        if hour <= at < hour + HOUR:
            minute = floored(at, MINUTE)
            found.update(Place(brand, watch_id, minute) for watch_id in watches_in(rows[place].watches))
    await mark_counts(unit.session, found, brand=brand, watch_ids=watch_ids, since=hour, until=hour + HOUR)
