"""What people do about alarms: take them on, close them, ask for silence."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select

from huiying.auth.principals import Permission, Principal
from huiying.errors import Conflict, Invalid, NotFound
from huiying.events.alerts import AlertAcknowledged, AlertClosed
from scoring.storage.alerts import change_alert, change_series, open_alerts
from scoring.storage.tables import ALERTS
from scoring.storage.unit import ScoringUnit
from scoring.usecases.tell_alarms import CLOSED, OPEN

ACKNOWLEDGED = "acknowledged"


class AlertIsClosed(Conflict):
    """Nothing can be done about an alert that is over."""

    code = "alert_closed"


async def visible_alert(
    unit: ScoringUnit, alert_id: str, *, principal: Principal, permission: Permission
) -> dict[str, Any]:
    """The alert, locked for who works on it.

    Raises NotFound, also for another brand's, and Forbidden if the role does not permit this.
    """
    query = select(ALERTS).where(ALERTS.c.id == alert_id)
    if permission is Permission.ALERTS_WORK:
        query = query.with_for_update()
    found = (await unit.session.execute(query)).one_or_none()
    if found is None:
        raise NotFound(f"no alert {alert_id}")
    principal.demand(permission, found.brand, what=f"alert {alert_id}")
    return found._asdict()


async def acknowledge(unit: ScoringUnit, alert: dict[str, Any], *, member_id: str) -> dict[str, Any]:
    """Somebody takes the alert on. Twice has the effect of once. Raises AlertIsClosed."""
    _demand_not_closed(alert)
    if alert["status"] == ACKNOWLEDGED:
        return alert
    changes = {"status": ACKNOWLEDGED, "acknowledged_by": member_id}
    await change_alert(unit.session, alert["id"], **changes)
    unit.tell(AlertAcknowledged(**_common(unit, alert), member_id=member_id))
    return alert | changes


async def close(unit: ScoringUnit, alert: dict[str, Any], *, member_id: str | None) -> dict[str, Any]:
    """Somebody says that it is over. Twice has the effect of once."""
    if alert["status"] == CLOSED:
        return alert
    now = unit.clock.now()
    changes = {"status": CLOSED, "closed_by": member_id, "closed_at": now}
    await change_alert(unit.session, alert["id"], **changes)
    unit.tell(AlertClosed(**_common(unit, alert), closed_at=now, member_id=member_id))
    return alert | changes


async def mute(unit: ScoringUnit, alert: dict[str, Any], *, until: datetime) -> None:
    """Tell nothing of the alert's watch until then. Raises Invalid if that has passed."""
    if until <= unit.clock.now():
        raise Invalid(f"{until} has passed", pointer="/until")
    await change_series(unit.session, brand=alert["brand"], watch_id=alert["watch_id"], muted_until=until)


async def close_unwatched(unit: ScoringUnit, brand: str, watch_ids: Collection[str]) -> None:
    """Close the alerts of watches that are no more, or of which nothing is counted."""
    for row in await open_alerts(unit.session, brand, watch_ids, statuses=(OPEN, ACKNOWLEDGED)):
        await close(unit, row._asdict(), member_id=None)


def _demand_not_closed(alert: dict[str, Any]) -> None:
    if alert["status"] == CLOSED:
        raise AlertIsClosed(f"alert {alert['id']} is closed since {alert['closed_at']}")


def _common(unit: ScoringUnit, alert: dict[str, Any]) -> dict[str, Any]:
    return {
        "alert_id": alert["id"],
        "brand": alert["brand"],
        "watch_id": alert["watch_id"],
        "topic": alert["topic"],
        "severity": alert["severity"],
        "occurred_at": unit.clock.now(),
    }
