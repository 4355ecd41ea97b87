"""What a detector is told and what it answers."""

from datetime import datetime, timedelta
from enum import StrEnum

from huiying.events.envelope import Value

BUCKET = timedelta(minutes=5)
BUCKETS_A_DAY = 288
BUCKETS_A_WEEK = 7 * BUCKETS_A_DAY


class Bucket(Value, frozen=True, kw_only=False):
    """What came within five minutes from `at`; buckets follow one another without a gap, also where nothing came.

    `negative` is among `total`; None says that nobody told feelings apart, and then volume alone decides. In a declared
    `campaign` volume is expected. `coordinated` posts, among `total` too, repeat others or come from a few authors.
    """

    at: datetime
    total: int
    negative: int | None = None
    campaign: bool = False
    coordinated: int = 0


class Reason(StrEnum):
    """Why a signal is what it is."""

    NEGATIVES_SURGE = "negatives_surge"
    VOLUME_SURGE = "volume_surge"
    COORDINATED_POSTING = "coordinated_posting"
    CAMPAIGN = "campaign"


class Signal(Value, frozen=True, kw_only=True):
    """What a bucket says, given only those before it.

    `score` is 0 to 1, one half where an alarm is due; `onset` marks the bucket where one begins, `active` those until
    it is over; `news` is what is stronger than all of the 18 hours before. `observed` and `baseline` are posts
    (negative ones where they are known) within `window_minutes`, `ratio` is the one over the other. `odds` says how
    many weeks pass on average until chance alone does as much.
    """

    at: datetime
    score: float
    news: bool
    onset: bool
    active: bool
    reasons: tuple[Reason, ...]
    observed: int
    baseline: float
    ratio: float
    negative_share: float
    window_minutes: int
    odds: float
