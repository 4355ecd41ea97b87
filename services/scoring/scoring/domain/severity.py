"""How bad an alarm is, from 1 to 5: by its odds, its volume and growth, who hears it, and what is at risk."""

import math
from datetime import datetime
from typing import NamedTuple

import msgspec

from huiying.events.assessments import Reason
from scoring.domain.counts import Counts
from scoring.domain.crises.buckets import Signal

_WORST = 5
_CALM_BUCKETS = 6


class Severity(NamedTuple):
    """A level and what adds up to it."""

    level: int
    reasons: tuple[Reason, ...]


class Episode(msgspec.Struct, kw_only=True):
    """What an alarm has come to so far. Changes as it goes on."""

    opened_at: datetime
    level: int = 0
    lower: int = 0
    counts: Counts = Counts()


def severity_of(episode: Episode, signal: Signal, counts: Counts) -> Severity:
    """The severity after one more bucket. It rises at once, and falls after half an hour that was less severe."""
    episode.counts = episode.counts.plus(counts)
    reasons = _reasons(signal, episode.counts)
    level = max(1, min(_WORST, round(sum(reason.weight for reason in reasons))))
    if level >= episode.level:
        episode.level, episode.lower = level, 0
    else:
        episode.lower += 1
        if episode.lower >= _CALM_BUCKETS:
            episode.level, episode.lower = level, 0
    return Severity(episode.level, reasons)


def _reasons(signal: Signal, counts: Counts) -> tuple[Reason, ...]:
    weights = {
        "odds": min(math.log10(1 + signal.odds) / 3, 1.0),
        "volume": min(math.log10(1 + max(signal.observed - signal.baseline, 0)) / 1.5, 2.0),
        "ratio": min(math.log2(max(signal.ratio, 1.0)) / 4, 1.0),
        "reach": min(math.log10(1 + counts.reach) / 8, 0.7),
        "risk": min(counts.risky / 20, 1.0),
        "influencers": min(counts.influential / 5, 0.5),
    }
    found = [Reason(code=code, weight=round(weight, 2)) for code, weight in weights.items() if weight >= 0.05]
    return (*found, *(Reason(code=reason.value, weight=0.0) for reason in signal.reasons))
