"""How an account does, and why: decided from what is known, the same way everywhere."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec


class HealthStatus(StrEnum):
    """Nothing is wrong; something is, but things come and go; nothing comes or goes any more."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is wrong, and what to do about it."""

    code: str
    detail: str
    remedy: str
    is_grave: bool = False


class FeedSignal(msgspec.Struct, frozen=True, kw_only=True):
    """How one of the account's lists does."""

    name: str
    pause_reason: str | None
    failure_count: int
    last_error: str | None


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """What came to an account in the last day: by its hook, and by its lists."""

    deliveries: int = 0
    unreadable: int = 0
    turned_away: int = 0
    found: int = 0
    missing: int = 0


class Signals(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an account."""

    connected_at: datetime
    takes_deliveries: bool
    last_delivery_at: datetime | None = None
    last_error: str | None = None
    handshake_at: datetime | None = None
    token_expires_at: datetime | None = None
    token_error: str | None = None
    reconnect_since: datetime | None = None
    renews_itself: bool = False
    subscription: str | None = None
    subscription_detail: str | None = None
    silent_since: datetime | None = None
    silence_detail: str | None = None
    measure_error: str | None = None
    day: Day = Day()
    feeds: Sequence[FeedSignal] = ()


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How an account does."""

    status: HealthStatus
    reasons: tuple[Reason, ...]


_EXPIRES_SOON = timedelta(days=3)
_NEVER_HEARD_OF = timedelta(days=1)
_FAILURES = 3
_TURNED_AWAY = 5
_TURNED_AWAY_SHARE = 0.05
_MISSING = 3
_MISSING_SHARE = 0.01
_RECONNECT = "give the account new credentials: PATCH /api/ingest/v1/accounts/{id}"


def assess(signals: Signals, *, now: datetime) -> Health:
    """The status and every reason for it, the gravest first."""
    found = sorted(
        (*_token(signals, now), *_arrivals(signals, now), *_lists(signals)), key=lambda reason: not reason.is_grave
    )
    if not found:
        status = HealthStatus.HEALTHY
    else:
        status = HealthStatus.UNHEALTHY if found[0].is_grave else HealthStatus.DEGRADED
    return Health(status=status, reasons=tuple(found))


def _token(signals: Signals, now: datetime) -> Iterator[Reason]:
    expires_at = signals.token_expires_at
    if signals.reconnect_since is not None:
        detail = signals.token_error or "the platform does not take the account's secrets any more"
        yield Reason(code="needs_reconnect", detail=detail, remedy=_RECONNECT, is_grave=True)
    elif expires_at is not None and expires_at <= now:
        detail = f"the token ran out at {expires_at:%Y-%m-%d %H:%M} UTC"
        yield Reason(code="token_expired", detail=detail, remedy=_RECONNECT, is_grave=True)
    elif signals.token_error is not None:
        remedy = "it is tried again by itself; if it lasts, " + _RECONNECT
        yield Reason(code="token_not_renewed", detail=signals.token_error, remedy=remedy)
    elif expires_at is not None and not signals.renews_itself and expires_at - now < _EXPIRES_SOON:
        detail = f"the token runs out at {expires_at:%Y-%m-%d %H:%M} UTC and cannot be renewed"
        yield Reason(code="token_expires_soon", detail=detail, remedy=_RECONNECT)


def _arrivals(signals: Signals, now: datetime) -> Iterator[Reason]:
    if signals.subscription == "inactive":
        detail = signals.subscription_detail or "the platform does not deliver to this account's hook"
        remedy = "look at the app's permissions and at HUIYING_HTTP__PUBLIC_URL; it is tried again by itself"
        yield Reason(code="subscription_inactive", detail=detail, remedy=remedy, is_grave=True)
    if signals.last_error is not None:
        detail = f"the last delivery could not be read: {signals.last_error}"
        remedy = "it is kept: see GET /api/ingest/v1/deliveries?status=refused, and replay it once it can be read"
        yield Reason(code="delivery_unreadable", detail=detail, remedy=remedy)
    yield from _counts(signals.day)
    if signals.silent_since is not None:
        remedy = "see whether the platform still delivers to this hook"
        yield Reason(code="silent", detail=signals.silence_detail or "far less comes than usual", remedy=remedy)
    is_unheard_of = signals.last_delivery_at is None and signals.handshake_at is None
    if signals.takes_deliveries and is_unheard_of and now - signals.connected_at > _NEVER_HEARD_OF:
        remedy = "give the account's hook address to the platform"
        yield Reason(code="never_delivered", detail="nothing was ever delivered to this account's hook", remedy=remedy)


def _counts(day: Day) -> Iterator[Reason]:
    everything = day.deliveries + day.turned_away
    if day.turned_away >= _TURNED_AWAY and day.turned_away > everything * _TURNED_AWAY_SHARE:
        detail = f"{day.turned_away} of {everything} requests of the last day did not prove that they are genuine"
        remedy = "compare the secret with the platform's; while it is being changed, give both values"
        yield Reason(code="deliveries_turned_away", detail=detail, remedy=remedy, is_grave=not day.deliveries)
    listed = day.found + day.missing
    if day.missing >= _MISSING and day.missing > listed * _MISSING_SHARE:
        detail = f"{day.missing} of {listed} interactions of the last day were not delivered, and found on lists"
        yield Reason(code="deliveries_missing", detail=detail, remedy="nothing is lost; ask the platform about it")


def _lists(signals: Signals) -> Iterator[Reason]:
    for feed in signals.feeds:
        said = f"{feed.name}: {feed.last_error or 'no answer'}"
        if feed.pause_reason == "refused":
            remedy = "grant the permission at the platform, then resume the feed"
            yield Reason(code="feed_refused", detail=said, remedy=remedy)
        elif feed.pause_reason is None and feed.failure_count >= _FAILURES:
            yield Reason(code="feed_failing", detail=said, remedy="it is tried again by itself")
    if signals.measure_error is not None:
        remedy = "grant the permission to read insights at the platform"
        yield Reason(code="measuring_refused", detail=signals.measure_error, remedy=remedy)
