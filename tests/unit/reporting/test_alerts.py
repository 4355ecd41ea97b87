"""Alerts count once, by how severe they were when they opened."""

from datetime import timedelta

from huiying.events.alerts import AlertOpened
from tests.unit.reporting.facts import NOON
from tests.unit.reporting.world import Reporting


def an_alert(name: str, *, severity: int = 3) -> AlertOpened:
    """Something unusual started at noon."""
    return AlertOpened(
        alert_id=name,
        brand="tea",
        watch_id="",
        severity=severity,
        occurred_at=NOON + timedelta(minutes=5),
        opened_at=NOON,
        detected_at=NOON + timedelta(minutes=8),
        baseline=1.5,
        observed=20,
        ratio=13.3,
    )


async def test_an_alert_counts_once_however_often_it_is_told(reporting: Reporting) -> None:
    await reporting.tell(an_alert("a1"), an_alert("a1"))
    await reporting.tell(an_alert("a1"))

    assert await reporting.total("alerts") == 1


async def test_alerts_are_split_by_severity(reporting: Reporting) -> None:
    await reporting.tell(an_alert("a1", severity=2), an_alert("a2", severity=5), an_alert("a3", severity=5))

    assert await reporting.split("alerts", by="severity") == {"2": [1], "5": [2]}
