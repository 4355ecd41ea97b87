"""A crisis opens one alarm, which grows, shrinks and closes; and the same counts always make the same alarms."""

from datetime import datetime, timedelta
from typing import Any

from huiying.events.alerts import AlertClosed, AlertEscalated, AlertOpened
from scoring.domain.observation import Observed
from tests.unit.scoring.watches.world import NOON, Scoring, every

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
STARTS = NOON + 2 * DAY


def quiet_days(**said_of_each: Any) -> list[Observed]:
    """Two days in which nothing happens, and the quarter of a day after them."""
    return every(3 * MINUTE, since=NOON, until=STARTS + 6 * HOUR, **{"keywords": ["tea"], **said_of_each})


def a_crisis(**said_of_each: Any) -> list[Observed]:
    """Complaints about plastic, a few at first and then many."""
    grows = STARTS + 20 * MINUTE
    told = {"negative_every": 1, "keywords": ["plastic", "tea"], **said_of_each}
    return [
        *every(MINUTE, since=STARTS, until=grows, **told),
        *every(timedelta(seconds=5), since=grows, until=STARTS + HOUR, **told),
    ]


async def watch_until(scoring: Scoring, end: datetime, *, since: datetime = STARTS) -> None:
    """Look every five minutes, as long as there is something to see."""
    at = since
    while at <= end:
        await scoring.looks(at=at)
        at += 5 * MINUTE


async def test_a_crisis_opens_one_alarm_that_grows_and_closes(scoring: Scoring) -> None:
    await scoring.hears(*quiet_days(), *a_crisis())

    await watch_until(scoring, STARTS + 6 * HOUR)

    [alert] = await scoring.alerts()
    opened, *between, closed = await scoring.told()
    assert (alert.status, alert.watch_id, alert.brand) == ("closed", "", "tea")
    assert STARTS <= alert.opened_at <= STARTS + 30 * MINUTE
    assert isinstance(opened, AlertOpened)
    assert isinstance(closed, AlertClosed)
    assert any(isinstance(fact, AlertEscalated) for fact in between)
    assert {fact.alert_id for fact in (opened, *between, closed)} == {alert.id}


async def test_quiet_days_alarm_nobody(scoring: Scoring) -> None:
    await scoring.hears(*quiet_days())

    await watch_until(scoring, STARTS + 6 * HOUR)

    assert await scoring.alerts() == []


async def test_once_looked_at_or_all_the_time_the_alarms_are_the_same(scoring: Scoring) -> None:
    await scoring.hears(*quiet_days(), *a_crisis())
    await scoring.hears(*quiet_days(brand="coffee"), *a_crisis(brand="coffee"))

    await watch_until(scoring, STARTS + 6 * HOUR)
    await scoring.looks(brand="coffee")

    often, once = sorted(await scoring.alerts(), key=lambda alert: alert.brand == "coffee")
    assert often.timeline == once.timeline
    assert (often.opened_at, often.closed_at) == (once.opened_at, once.closed_at)
