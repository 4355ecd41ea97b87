"""How often something may be done: an allowance that is spent at once or bit by bit, and grows back steadily.

The generic cell rate algorithm: all that is kept is the instant at which the allowance will be whole again.
"""

from datetime import datetime, timedelta


def wait_for(whole_at: datetime | None, *, count: int, per: timedelta, now: datetime) -> timedelta:
    """How long until it may be done once more; nothing if it may now."""
    if whole_at is None:
        return timedelta()
    return max(whole_at - (per - per / count) - now, timedelta())


def spend(whole_at: datetime | None, *, count: int, per: timedelta, now: datetime) -> datetime:
    """When the allowance is whole again, after it was done once more."""
    return max(whole_at or now, now) + per / count
