"""See who repeats whom, once there are enough of them to tell."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import partial

import anyio.to_thread
from msgspec.structs import replace

from scoring.domain.alerts.alarm import Entry
from scoring.domain.alerts.coordination import WITHIN, Post, coordinated
from scoring.domain.alerts.counts import MINUTE, Place, floored
from scoring.domain.alerts.watch import WHOLE_BRAND
from scoring.domain.crises.buckets import BUCKET, Reason
from scoring.storage.counting import mark_counts, total_between
from scoring.storage.observations import signed_between, watches_in
from scoring.storage.unit import ScoringUnit

# What is looked at together must not depend on when somebody looks, or the same words would be judged in two ways.
HOUR = timedelta(hours=1)

LOOKED_AT = 20_000
"""About so many posts of three hours are looked at: a quarter of a second and forty megabytes. Of more a share is, and
what is found stands for the rest; five authors of that share are many more of all, and fewer do not show in so much."""


async def mark_coordinated(
    unit: ScoringUnit, brand: str, *, watch_ids: Collection[str], hour: datetime, most: int = LOOKED_AT
) -> None:
    """Say of each minute of the hour how many posts repeat others, as they read now: what was deleted repeats none.

    Saying it again changes nothing. Where there are more than `most`, the numbers are estimates.
    """
    share = await _share(unit, brand, hour=hour, most=most)
    rows = await signed_between(unit.session, brand, since=hour - WITHIN, until=hour + HOUR + WITHIN, share=share)
    posts = [Post(row.signature, row.author, row.occurred_at) for row in rows]
    found: Counter[Place] = Counter()
    for place in await anyio.to_thread.run_sync(partial(coordinated, posts)):
        at = posts[place].at
        if hour <= at < hour + HOUR:
            minute = floored(at, MINUTE)
            found.update(Place(brand, watch_id, minute) for watch_id in watches_in(rows[place].watches))
    marks = {place: round(count / share) for place, count in found.items()}
    await mark_counts(unit.session, marks, brand=brand, watch_ids=watch_ids, since=hour, until=hour + HOUR)


async def naming_estimates(unit: ScoringUnit, brand: str, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries; those that rest on a share of what was said say of which, beside the reason that does."""
    named = []
    for entry in entries:
        share = 1.0
        if any(reason.code == Reason.COORDINATED_POSTING for reason in entry.figures.reasons):
            share = await _share(unit, brand, hour=floored(entry.at - BUCKET, HOUR), most=LOOKED_AT)
        named.append(entry if share == 1 else _estimated(entry, share))
    return tuple(named)


async def _share(unit: ScoringUnit, brand: str, *, hour: datetime, most: int) -> float:
    since, until = hour - WITHIN, hour + HOUR + WITHIN
    total = await total_between(unit.session, brand=brand, watch_id=WHOLE_BRAND, since=since, until=until)
    return 1.0 if total <= most else most / total


def _estimated(entry: Entry, share: float) -> Entry:
    detail = f"estimated from {share:.1%} of the posts"
    reasons = tuple(
        replace(reason, detail=detail) if reason.code == Reason.COORDINATED_POSTING else reason
        for reason in entry.figures.reasons
    )
    return replace(entry, figures=replace(entry.figures, reasons=reasons))
