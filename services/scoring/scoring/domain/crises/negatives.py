"""Complaints beyond what is usual at this hour and at this volume, over 5 to 180 minutes."""

import math

import msgspec

from scoring.domain.crises.buckets import Bucket
from scoring.domain.crises.evidence import Evidence
from scoring.domain.crises.recent import keep
from scoring.domain.crises.rhythm import Rhythm
from scoring.domain.crises.scatter import Scatter
from scoring.domain.crises.surprise import decades, rate_z

# Close to one another where alarms must be quick, so that a rise fits one of them.
WINDOWS = (1, 2, 3, 6, 12, 36)
# Fewer negatives than these within a window trouble nobody.
LEAST_NEGATIVES = 4
_LONGEST = WINDOWS[-1]
# The usual share is that of about three days, and of these posts that every brand is believed to have had.
_SHARE_FADES = 1 / (3 * 288)
_PRIOR_SHARE = 0.12
_PRIOR_POSTS = 10.0
_PRIOR_DISPERSION = 0.05
# A bucket teaches no more than so many spreads beyond what was expected, of a volume that scatters like this.
_LEARNT_SPREADS = 3.0
_VOLUME_DISPERSION = 0.1
# From here on it is an event, from which a brand's every day is learnt at a tenth of the pace.
_EVENT_DECADES = 3.0
_EVENT_WEIGHT = 0.1


class Negatives(msgspec.Struct):
    """What is usual for a brand's complaints, and its last three hours. Changes as it learns."""

    rhythm: Rhythm = msgspec.field(default_factory=Rhythm)
    negatives: float = 0.0
    posts: float = 0.0
    totals: list[int] = msgspec.field(default_factory=list)
    bad: list[int] = msgspec.field(default_factory=list)
    repeated: list[int] = msgspec.field(default_factory=list)
    expected: list[float] = msgspec.field(default_factory=list)
    dispersions: list[Scatter] = msgspec.field(
        default_factory=lambda: [Scatter(prior=_PRIOR_DISPERSION) for _ in WINDOWS]
    )

    @property
    def usual_share(self) -> float:
        """Of all posts, those that are negative: above 0 and below 1."""
        return (self.negatives + _PRIOR_SHARE * _PRIOR_POSTS) / (self.posts + _PRIOR_POSTS)

    def take(self, bucket: Bucket) -> Evidence:
        """Judge a bucket by what came before it, then learn from it."""
        expected, share = self.rhythm.expect(bucket.at), self.usual_share
        keep(self.totals, bucket.total, most=_LONGEST)
        keep(self.bad, bucket.negative or 0, most=_LONGEST)
        keep(self.repeated, bucket.coordinated, most=_LONGEST)
        keep(self.expected, expected, most=_LONGEST)
        found = self._strongest(share)
        weight = _EVENT_WEIGHT if found.surprise > _EVENT_DECADES else 1.0
        self._learn_scatter(share, weight=weight)
        self._learn_share(share, weight=weight)
        if not bucket.campaign:
            self.rhythm.learn(bucket.at, _capped(bucket.total, expected, dispersion=_VOLUME_DISPERSION))
        return found

    def _strongest(self, share: float) -> Evidence:
        best = Evidence(0.0, 1, self.bad[-1], self.expected[-1] * share)
        for at, window in enumerate(WINDOWS):
            total, bad = sum(self.totals[-window:]), sum(self.bad[-window:])
            if bad < LEAST_NEGATIVES:
                continue
            expected = self._expected(window, total - bad, share)
            dispersion = self.dispersions[at].value
            whole = decades(rate_z(bad, expected=expected, dispersion=dispersion))
            if whole <= best.surprise:
                continue
            # Without the posts that repeat one another, is there still a crisis?
            organic = max(bad - sum(self.repeated[-window:]), 0)
            own = decades(rate_z(organic, expected=expected, dispersion=dispersion))
            best = Evidence(whole, window, bad, expected, bad / total, own < whole / 2)
        return best

    def _expected(self, window: int, others: int, share: float) -> float:
        """Negatives of an everyday window with as many other posts: a promotion brings both. Never below the hour's."""
        return share * max(sum(self.expected[-window:]), others / (1 - share))

    def _learn_scatter(self, share: float, *, weight: float) -> None:
        for at, window in enumerate(WINDOWS):
            bad = sum(self.bad[-window:])
            mean = self._expected(window, sum(self.totals[-window:]) - bad, share)
            self.dispersions[at].learn(bad - mean, variance=mean, scale=mean * mean, weight=weight)

    def _learn_share(self, share: float, *, weight: float) -> None:
        total, bad = self.totals[-1], self.bad[-1]
        self.negatives += weight * (_capped(bad, total * share, dispersion=0.0) - _SHARE_FADES * self.negatives)
        self.posts += weight * (total - _SHARE_FADES * self.posts)


def _capped(count: int, mean: float, *, dispersion: float) -> float:
    return min(float(count), mean + _LEARNT_SPREADS * math.sqrt(mean + dispersion * mean * mean) + 1)
