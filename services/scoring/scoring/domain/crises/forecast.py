"""How many negatives the next hours may bring: what is usual at those hours, and an excess that fades."""

import math
from datetime import datetime, timedelta

from huiying.errors import Invalid
from huiying.events.envelope import Value
from scoring.domain.crises.buckets import BUCKET
from scoring.domain.crises.detector import DetectorState
from scoring.domain.crises.negatives import WINDOWS, Negatives

MOST_HOURS = 24

_HOUR = timedelta(hours=1)
_BUCKETS_AN_HOUR = _HOUR // BUCKET
# Fitted to simulated crises, as a whole: growth of the last hour carried on made forecasts worse.
_KEPT_AN_HOUR = 0.5 ** (1 / 3)
# The variance of an excess, in parts of its square: now, and added with every hour ahead.
_EXCESS_SCATTER, _EXCESS_SCATTER_AN_HOUR = 0.05, 0.2
# Eight of ten outcomes should lie between low and high.
_SPREADS = 1.2816


class Band(Value, frozen=True, kw_only=True):
    """Negative posts within the hour that begins at `at`; eight of ten times between `low` and `high`."""

    at: datetime
    low: float
    middle: float
    high: float


def forecast(state: DetectorState, *, now: datetime, hours: int) -> list[Band]:
    """Bands for each of the next `hours`, 1 to 24; `now` is the end of the last bucket that `state` has seen."""
    if not 1 <= hours <= MOST_HOURS:
        raise Invalid(f"a forecast is for 1 to {MOST_HOURS} hours, not {hours}")
    negatives = state.negatives
    share = negatives.usual_share
    excess = _excess(negatives)
    scatter = negatives.dispersions[WINDOWS.index(_BUCKETS_AN_HOUR)].value
    bands = []
    for ahead in range(hours):
        begins = now + ahead * _HOUR
        usual = share * sum(negatives.rhythm.expect(begins + number * BUCKET) for number in range(_BUCKETS_AN_HOUR))
        excess *= _KEPT_AN_HOUR
        middle = usual + excess
        uncertain = _EXCESS_SCATTER + _EXCESS_SCATTER_AN_HOUR * (ahead + 1)
        bands.append(_band(begins, middle, extra=scatter * usual * usual + uncertain * excess * excess))
    return bands


def _excess(negatives: Negatives) -> float:
    """Negatives beyond the usual in the last hour, less what luck alone tends to bring."""
    usual = negatives.usual_share * sum(negatives.expected[-_BUCKETS_AN_HOUR:])
    excess = max(sum(negatives.bad[-_BUCKETS_AN_HOUR:]) - usual, 0.0)
    return excess**3 / (excess**2 + usual + 1)


def _band(at: datetime, middle: float, *, extra: float) -> Band:
    """A log-normal with the variance of a count whose mean is itself uncertain by `extra`."""
    spread = math.sqrt(math.log(1 + (middle + extra) / max(middle, 0.5) ** 2))
    factor = math.exp(_SPREADS * spread)
    return Band(at=at, low=middle / factor, middle=middle, high=middle * factor)
