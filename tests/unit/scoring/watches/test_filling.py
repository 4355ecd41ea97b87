"""What is newly watched has a past: what was said before is counted, and judged."""

from datetime import timedelta
from typing import Any

import pytest

from huiying.events.alerts import AlertClosed, AlertOpened
from huiying.events.interactions import Action
from tests.unit.scoring.watches.test_evaluating import ENDS, STARTS, a_crisis, quiet_days
from tests.unit.scoring.watches.test_watches import watch
from tests.unit.scoring.watches.world import NOON, Scoring, every, said

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("conditions", "matching", "other"),
    [
        ({"keywords": ["plastic"]}, {"text": "there is PLASTIC in it"}, {"text": "thermoplastics"}),
        ({"topics": ["delivery"]}, {"topics": ["delivery"]}, {"topics": ["price"]}),
        ({"products": ["Oolong"]}, {"products": ["Oolong"]}, {"products": ["Matcha"]}),
        ({"platforms": ["weibo"]}, {"platform": "weibo"}, {"platform": "facebook"}),
        ({"regions": ["Sichuan"]}, {"region": "Sichuan"}, {}),
    ],
)
async def test_what_was_said_before_counts_in_a_new_watch(
    scoring: Scoring, conditions: dict[str, Any], matching: dict[str, Any], other: dict[str, Any]
) -> None:
    await scoring.hears(said("negative", **matching), said(**matching), said("negative", **other))

    _, made = await watch(scoring, {}, conditions)
    await scoring.fills()

    assert await scoring.counts(watch_id=made["id"]) == {NOON: (2, 1)}
    assert await scoring.counts() == {NOON: (3, 2)}


async def test_a_past_of_many_pieces_counts_once(scoring: Scoring) -> None:
    await scoring.hears(*every(20 * SECOND, since=NOON, until=NOON + 700 * MINUTE, text="plastic"))

    _, made = await watch(scoring, {}, {"keywords": ["plastic"]})
    await scoring.fills()

    assert await scoring.counts(watch_id=made["id"]) == await scoring.counts()


async def test_what_comes_before_the_past_is_counted_counts_once(scoring: Scoring) -> None:
    await scoring.hears(said(text="plastic"))
    _, made = await watch(scoring, {}, {"keywords": ["plastic"]})

    await scoring.hears(said(text="plastic too"))
    await scoring.fills()

    assert await scoring.counts(watch_id=made["id"]) == {NOON: (2, 0)}


async def test_what_was_deleted_is_in_no_new_watch_and_what_was_edited_is_in_its_last_words(scoring: Scoring) -> None:
    await scoring.hears(said(name="c1", text="plastic"), said(name="c2", text="paper"), said(name="c3", text="plastic"))
    await scoring.forgets(["c1"])
    await scoring.hears(said(name="c2", text="plastic", action=Action.UPDATED, at=NOON + MINUTE))

    _, made = await watch(scoring, {}, {"keywords": ["plastic"]})
    await scoring.fills()

    assert await scoring.counts(watch_id=made["id"]) == {NOON: (2, 0)}


async def test_a_watch_that_looks_for_something_else_has_the_past_of_that(scoring: Scoring) -> None:
    _, made = await watch(scoring, {}, {"keywords": ["plastic"]})
    await scoring.hears(said(text="plastic"), said(text="a shard"), said(text="a shard of plastic"))
    scoring.clock.advance(SECOND)

    await watch(scoring, {}, {**made, "keywords": ["shard"]})
    await scoring.hears(said(text="shards"), said(text="another shard"))
    await scoring.fills()

    assert await scoring.counts(watch_id=made["id"]) == {NOON: (3, 0)}
    listed = {one.text for one in await scoring.observations() if made["id"] in one.watches}
    assert listed == {"a shard", "a shard of plastic", "another shard"}


async def test_a_crisis_that_goes_on_alarms_a_new_watch_at_once_with_its_explanation(scoring: Scoring) -> None:
    await scoring.hears(*quiet_days(text="plastic?"), *a_crisis(text="plastic!"))
    scoring.clock.advance(STARTS + 40 * MINUTE - scoring.clock.now())

    _, made = await watch(scoring, {}, {"name": "Plastic", "keywords": ["plastic"]})
    await scoring.fills()
    await scoring.looks()

    [alert] = [one for one in await scoring.alerts() if one.watch_id == made["id"]]
    opened = [fact for fact in await scoring.told() if isinstance(fact, AlertOpened) and fact.alert_id == alert.id]
    assert (alert.status, len(opened)) == ("open", 1)
    assert alert.explanation["negative_count"] > 0
    assert {change["value"] for change in alert.explanation["changes"] if change["kind"] == "word"} == {"plastic"}


async def test_a_crisis_that_was_over_before_anybody_watched_is_history(scoring: Scoring) -> None:
    await scoring.hears(*quiet_days(text="plastic?"), *a_crisis(text="plastic!"))
    scoring.clock.advance(ENDS - scoring.clock.now())

    _, made = await watch(scoring, {}, {"name": "Plastic", "keywords": ["plastic"]})
    await scoring.fills()
    await scoring.looks()

    [alert] = [one for one in await scoring.alerts() if one.watch_id == made["id"]]
    told = [fact for fact in await scoring.told() if isinstance(fact, AlertOpened | AlertClosed)]
    assert (alert.status, alert.found_afterwards) == ("closed", True)
    assert [type(fact) for fact in told if fact.alert_id == alert.id] == [AlertClosed]


@pytest.mark.parametrize(("keyword", "status"), [("plastics", "open"), ("porcelain", "closed")])
async def test_an_alarm_lives_on_if_what_is_looked_for_now_is_a_crisis_too(
    scoring: Scoring, keyword: str, status: str
) -> None:
    _, made = await watch(scoring, {}, {"name": "Plastic", "keywords": ["plastic"]})
    await scoring.hears(*quiet_days(text="plastic? plastics?"), *a_crisis(text="plastic! plastics!"))
    await scoring.looks(at=STARTS + 40 * MINUTE)

    await watch(scoring, {}, {**made, "keywords": [keyword]})
    await scoring.fills()
    await scoring.looks(at=STARTS + 45 * MINUTE)

    [alert] = [one for one in await scoring.alerts() if one.watch_id == made["id"]]
    assert alert.status == status
