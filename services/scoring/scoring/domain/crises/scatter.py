"""How much more counts scatter than chance alone would have it."""

import msgspec

# Learnt over about five days; the belief it starts from weighs as much as one.
_KEPT = 1 - 1 / (5 * 288)
_PRIOR_BUCKETS = 288.0
_MOST_SPREADS = 3.0


class Scatter(msgspec.Struct):
    """The part of a variance that chance does not explain, in parts of `scale`. Changes as it learns."""

    prior: float
    extra: float = 0.0
    scale: float = 0.0
    buckets: float = 0.0

    @property
    def value(self) -> float:
        """0 or more: the dispersion of a negative binomial."""
        measured = max(self.extra / self.scale, 0.0) if self.scale else 0.0
        return (self.buckets * measured + _PRIOR_BUCKETS * self.prior) / (self.buckets + _PRIOR_BUCKETS)

    def learn(self, gap: float, *, variance: float, scale: float, weight: float) -> None:
        """Take in how far a count was from what was expected, and the variance that chance gives it.

        A gap of many spreads is an event, and says little of every day; `weight` is less than 1 for events.
        """
        most = _MOST_SPREADS**2 * (variance + self.value * scale) + 1
        faded = 1 - weight * (1 - _KEPT)
        self.extra = self.extra * faded + weight * (min(gap * gap, most) - variance)
        self.scale = self.scale * faded + weight * scale
        self.buckets = self.buckets * faded + weight
