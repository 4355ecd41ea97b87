"""What happens to a brand now and then: promotions, crises, slow burns, waves of bots."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from simulator.scenarios.ordinary import BUCKETS, BUCKETS_A_DAY, Chance, Levels, Ordinary, log_uniform

_HOUR = 12
# Detectors may learn for four days before the first incident.
_EARLIEST = 4 * BUCKETS_A_DAY
_APART = BUCKETS_A_DAY // 2
_TRIES = 50
_PROMOTIONS = 2.0
_SPOILT_PROMOTIONS = 0.12
_CRISES = (0.75, 0.125, 0.125)
_WAVES = 0.4
# Fewer than these extra negatives an hour at the height trouble nobody, however small the brand.
_LEAST_CRISIS_AN_HOUR = 8.0
_FADED = 0.1


class Kind(StrEnum):
    """What sort of incident. The first four are crises; an alarm about any other is a false one."""

    CRISIS = "crisis"
    """Three to fifteen times the usual volume within 15 to 150 minutes, most of it negative."""
    MURMUR = "murmur"
    """Three to fifteen times the usual negatives, as fast: the volume hardly shows it."""
    SLOW_BURN = "slow_burn"
    """Two and a half to five times the usual negatives, over 8 to 24 hours."""
    SPOILT_PROMOTION = "spoilt_promotion"
    """A crisis within a promotion."""
    PROMOTION = "promotion"
    """Two to eight times the usual volume, as negative as any other day's; every second one is declared."""
    WAVE = "wave"
    """Minutes in which a few authors post the same: every second wave praises, the others attack."""


CRISES = (Kind.CRISIS, Kind.MURMUR, Kind.SLOW_BURN, Kind.SPOILT_PROMOTION)


@dataclass(frozen=True, kw_only=True)
class Incident:
    """From bucket `begins` to before `ends`, and what it adds to each bucket of the four weeks.

    `negative` and `other` are expected posts; `coordinated` is the share of them that repeat one another.
    """

    kind: Kind
    begins: int
    ends: int
    negative: Levels
    other: Levels
    coordinated: float = 0.0
    declared: bool = False


def draw_incidents(chance: Chance, ordinary: Ordinary) -> list[Incident]:
    """The incidents of four weeks, half a day or more apart, save the crises that begin within a promotion."""
    found: list[Incident] = []
    for kind in _draw_kinds(chance):
        for _ in range(_TRIES):
            drawn = _draw(kind, int(chance.integers(_EARLIEST, BUCKETS - _APART)), chance, ordinary)
            if all(drawn[0].ends + _APART < one.begins or one.ends + _APART < drawn[0].begins for one in found):
                found += drawn
                break
    return sorted(found, key=lambda one: one.begins)


def _draw_kinds(chance: Chance) -> list[Kind]:
    crises = int(chance.choice([0, 1, 2], p=[0.3, 0.5, 0.2]))
    kinds = [Kind(one) for one in chance.choice([Kind.CRISIS, Kind.MURMUR, Kind.SLOW_BURN], crises, p=_CRISES)]
    promotions = int(chance.poisson(_PROMOTIONS))
    kinds += [
        Kind.SPOILT_PROMOTION if chance.random() < _SPOILT_PROMOTIONS else Kind.PROMOTION for _ in range(promotions)
    ]
    return kinds + [Kind.WAVE] * int(chance.random() < _WAVES)


def _draw(kind: Kind, begins: int, chance: Chance, ordinary: Ordinary) -> list[Incident]:
    match kind:
        case Kind.WAVE:
            return [_draw_wave(begins, chance, ordinary)]
        case Kind.PROMOTION:
            return [_draw_promotion(begins, chance, ordinary)]
        case Kind.SPOILT_PROMOTION:
            promotion = _draw_promotion(begins, chance, ordinary)
            later = min(begins + int(chance.uniform(1, 4) * _HOUR), BUCKETS - 2 * _HOUR)
            return [promotion, _draw_crisis(kind, later, chance, ordinary)]
        case _:
            return [_draw_crisis(kind, begins, chance, ordinary)]


def _draw_promotion(begins: int, chance: Chance, ordinary: Ordinary) -> Incident:
    rise, plateau, half_life = chance.uniform([2, _HOUR, _HOUR], [_HOUR, 8 * _HOUR, 4 * _HOUR])
    shape = _shape(begins, rise=rise, power=1.0, plateau=plateau, half_life=half_life)
    posts = (log_uniform(chance, 2, 8) - 1) * ordinary.level * shape
    return Incident(
        kind=Kind.PROMOTION,
        begins=begins,
        ends=_end(begins, shape),
        negative=posts * ordinary.share,
        other=posts * (1 - ordinary.share),
        declared=bool(chance.random() < 0.5),
    )


def _draw_crisis(kind: Kind, begins: int, chance: Chance, ordinary: Ordinary) -> Incident:
    usual_negative = ordinary.level * float(ordinary.share.mean())
    if kind is Kind.SLOW_BURN:
        height = (log_uniform(chance, 2.5, 5) - 1) * usual_negative
        rise, plateau, half_life = chance.uniform([8, 6, 6], [24, 12, 12]) * _HOUR
    else:
        usual = usual_negative if kind is Kind.MURMUR else ordinary.level
        height = (log_uniform(chance, 3, 15) - 1) * usual
        rise, plateau, half_life = chance.uniform([0.25, 0.5, 1], [2.5, 3, 6]) * _HOUR
    shape = _shape(begins, rise=rise, power=chance.uniform(1, 2), plateau=plateau, half_life=half_life)
    # People also forward it, ask whether it is true, and defend the brand.
    share = chance.uniform(0.5, 0.85)
    if kind in {Kind.MURMUR, Kind.SLOW_BURN}:
        height /= share
    posts = max(height, _LEAST_CRISIS_AN_HOUR / _HOUR / share) * shape
    return Incident(
        kind=kind, begins=begins, ends=_end(begins, shape), negative=posts * share, other=posts * (1 - share)
    )


def _draw_wave(begins: int, chance: Chance, ordinary: Ordinary) -> Incident:
    buckets = int(chance.integers(3, 19))
    shape = np.zeros(BUCKETS)
    shape[begins : begins + buckets] = 1 / buckets
    posts = max(15.0, chance.uniform(0.5, 4) * ordinary.level * _HOUR) * shape
    share = chance.choice([0.9, 0.05])
    return Incident(
        kind=Kind.WAVE,
        begins=begins,
        ends=begins + buckets,
        negative=posts * share,
        other=posts * (1 - share),
        coordinated=float(chance.uniform(0.75, 0.95)),
    )


def _shape(begins: int, *, rise: float, power: float, plateau: float, half_life: float) -> Levels:
    """0 before, 1 at the height, then half of it every `half_life`; all in buckets."""
    since = np.arange(BUCKETS) - begins + 1.0
    risen = np.clip(since / rise, 0, 1) ** power
    fallen = 0.5 ** (np.maximum(since - rise - plateau, 0) / half_life)
    return np.asarray(np.where(risen < 1, risen, fallen))


def _end(begins: int, shape: Levels) -> int:
    """The first bucket after the height in which nearly all of it is over."""
    height = int(shape.argmax())
    return height + int(np.count_nonzero(shape[height:] > _FADED))
