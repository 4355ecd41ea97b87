"""A brand's four weeks: what had arrived when each five minutes were judged, and what really went on."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from simulator.scenarios.incidents import Incident, Kind, draw_incidents
from simulator.scenarios.ordinary import BUCKETS, Chance, draw_ordinary

Counts = npt.NDArray[np.int64]

START = datetime(2026, 3, 2, tzinfo=UTC)
BUCKET_MINUTES = 5

# A detector is built and adjusted on the first hundred brands. The others are for the last measurement.
DEVELOPMENT_SEEDS = tuple(range(100))
FINAL_SEEDS = tuple(range(100, 200))

_USUALLY_ALIKE = 0.02
_OUTAGES = 0.3


@dataclass(frozen=True, kw_only=True)
class Series:
    """Counts per five minutes, as far as the posts had arrived when they were judged; `late` came afterwards.

    `coordinated` posts repeat others; they are among `total`. `campaign` says where a promotion was declared.
    `expected_negative` are those that only who draws the series knows: without crises and waves, with promotions.
    """

    seed: int
    start: datetime
    total: Counts
    negative: Counts
    coordinated: Counts
    late: Counts
    campaign: npt.NDArray[np.bool_]
    expected_negative: npt.NDArray[np.float64]
    incidents: tuple[Incident, ...]


def make_series(seed: int) -> Series:
    """The four weeks of one brand; the same for the same seed."""
    chance = np.random.default_rng([20260302, seed])
    ordinary = draw_ordinary(chance)
    incidents = draw_incidents(chance, ordinary)
    posts = chance.poisson(ordinary.rate)
    negative = chance.binomial(posts, ordinary.share)
    other = posts - negative
    coordinated = chance.binomial(posts, _USUALLY_ALIKE)
    campaign = np.zeros(BUCKETS, dtype=np.bool_)
    expected = ordinary.rate * ordinary.share
    for one in incidents:
        bad, rest = chance.poisson(one.negative), chance.poisson(one.other)
        negative, other = negative + bad, other + rest
        coordinated = coordinated + chance.binomial(bad + rest, one.coordinated)
        campaign[one.begins : one.ends] |= one.declared
        expected += one.negative * (one.kind is Kind.PROMOTION)
    in_time = _in_time(chance)
    seen_negative, seen_other = chance.binomial(negative, in_time), chance.binomial(other, in_time)
    seen = seen_negative + seen_other
    return Series(
        seed=seed,
        start=START,
        total=seen,
        negative=seen_negative,
        coordinated=np.minimum(chance.binomial(coordinated, in_time), seen),
        late=negative + other - seen,
        campaign=campaign,
        expected_negative=expected * in_time,
        incidents=tuple(incidents),
    )


def _in_time(chance: Chance) -> npt.NDArray[np.float64]:
    """How likely a post has arrived when its five minutes are judged; now and then a platform sends nothing."""
    likely = np.full(BUCKETS, 1 - chance.uniform(0, 0.08))
    if chance.random() < _OUTAGES:
        begins = int(chance.integers(0, BUCKETS))
        likely[begins : begins + int(chance.integers(3, 13))] = 0
    return likely
