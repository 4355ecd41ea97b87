"""Complaints beyond what is usual at this hour, by number and by share, over 5, 15, 60 and 180 minutes."""

from typing import NamedTuple

import msgspec

from scoring.domain.crises.buckets import Bucket
from scoring.domain.crises.rhythm import Rhythm
from scoring.domain.crises.scatter import Scatter
from scoring.domain.crises.surprise import decades, rate_z, share_z

WINDOWS = (1, 3, 12, 36)
# Fewer negatives than these within a window trouble nobody.
LEAST_NEGATIVES = 5
_LONGEST = WINDOWS[-1]
# The usual share is that of about three days; posts of a brand's first hours are helped by a belief.
_SHARE_KEPT = 1 - 1 / (3 * 288)
_PRIOR_SHARE = 0.12
_PRIOR_POSTS = 30.0
_LEARNT_SPREADS = 4.0


class Evidence(NamedTuple):
    """The strongest window: how surprising it is, and what makes it so."""

    surprise: float
    window: int
    observed: float
    baseline: float
    share: float
    usual_share: float
    coordinated: bool


class Negatives(msgspec.Struct):
    """What is usual for a brand's complaints, and its last three hours. Changes as it learns."""

    rhythm: Rhythm = msgspec.field(default_factory=Rhythm)
    negatives: float = _PRIOR_SHARE * _PRIOR_POSTS
    posts: float = _PRIOR_POSTS
    totals: list[int] = msgspec.field(default_factory=list)
    bad: list[int] = msgspec.field(default_factory=list)
    repeated: list[int] = msgspec.field(default_factory=list)
    expected: list[float] = msgspec.field(default_factory=list)
    dispersions: list[Scatter] = msgspec.field(default_factory=lambda: [Scatter(prior=0.15) for _ in WINDOWS])
    correlations: list[Scatter] = msgspec.field(default_factory=lambda: [Scatter(prior=0.005) for _ in WINDOWS])

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
        self._learn(bucket, bad, expected=expected, share=share)
        return found

    def _strongest(self, share: float) -> Evidence:
        best = Evidence(0.0, 1, self.bad[-1], self.expected[-1] * share, 0.0, share, False)
        for at, window in enumerate(WINDOWS):
            total, bad, repeated = (sum(kept[-window:]) for kept in (self.totals, self.bad, self.repeated))
            if bad < LEAST_NEGATIVES:
                continue
            expected = sum(self.expected[-window:]) * share
            whole = self._surprise(at, bad, total, expected=expected, share=share)
            if whole <= best.surprise:
                continue
            # Without the posts that repeat one another, is there still a crisis?
            organic = max(bad - repeated, 0)
            own = self._surprise(at, organic, max(total - repeated, organic), expected=expected, share=share)
            best = Evidence(whole, window, bad, expected, bad / total, share, own < whole / 2)
        return best

    def _surprise(self, at: int, bad: float, total: float, *, expected: float, share: float) -> float:
        """Number and share must both be out of the ordinary: a promotion raises the one, a quiet hour the other."""
        number = rate_z(bad, expected=expected, dispersion=self.dispersions[at].value)
        if not number:
            return 0.0
        return decades(min(number, share_z(bad, total, share=share, correlation=self.correlations[at].value)))

    def _learn(self, bucket: Bucket, bad: int, *, expected: float, share: float) -> None:
        self._learn_scatter(share)
        if bucket.campaign:
            return
        spread = (expected + self.dispersions[0].value * expected * expected) ** 0.5
        total = min(float(bucket.total), expected + _LEARNT_SPREADS * spread + 1)
        self.rhythm.learn(bucket.at, total)
        most = bucket.total * share
        self.negatives = self.negatives * _SHARE_KEPT + min(bad, most + _LEARNT_SPREADS * most**0.5 + 1)
        self.posts = self.posts * _SHARE_KEPT + bucket.total

    def _learn_scatter(self, share: float) -> None:
        for at, window in enumerate(WINDOWS):
            total, bad = sum(self.totals[-window:]), sum(self.bad[-window:])
            expected = sum(self.expected[-window:]) * share
            self.dispersions[at].learn(bad - expected, variance=expected, scale=expected * expected)
            chance = total * share * (1 - share)
            self.correlations[at].learn(bad - total * share, variance=chance, scale=chance * max(total - 1, 0))
