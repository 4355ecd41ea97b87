"""Complaints beyond what is usual at this hour and at this volume, over 5, 15, 60 and 180 minutes."""

import msgspec

from scoring.domain.crises.buckets import Bucket
from scoring.domain.crises.evidence import Evidence
from scoring.domain.crises.rhythm import Rhythm
from scoring.domain.crises.scatter import Scatter
from scoring.domain.crises.surprise import decades, rate_z

WINDOWS = (1, 3, 12, 36)
# Fewer negatives than these within a window trouble nobody.
LEAST_NEGATIVES = 4
_LONGEST = WINDOWS[-1]
# The usual share is that of about three days; posts of a brand's first hours are helped by a belief.
_SHARE_KEPT = 1 - 1 / (3 * 288)
_PRIOR_SHARE = 0.12
_PRIOR_POSTS = 30.0
_PRIOR_DISPERSION = 0.05
_LEARNT_SPREADS = 3.0
# From here on it is an event, from which a brand's every day is learnt at a tenth of the pace.
_EVENT_DECADES = 3.0
_EVENT_WEIGHT = 0.1


class Negatives(msgspec.Struct):
    """What is usual for a brand's complaints, and its last three hours. Changes as it learns."""

    rhythm: Rhythm = msgspec.field(default_factory=Rhythm)
    negatives: float = _PRIOR_SHARE * _PRIOR_POSTS
    posts: float = _PRIOR_POSTS
    totals: list[int] = msgspec.field(default_factory=list)
    bad: list[int] = msgspec.field(default_factory=list)
    repeated: list[int] = msgspec.field(default_factory=list)
    expected: list[float] = msgspec.field(default_factory=list)
    dispersions: list[Scatter] = msgspec.field(
        default_factory=lambda: [Scatter(prior=_PRIOR_DISPERSION) for _ in WINDOWS]
    )

    @property
    def usual_share(self) -> float:
        """Of all posts, those that are negative."""
        return self.negatives / self.posts

    def take(self, bucket: Bucket) -> Evidence:
        """Judge a bucket by what came before it, then learn from it."""
        bad = bucket.negative or 0
        expected = self.rhythm.expect(bucket.at)
        share = self.usual_share
        for kept, new in ((self.totals, bucket.total), (self.bad, bad), (self.repeated, bucket.coordinated)):
            kept.append(new)
            del kept[:-_LONGEST]
        self.expected.append(expected)
        del self.expected[:-_LONGEST]
        found = self._strongest(share)
        self._learn(
            bucket,
            bad,
            expected=expected,
            share=share,
            weight=_EVENT_WEIGHT if found.surprise > _EVENT_DECADES else 1.0,
        )
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

    def _learn(self, bucket: Bucket, bad: int, *, expected: float, share: float, weight: float) -> None:
        for at, window in enumerate(WINDOWS):
            total, seen = sum(self.totals[-window:]), sum(self.bad[-window:])
            mean = self._expected(window, total - seen, share)
            self.dispersions[at].learn(seen - mean, variance=mean, scale=mean * mean, weight=weight)
        if not bucket.campaign:
            total = min(
                float(bucket.total), expected + _LEARNT_SPREADS * (expected + 0.1 * expected * expected) ** 0.5 + 1
            )
            self.rhythm.learn(bucket.at, total)
        most = bucket.total * share
        self.negatives += weight * (
            min(bad, most + _LEARNT_SPREADS * most**0.5 + 1) - (1 - _SHARE_KEPT) * self.negatives
        )
        self.posts += weight * (bucket.total - (1 - _SHARE_KEPT) * self.posts)
