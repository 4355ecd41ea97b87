"""Counts per minute: what a batch adds to them, and the buckets that a detector reads."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from scoring.domain.alerts.observation import INFLUENTIAL_FOLLOWERS, Countable
from scoring.domain.alerts.watch import Watch
from scoring.domain.crises.buckets import BUCKET, Bucket

MINUTE = timedelta(minutes=1)
KEPT = timedelta(days=35)
"""Counts of older minutes are forgotten; five weeks hold every weekday and hour often enough."""


class Place(NamedTuple):
    """A minute of a watch. Sorting by all of it is the order in which replicas lock rows."""

    brand: str
    watch_id: str
    minute: datetime


class Counts(NamedTuple):
    """What happened: all, the negative ones, and of these those that name a grave risk, and who wrote them."""

    total: int = 0
    negative: int = 0
    risky: int = 0
    influential: int = 0
    reach: int = 0
    coordinated: int = 0

    def plus(self, other: "Counts") -> "Counts":
        """Both together."""
        return Counts(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


def counts_of(observed: Countable) -> Counts:
    """What one thing adds to the minute in which it was said."""
    followers = observed.followers or 0
    if not observed.is_negative:
        return Counts(total=1, risky=int(observed.is_grave))
    return Counts(
        total=1,
        negative=1,
        risky=int(observed.is_grave),
        influential=int(followers >= INFLUENTIAL_FOLLOWERS),
        reach=followers,
    )


def additions(observed: Iterable[tuple[Countable, Sequence[Watch]]]) -> dict[Place, Counts]:
    """What a batch adds, each with the watches that it belongs to; in the order of the places."""
    found: dict[Place, Counts] = {}
    for one, watches in observed:
        minute, adds = floored(one.occurred_at, MINUTE), counts_of(one)
        for watch in watches:
            place = Place(one.brand, watch.id, minute)
            found[place] = found[place].plus(adds) if place in found else adds
    return dict(sorted(found.items()))


def folded(minutes: Iterable[tuple[datetime, Counts]], *, since: datetime, until: datetime) -> list[Counts]:
    """The sums of every five minutes from `since` to `until`, without a gap."""
    sums = [Counts()] * ((until - since) // BUCKET)
    for minute, counts in minutes:
        if since <= minute < until:
            at = (minute - since) // BUCKET
            sums[at] = sums[at].plus(counts)
    return sums


def buckets(
    sums: Sequence[Counts], *, since: datetime, campaigns: Sequence[tuple[datetime, datetime]] = ()
) -> Iterator[Bucket]:
    """What the detector reads: the sums from `since` on; in a campaign, from and to, volume is expected."""
    for number, counts in enumerate(sums):
        at = since + number * BUCKET
        yield Bucket(
            at=at,
            total=counts.total,
            negative=counts.negative,
            campaign=any(begins < at + BUCKET and at < ends for begins, ends in campaigns),
            coordinated=min(counts.coordinated, counts.total),
        )


def floored(instant: datetime, size: timedelta) -> datetime:
    """The beginning of the minute, or of the five, in which an instant lies, in UTC."""
    moment = instant.astimezone(UTC)
    return moment - (moment - moment.replace(hour=0, minute=0, second=0, microsecond=0)) % size


def by_minute(rows: Iterable[tuple[datetime, Counts]]) -> Mapping[datetime, Counts]:
    """The counts, by their minute."""
    return dict(rows)
