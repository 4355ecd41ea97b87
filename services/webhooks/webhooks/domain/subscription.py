"""The states of a subscription, and what a receiver's answers make of it."""

from datetime import datetime, timedelta

import msgspec

from webhooks.domain.retrying import hold_after

ACTIVE = "active"
DISABLED = "disabled"

STATUSES = (ACTIVE, DISABLED)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a receiver has been doing lately."""

    failing_since: datetime | None = None
    failures: int = 0
    held_until: datetime | None = None
    disabled_reason: str | None = None


def after_success() -> Standing:
    """It took something: all is well."""
    return Standing()


def after_failure(
    before: Standing, *, now: datetime, disable_after: timedelta, wished: timedelta | None, is_gone: bool
) -> Standing:
    """It took nothing. It is left alone for a while, and for good if it says so or nothing has worked for too long."""
    since, failures = before.failing_since or now, before.failures + 1
    reason = None
    if is_gone:
        reason = "the receiver answered 410 Gone"
    elif now - since >= disable_after:
        reason = f"nothing was taken since {since.isoformat()}"
    return Standing(
        failing_since=since,
        failures=failures,
        held_until=now + hold_after(failures, wished=wished),
        disabled_reason=reason,
    )
