"""More posts than a series has shown: bursts of five minutes and busy hours, whatever people say in them."""

import msgspec

from scoring.domain.crises.buckets import BUCKETS_A_DAY, Bucket
from scoring.domain.crises.evidence import Evidence
from scoring.domain.crises.recent import keep
from scoring.domain.crises.tail import Tail

_HOUR = 12
_HALF_DAY = BUCKETS_A_DAY // 2


class Volume(msgspec.Struct):
    """The mean of two tails: five minutes against the last half day, an hour against the last day.

    The first looks at fourth roots, in which bursts of a quiet and of a busy day scatter alike; the second at posts,
    which only something big can move. Changes as it learns.
    """

    counts: list[int] = msgspec.field(default_factory=list)
    roots: list[float] = msgspec.field(default_factory=list)
    hours: list[int] = msgspec.field(default_factory=list)
    bursts: Tail = msgspec.field(default_factory=Tail)
    busy: Tail = msgspec.field(default_factory=Tail)

    def take(self, bucket: Bucket) -> Evidence:
        """Judge a bucket by what came before it, then learn from it."""
        keep(self.counts, bucket.total, most=_HOUR)
        root, hour = bucket.total**0.25, sum(self.counts)
        usual = sum(self.hours) / len(self.hours) if self.hours else float(hour)
        burst = self.bursts.take(root - sum(self.roots) / len(self.roots) if self.roots else 0.0)
        surprise = (burst + self.busy.take(hour - usual)) / 2
        keep(self.roots, root, most=_HALF_DAY)
        keep(self.hours, hour, most=BUCKETS_A_DAY)
        return Evidence(0.0 if bucket.campaign else surprise, _HOUR, hour, usual)
