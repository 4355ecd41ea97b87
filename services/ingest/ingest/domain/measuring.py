"""How often a post is measured as it ages, and what a figure gained between two measurements."""

from datetime import datetime, timedelta

# A counter that shows less than half of what it did, where it did show some, began anew.
_HALF = 2
_SOME = 20


def gained(before: int | None, now: int | None, *, is_counted_from_start: bool) -> int | None:
    """What was added to a figure since; None if it is not known now.

    The first figure counts whole if it was counted from the thing's beginning, else not at all. Less than before is a
    correction, and negative, unless it is so much less that the platform must have begun to count anew.
    """
    if now is None:
        return None
    if before is None:
        return now if is_counted_from_start else 0
    has_begun_anew = before >= _SOME and now * _HALF < before
    return now if has_begun_anew else now - before


def next_measurement(
    published_at: datetime, now: datetime, *, share: float, shortest: timedelta, longest: timedelta, until: timedelta
) -> datetime | None:
    """When a post is measured next: after `share` of its age, within bounds; None once it is older than `until`."""
    age = max(now - published_at, timedelta())
    if age >= until:
        return None
    return now + min(max(age * share, shortest), longest)
