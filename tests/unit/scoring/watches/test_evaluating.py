"""A crisis opens one alarm, which grows, shrinks and closes; and the same counts always make the same alarms."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from huiying.events.alerts import AlertClosed, AlertEscalated, AlertOpened
from scoring.domain.alerts.alarm import Standing
from scoring.domain.alerts.observation import Observed
from scoring.storage.alerts import change_series, lock_series
from tests.unit.scoring.watches.world import NOON, Scoring, a_scoring, every, said

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
STARTS = NOON + 2 * DAY
ENDS = STARTS + 7 * HOUR


def quiet_days(**said_of_each: Any) -> list[Observed]:
    """Two days in which nothing happens, and some hours after them."""
    return every(3 * MINUTE, since=NOON, until=ENDS, **{"keywords": ["tea"], **said_of_each})


def a_crisis(**said_of_each: Any) -> list[Observed]:
    """Complaints about plastic, a few at first and then many."""
    grows = STARTS + 20 * MINUTE
    told = {"negative_every": 1, "keywords": ["plastic", "tea"], **said_of_each}
    return [
        *every(MINUTE, since=STARTS, until=grows, **told),
        *every(timedelta(seconds=5), since=grows, until=STARTS + HOUR, **told),
    ]


async def watch_until(
    scoring: Scoring, end: datetime, *, since: datetime = STARTS, step: timedelta = 20 * MINUTE
) -> None:
    """Look every so often."""
    at = since
    while at <= end:
        await scoring.looks(at=at)
        at += step


async def test_a_crisis_opens_one_alarm_that_grows_and_closes(scoring: Scoring) -> None:
    await scoring.hears(*quiet_days(), *a_crisis())

    await watch_until(scoring, ENDS)

    [alert] = await scoring.alerts()
    opened, *between, closed = await scoring.told()
    assert (alert.status, alert.watch_id, alert.brand) == ("closed", "", "tea")
    assert not alert.found_afterwards
    assert STARTS <= alert.opened_at <= STARTS + 30 * MINUTE
    assert isinstance(opened, AlertOpened)
    assert isinstance(closed, AlertClosed)
    assert any(isinstance(fact, AlertEscalated) for fact in between)
    assert {fact.alert_id for fact in (opened, *between, closed)} == {alert.id}


async def test_quiet_days_alarm_nobody(scoring: Scoring) -> None:
    await scoring.hears(*quiet_days())

    await watch_until(scoring, ENDS)

    assert await scoring.alerts() == []


async def test_once_looked_at_or_all_the_time_the_alarms_are_the_same(scoring: Scoring) -> None:
    await scoring.hears(*quiet_days(), *a_crisis())
    await scoring.hears(*quiet_days(brand="coffee"), *a_crisis(brand="coffee"))

    await watch_until(scoring, ENDS, step=10 * MINUTE)
    await scoring.looks(brand="coffee")

    often, once = sorted(await scoring.alerts(), key=lambda alert: alert.brand == "coffee")
    assert often.timeline == once.timeline
    assert (often.opened_at, often.closed_at) == (once.opened_at, once.closed_at)


async def test_a_crisis_that_is_replayed_into_another_database_makes_the_same_alarms(
    scoring: Scoring, tmp_path: Path
) -> None:
    await scoring.hears(*quiet_days(), *a_crisis())
    await watch_until(scoring, ENDS)

    async with a_scoring(tmp_path / "replay") as replayed:
        replayed.clock.advance(ENDS - replayed.clock.now())
        told = [*quiet_days(), *a_crisis()]
        # Each partition is read for itself, so a replay comes in another order.
        await replayed.hears(*told[::2])
        await replayed.looks()
        await replayed.hears(*told[1::2])
        await replayed.looks(at=ENDS + HOUR)

        [before], [after] = await scoring.alerts(), await replayed.alerts()
        assert (before.id, before.timeline) == (after.id, after.timeline)


async def test_an_alarm_that_was_over_when_it_was_found_is_kept_and_calls_nobody_out(scoring: Scoring) -> None:
    await scoring.hears(*quiet_days(), *a_crisis())

    await scoring.looks(at=ENDS + 7 * DAY)

    [listed] = (await scoring.answer("GET", "/alerts", params={"brand": "tea"}))["items"]
    assert (listed["status"], listed["found_afterwards"]) == ("closed", True)
    [alert] = await scoring.alerts()
    assert [turn["turn"] for turn in alert.timeline][:: len(alert.timeline) - 1] == ["opened", "closed"]
    [fact] = await scoring.told()
    assert isinstance(fact, AlertClosed)
    assert (fact.alert_id, fact.closed_at, fact.occurred_at) == (alert.id, alert.closed_at, alert.closed_at)


async def test_half_of_a_past_is_not_judged_while_the_rest_is_coming(scoring: Scoring) -> None:
    await scoring.hears(*a_crisis())
    scoring.clock.advance(STARTS + 4 * HOUR - scoring.clock.now())
    await scoring.hears(*(one for one in quiet_days() if one.is_negative))

    await scoring.looks()

    assert await scoring.alerts() == []


async def test_a_source_that_is_always_late_keeps_no_alarm_from_coming_for_long(scoring: Scoring) -> None:
    scoring.clock.advance(STARTS + 40 * MINUTE - scoring.clock.now())
    await scoring.hears(*quiet_days(), *a_crisis())

    for minute in range(16):
        await scoring.hears(said(at=STARTS - DAY))
        await scoring.looks(at=STARTS + (40 + minute) * MINUTE)

    [alert] = await scoring.alerts()
    assert alert.status == "open"


async def test_what_comes_up_to_three_hours_late_counts_as_if_on_time(scoring: Scoring) -> None:
    late = a_crisis()[::2]
    await scoring.hears(*quiet_days(), *a_crisis()[1::2])
    await watch_until(scoring, STARTS + 2 * HOUR)

    await scoring.hears(*late)
    await watch_until(scoring, ENDS, since=STARTS + 2 * HOUR + 5 * MINUTE)

    [alert] = await scoring.alerts()
    assert alert.status == "closed"
    assert sum(total for total, _ in (await scoring.counts()).values()) == len(quiet_days()) + len(a_crisis())


async def test_in_a_declared_campaign_volume_alarms_nobody_and_complaints_do(scoring: Scoring) -> None:
    campaign = {"name": "Two for one", "from": STARTS.isoformat(), "to": (STARTS + 3 * HOUR).isoformat()}
    for brand in ("tea", "coffee"):
        await scoring.answer("PUT", "/campaigns", json={"brand": brand, **campaign})
    await scoring.hears(*quiet_days(), *a_crisis(negative_every=8))
    await scoring.hears(*quiet_days(brand="coffee"), *a_crisis(brand="coffee", negative_every=2))

    for brand in ("tea", "coffee"):
        await scoring.looks(at=STARTS + 3 * HOUR, brand=brand)

    assert [alert.brand for alert in await scoring.alerts()] == ["coffee"]


async def test_what_is_muted_is_still_an_alarm_and_nothing_is_told_of_it(scoring: Scoring) -> None:
    await scoring.hears(*quiet_days(), *a_crisis())
    await scoring.looks(at=STARTS + 20 * MINUTE)
    [alert] = await scoring.alerts()
    told = await scoring.told()

    await scoring.answer("POST", f"/alerts/{alert.id}:mute", json={"until": (STARTS + DAY).isoformat()})
    await watch_until(scoring, ENDS, since=STARTS + 25 * MINUTE)

    [after] = await scoring.alerts()
    assert (after.status, len(after.timeline) > len(alert.timeline)) == ("closed", True)
    assert await scoring.told() == told


async def test_a_muted_watch_that_looks_for_something_else_is_muted_still(scoring: Scoring) -> None:
    put = {"method": "PUT", "path": "/watches", "params": {"brand": "tea"}}
    made = await scoring.answer(**put, json={"items": [{"name": "Plastic", "keywords": ["plastic"]}]})
    await scoring.hears(*quiet_days(text="plastic?"), *a_crisis(text="plastic!"))
    await scoring.looks(at=STARTS + 20 * MINUTE)
    alert = next(one for one in await scoring.alerts() if one.watch_id)
    silence = {"until": (ENDS + 3 * DAY).isoformat()}

    await scoring.answer("POST", f"/alerts/{alert.id}:mute", json=silence)
    [watch] = [one for one in made["items"] if one["id"]]
    await scoring.answer(**put, json={"items": [{**watch, "keywords": ["shard"]}]})

    async with scoring.service.open_view() as view:
        series = await lock_series(view.session, brand="tea", watch_id=watch["id"])
    assert series is not None
    assert (series.muted_until, series.settled_at) == (ENDS + 3 * DAY, None)


async def test_an_alarm_that_a_member_has_closed_stays_closed(scoring: Scoring) -> None:
    await scoring.hears(*quiet_days(), *a_crisis())
    await scoring.looks(at=STARTS + 20 * MINUTE)
    [alert] = await scoring.alerts()

    await scoring.answer("POST", f"/alerts/{alert.id}:close")
    await watch_until(scoring, ENDS, since=STARTS + 25 * MINUTE)

    [after] = await scoring.alerts()
    assert (after.closed_by, after.timeline) == ("member-admin", alert.timeline)
    assert [type(fact) for fact in await scoring.told()] == [AlertOpened, AlertClosed]


async def test_an_alarm_that_late_words_take_away_closes(scoring: Scoring) -> None:
    few = every(MINUTE, since=STARTS, until=STARTS + 15 * MINUTE, negative_every=1)
    await scoring.hears(*quiet_days(), *few)
    await scoring.looks(at=STARTS + 20 * MINUTE)
    [alert] = await scoring.alerts()

    # Everybody else was heard an hour later: what seemed to be a crisis is a busy evening.
    await scoring.hears(*every(timedelta(seconds=2), since=STARTS - HOUR, until=STARTS + HOUR, negative_every=1_000))
    await scoring.looks(at=STARTS + 90 * MINUTE)

    [after] = [one for one in await scoring.alerts() if one.id == alert.id]
    assert after.status == "closed"


@pytest.mark.parametrize(
    "state", [b"of another version", Standing().to_bytes().replace(b"version\x02", b"version\x01")]
)
async def test_what_another_version_remembered_is_judged_afresh(scoring: Scoring, state: bytes) -> None:
    await scoring.hears(*quiet_days(), *a_crisis())
    await scoring.looks(at=STARTS + 40 * MINUTE)
    [before] = await scoring.alerts()
    async with scoring.service.open_unit() as unit:
        await change_series(unit.session, brand="tea", watch_id="", state=state, due_at=NOON)

    await scoring.looks(at=STARTS + 45 * MINUTE)

    [after] = await scoring.alerts()
    assert after.id == before.id
    assert after.told_until > before.told_until


async def test_a_watch_that_cannot_be_judged_holds_up_no_other(scoring: Scoring) -> None:
    items = [{}, {"name": "Plastic", "keywords": ["plastic"]}]
    answer = await scoring.answer("PUT", "/watches", params={"brand": "tea"}, json={"items": items})
    await scoring.hears(*quiet_days(text="plastic?"), *a_crisis(text="plastic!"))
    broken = Standing()
    broken.detector.negatives.dispersions = []
    async with scoring.service.open_unit() as unit:
        await change_series(unit.session, brand="tea", watch_id="", state=broken.to_bytes(), settled_at=NOON)

    with pytest.raises(IndexError):
        await scoring.looks(at=STARTS + 40 * MINUTE)

    assert [alert.watch_id for alert in await scoring.alerts()] == [answer["items"][1]["id"]]
