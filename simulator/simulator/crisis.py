"""A wave of complaints about a product's safety, growing over minutes."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Crisis:
    """When it starts, how long it takes to its peak and then to half of it, and how many times the usual that is."""

    begins_at: datetime
    grows_for: timedelta = timedelta(minutes=20)
    halves_in: timedelta = timedelta(minutes=30)
    peak: float = 8.0

    def strength(self, moment: datetime) -> float:
        """How many crisis posts come for each ordinary one: 0 before, `peak` at the height."""
        since = (moment - self.begins_at).total_seconds()
        if since < 0:
            return 0.0
        grown = since / self.grows_for.total_seconds()
        if grown < 1:
            # Everybody who reads it tells a few others: slow at first, then all at once.
            return self.peak * math.expm1(4 * grown) / math.expm1(4)
        over = since - self.grows_for.total_seconds()
        return float(self.peak * 0.5 ** (over / self.halves_in.total_seconds()))
