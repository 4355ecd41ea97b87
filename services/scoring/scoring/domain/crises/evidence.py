"""What speaks for an incident at one bucket."""

from typing import NamedTuple


class Evidence(NamedTuple):
    """The strongest window of `window` buckets: how surprising it is in decades, what it holds and what was expected.

    `share` is that of negatives; `coordinated` says that posts repeating one another make up most of the surprise.
    """

    surprise: float
    window: int
    observed: int
    baseline: float
    share: float = 0.0
    coordinated: bool = False
