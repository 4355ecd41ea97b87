"""What a brand hears when nothing happens: rhythm of days and weeks, drift, and noise that remembers the last hour."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BUCKETS_A_DAY = 288
DAYS = 28
BUCKETS = DAYS * BUCKETS_A_DAY

Levels = npt.NDArray[np.float64]
Chance = np.random.Generator

_LEAST_AN_HOUR, _MOST_AN_HOUR = 2.0, 300.0
_HOUR, _QUARTER_DAY = 12, 72


@dataclass(frozen=True, kw_only=True)
class Ordinary:
    """Expected posts of each five minutes and the share of negatives among them; `level` is the expected mean."""

    level: float
    rate: Levels
    share: Levels


def draw_ordinary(chance: Chance) -> Ordinary:
    """A brand of 2 to 300 posts an hour, of which 4 to 25 % are negative."""
    level = log_uniform(chance, _LEAST_AN_HOUR, _MOST_AN_HOUR) / 12
    noise = _remembering(chance, spread=chance.uniform(0.05, 0.2), buckets=_HOUR)
    rate = level * _day(chance) * _week(chance) * _drift(chance) * np.exp(noise)
    # Each five minutes have a luck of their own as well: with Poisson counts, a negative binomial.
    shape = chance.uniform(5, 50)
    rate *= chance.gamma(shape, 1 / shape, BUCKETS)
    logit = math.log(1 / log_uniform(chance, 0.04, 0.25) - 1)
    share = 1 / (1 + np.exp(logit + _remembering(chance, spread=chance.uniform(0.05, 0.25), buckets=_QUARTER_DAY)))
    return Ordinary(level=level, rate=rate, share=share)


def log_uniform(chance: Chance, least: float, most: float) -> float:
    """A number between the two, each factor as likely as any other."""
    return math.exp(chance.uniform(math.log(least), math.log(most)))


def _day(chance: Chance) -> Levels:
    """Mean 1; the night is up to thirty times as quiet as the evening."""
    angle = 2 * math.pi * np.arange(BUCKETS) / BUCKETS_A_DAY
    busiest, second = chance.uniform(0, 2 * math.pi, 2)
    shape = np.exp(
        chance.uniform(0.4, 1.3) * np.cos(angle - busiest) + chance.uniform(0, 0.4) * np.cos(2 * angle - second)
    )
    return np.asarray(shape / shape.mean())


def _week(chance: Chance) -> Levels:
    weekdays = np.exp(chance.normal(0, 0.08, 7))
    weekdays[5:] *= log_uniform(chance, 0.6, 1.4)
    return np.asarray(np.repeat((weekdays / weekdays.mean())[np.arange(DAYS) % 7], BUCKETS_A_DAY))


def _drift(chance: Chance) -> Levels:
    """A trend of up to 40 % over the four weeks, and steps from day to day."""
    trend = chance.uniform(-0.4, 0.4) * (np.arange(BUCKETS) / BUCKETS - 0.5)
    steps = np.cumsum(chance.normal(0, 0.05, DAYS + 1))
    return np.asarray(np.exp(trend + np.interp(np.arange(BUCKETS) / BUCKETS_A_DAY, np.arange(DAYS + 1), steps)))


def _remembering(chance: Chance, *, spread: float, buckets: int) -> Levels:
    """Noise of mean 0 whose correlation falls to 1/e in `buckets`."""
    kept = math.exp(-1 / buckets)
    luck = chance.normal(0, spread * math.sqrt(1 - kept**2), BUCKETS)
    noise = np.empty(BUCKETS)
    now = chance.normal(0, spread)
    for at in range(BUCKETS):
        now = noise[at] = kept * now + luck[at]
    return noise
