"""What a detector's own surprises are worth: how often one as strong comes by chance, learnt per series."""

import math

import msgspec

from scoring.domain.crises.buckets import BUCKETS_A_WEEK

# Where an episode begins; below, surprises are everyday.
FLOOR_DECADES = 1.5
_QUIET_BUCKETS = 12
# What a series is believed to be like before it has shown itself, and for how much that counts.
_PRIOR_PER_WEEK = 9.0
_PRIOR_WEEKS = 1.0
_PRIOR_EXCESS = 0.55
_PRIOR_EPISODES = 10.0
# An episode of a real crisis must not teach that crises are usual.
_MOST_EXCESS = 2.0
_LEAST_PER_WEEK = 1e-12
_KEPT = 1 - 1 / (6 * BUCKETS_A_WEEK)


class Episodes(msgspec.Struct):
    """The peaks of the runs above the floor: their number and their mean excess, whose tail is taken as exponential."""

    weeks: float = 0.0
    count: float = 0.0
    excess: float = 0.0
    peak: float = 0.0
    quiet: int = 0

    def learn(self, surprise: float) -> None:
        """Take the next bucket's surprise in; a run counts once it has been quiet for an hour."""
        self.weeks = self.weeks * _KEPT + 1 / BUCKETS_A_WEEK
        self.count *= _KEPT
        self.excess *= _KEPT
        if surprise > FLOOR_DECADES:
            self.peak = max(self.peak, surprise)
            self.quiet = 0
            return
        self.quiet += 1
        if self.peak and self.quiet >= _QUIET_BUCKETS:
            self.count += 1
            self.excess += min(self.peak - FLOOR_DECADES, _MOST_EXCESS)
            self.peak = 0.0

    def per_week(self, surprise: float) -> float:
        """How many episodes a week reach this by chance."""
        often = (self.count + _PRIOR_PER_WEEK * _PRIOR_WEEKS) / (self.weeks + _PRIOR_WEEKS)
        mean = (self.excess + _PRIOR_EXCESS * _PRIOR_EPISODES) / (self.count + _PRIOR_EPISODES)
        # A tail goes on for ever, an answer must not end in a zero that nobody can divide by.
        return max(often * math.exp(-(surprise - FLOOR_DECADES) / mean), _LEAST_PER_WEEK)
