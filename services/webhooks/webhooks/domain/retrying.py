"""When what failed is tried again, and when that has an end.

The pauses are those that Standard Webhooks recommends: about three days in all, so that a receiver may be away over a
weekend. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from datetime import timedelta

PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)

_JITTER = 0.1
_LONGEST_HOLD = timedelta(minutes=5)
_LONGEST_WISH = timedelta(hours=1)


def pause_after(attempt: int, *, chance: float) -> timedelta | None:
    """How long to wait after that many attempts, give or take a tenth (`chance` is 0..1); None if that was the last."""
    if attempt > len(PAUSES):
        return None
    return PAUSES[attempt - 1] * (1 + _JITTER * (2 * chance - 1))


def hold_after(failures: int, *, wished: timedelta | None = None) -> timedelta:
    """How long to leave a receiver alone that failed so often in a row; longer if it wished so, within reason."""
    doubled = min(timedelta(seconds=2 ** min(failures, 30)), _LONGEST_HOLD)
    return max(doubled, min(wished, _LONGEST_WISH)) if wished is not None else doubled
