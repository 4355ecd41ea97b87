"""What is usual at this hour, learnt from what came before."""

from datetime import datetime

import msgspec

_HOURS = 24
_BUCKETS_AN_HOUR = 12
# An hour of the day is remembered for about ten days, the pace of late for about twelve hours.
_DAYS_KEPT = 10
_PACE_KEPT = 1 - 1 / 144
# A pace is believed once about so many posts speak for it.
_PACE_PRIOR = 5.0
_LEAST = 1e-3


class Rhythm(msgspec.Struct):
    """Expected posts of a bucket: a profile of the hours of the day times the pace of the last half day.

    Changes as it learns; a detector's state is folded forward, not kept in versions.
    """

    hours: list[float] = msgspec.field(default_factory=lambda: [0.0] * _HOURS)
    seen: list[int] = msgspec.field(default_factory=lambda: [0] * _HOURS)
    came: float = 0.0
    expected: float = 0.0

    def expect(self, at: datetime) -> float:
        """Posts in the bucket that begins at `at`; never quite nothing."""
        return max(self._profile(at) * self._pace(), _LEAST)

    def learn(self, at: datetime, count: float) -> None:
        """Remember a bucket. What is out of the ordinary is to be capped before."""
        profile = self._profile(at)
        self.came = self.came * _PACE_KEPT + count
        self.expected = self.expected * _PACE_KEPT + profile
        hour = at.hour
        self.seen[hour] = min(self.seen[hour] + 1, _DAYS_KEPT * _BUCKETS_AN_HOUR)
        self.hours[hour] += (count - self.hours[hour]) / self.seen[hour]

    def _pace(self) -> float:
        return (self.came + _PACE_PRIOR) / (self.expected + _PACE_PRIOR)

    def _profile(self, at: datetime) -> float:
        """Between the middles of two hours it changes evenly; an hour not seen yet is like its neighbour."""
        position = at.hour + at.minute / 60 - 0.5
        left = int(position // 1) % _HOURS
        right = (left + 1) % _HOURS
        if not self.seen[left] or not self.seen[right]:
            return self.hours[left if self.seen[left] else right]
        return self.hours[left] + (self.hours[right] - self.hours[left]) * (position % 1)
