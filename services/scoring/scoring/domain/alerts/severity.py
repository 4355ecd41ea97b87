"""How bad an alarm is, from 1 to 5: by its odds, its volume and growth, who hears it, and what is at risk."""

import math
from datetime import datetime
from typing import NamedTuple

import msgspec

from huiying.events.assessments import Reason
from scoring.domain.alerts.counts import Counts
from scoring.domain.crises.buckets import Signal

_WORST = 5
# It rises at once; it falls when half an hour has been less severe, so that it does not flap.
_CALM_BUCKETS = 6
_QUARTER = 3
_LEAST_WEIGHT = 0.05


class Severity(NamedTuple):
    """A level, and the reasons whose weights add up to it."""

    level: int
    reasons: tuple[Reason, ...]


class Episode(msgspec.Struct, kw_only=True):
    """What an alarm has come to so far. Changes as it goes on."""

    opened_at: datetime
    level: int = 0
    lower: int = 0
    counts: Counts = Counts()
    negatives: list[int] = msgspec.field(default_factory=list)

    @property
    def growth(self) -> float:
        """Negatives of the last quarter of an hour for each one of the quarter before."""
        last, before = sum(self.negatives[-_QUARTER:]), sum(self.negatives[-2 * _QUARTER : -_QUARTER])
        return (last + 1) / (before + 1)


def severity_of(episode: Episode, signal: Signal, counts: Counts) -> Severity:
    """The severity after one more bucket, in which there was so much."""
    episode.counts = episode.counts.plus(counts)
    episode.negatives = [*episode.negatives, counts.negative][-2 * _QUARTER :]
    weights = _weights(episode, signal)
    level = max(1, min(_WORST, round(sum(weights.values()))))
    episode.lower = episode.lower + 1 if level < episode.level else 0
    if level > episode.level or episode.lower >= _CALM_BUCKETS:
        episode.level, episode.lower = level, 0
    found = [Reason(code=code, weight=round(weight, 2)) for code, weight in weights.items() if weight >= _LEAST_WEIGHT]
    # What the detector saw says why there is an alarm at all, and adds nothing to how bad it is.
    seen = [Reason(code=reason.value, weight=0.0) for reason in signal.reasons]
    return Severity(episode.level, (*found, *seen))


def _weights(episode: Episode, signal: Signal) -> dict[str, float]:
    """What each adds, at most. All grow with the logarithm: ten times as much is one step worse, not ten."""
    excess = max(signal.observed - signal.baseline, 0.0)
    counts = episode.counts
    return {
        "odds": min(math.log10(1 + signal.odds) / 3, 1.0),
        "volume": min(math.log10(1 + excess) / 1.5, 2.0),
        "ratio": min(math.log2(max(signal.ratio, 1.0)) / 8, 0.5),
        "growth": min(math.log2(max(episode.growth, 1.0)) / 4, 0.5),
        "reach": min(math.log10(1 + counts.reach) / 10, 0.7),
        "risk": min(math.log10(1 + counts.risky) / 2, 1.0),
        "influencers": min(math.log10(1 + counts.influential) / 2, 0.5),
    }
