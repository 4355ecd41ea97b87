"""What is watched, and what belongs to it."""

from datetime import timedelta
from typing import Any

import pytest

from huiying.auth.principals import Role
from scoring.domain.alerts.counts import Counts, Place
from scoring.storage.alerts import due_brands, series_of
from scoring.storage.counting import add_counts, note_new
from tests.support.running import a_member
from tests.unit.scoring.watches.world import NOON, Scoring, every, said


async def watch(scoring: Scoring, *items: dict[str, Any], brand: str = "tea") -> list[dict[str, Any]]:
    """Watch this and nothing else."""
    answer = await scoring.answer("PUT", "/watches", params={"brand": brand}, json={"items": list(items)})
    found: list[dict[str, Any]] = answer["items"]
    return found


async def test_every_brand_is_watched_as_a_whole(scoring: Scoring) -> None:
    answer = await scoring.answer("GET", "/watches", params={"brand": "tea"})

    assert [(one["id"], one["sensitivity"]) for one in answer["items"]] == [("", 0.25)]


async def test_a_watch_without_conditions_is_that_of_the_whole_brand(scoring: Scoring) -> None:
    [whole] = await watch(scoring, {"sensitivity": 2})

    assert (whole["id"], whole["sensitivity"]) == ("", 2)


@pytest.mark.parametrize(
    ("conditions", "matching", "other"),
    [
        ({"keywords": ["plastic"]}, {"text": "there is PLASTIC in it"}, {"text": "thermoplastics"}),
        ({"keywords": ["塑料"]}, {"text": "里面有塑料片!"}, {"text": "里面有塑胶"}),
        ({"topics": ["delivery"]}, {"topics": ["delivery"]}, {"topics": ["price"]}),
        ({"platforms": ["weibo"]}, {"platform": "weibo"}, {"platform": "facebook"}),
        ({"regions": ["Sichuan"]}, {"region": "Sichuan"}, {}),
        (
            {"keywords": ["plastic"], "platforms": ["weibo"]},
            {"text": "plastic", "platform": "weibo"},
            {"text": "plastic", "platform": "facebook"},
        ),
    ],
)
async def test_what_matches_a_watch_counts_there_and_for_the_whole_brand(
    scoring: Scoring, conditions: dict[str, Any], matching: dict[str, Any], other: dict[str, Any]
) -> None:
    _, made = await watch(scoring, {}, {"name": "mine", **conditions})

    await scoring.hears(said("negative", **matching), said("negative", **other))

    assert await scoring.counts(watch_id=made["id"]) == {NOON: (1, 1)}
    assert await scoring.counts() == {NOON: (2, 2)}


async def test_a_watch_that_looks_for_something_else_begins_anew(scoring: Scoring) -> None:
    _, plastic, milk = await watch(scoring, {}, {"keywords": ["plastic"]}, {"keywords": ["milk"]})
    await scoring.hears(said(text="plastic"), said(text="milk"))

    await watch(scoring, {}, {**plastic, "keywords": ["shard"]}, {**milk, "sensitivity": 3})

    assert await scoring.counts(watch_id=plastic["id"]) == {}
    assert await scoring.counts(watch_id=milk["id"]) == {NOON: (1, 0)}


async def test_what_was_counted_while_a_watch_was_taken_away_is_forgotten(scoring: Scoring) -> None:
    late = {Place("tea", "taken-away", NOON): Counts(total=1)}
    async with scoring.service.open_unit() as unit:
        await add_counts(unit.session, late)
        await note_new(unit.session, late, now=NOON)

    await scoring.looks()

    assert await scoring.counts(watch_id="taken-away") == {}
    async with scoring.service.open_view() as view:
        assert await due_brands(view.session, now=NOON, limit=1) == []


async def test_who_changes_what_somebody_else_has_changed_is_told_so(scoring: Scoring) -> None:
    first = await scoring.ask("GET", "/watches", params={"brand": "tea"})
    await watch(scoring, {"keywords": ["milk"]})

    refused = await scoring.ask(
        "PUT",
        "/watches",
        params={"brand": "tea"},
        json={"items": []},
        headers={"If-Match": first.headers["etag"]},
    )

    assert refused.status_code == 412


@pytest.mark.parametrize("items", [[{"id": "nobody-made-it", "keywords": ["x"]}], [{}, {}]])
async def test_what_makes_no_sense_is_refused(scoring: Scoring, items: list[dict[str, Any]]) -> None:
    refused = await scoring.ask("PUT", "/watches", params={"brand": "tea"}, json={"items": items})

    assert refused.status_code == 422


async def test_an_agent_sees_what_is_watched_and_does_not_change_it(scoring: Scoring) -> None:
    agent = scoring.seen_by(a_member(Role.AGENT, "tea"))

    seen = await agent.ask("GET", "/watches", params={"brand": "tea"})
    refused = await agent.ask("PUT", "/watches", params={"brand": "tea"}, json={"items": []})

    assert (seen.status_code, refused.status_code) == (200, 403)


async def test_a_campaign_is_declared_changed_and_taken_back(scoring: Scoring) -> None:
    campaign = {"brand": "tea", "name": "Double eleven", "from": NOON.isoformat(), "to": "2026-03-11T00:00:00Z"}

    await scoring.answer("PUT", "/campaigns", json=campaign)
    await scoring.answer("PUT", "/campaigns", json={**campaign, "to": "2026-03-12T00:00:00Z"})

    [kept] = (await scoring.answer("GET", "/campaigns", params={"brand": "tea"}))["items"]
    assert kept == {**campaign, "from": "2026-03-10T12:00:00Z", "to": "2026-03-12T00:00:00Z"}
    await scoring.answer("DELETE", "/campaigns", params={"brand": "tea", "name": "Double eleven"})
    assert (await scoring.answer("GET", "/campaigns"))["items"] == []


async def test_a_campaign_that_is_moved_has_its_old_time_judged_again(scoring: Scoring) -> None:
    campaign = {"brand": "tea", "name": "Double eleven", "from": NOON.isoformat(), "to": "2026-03-11T00:00:00Z"}
    await scoring.answer("PUT", "/campaigns", json=campaign)
    await scoring.hears(*every(timedelta(minutes=10), since=NOON, until=NOON + timedelta(hours=9)))
    await scoring.looks(at=NOON + timedelta(hours=8))

    moved = {**campaign, "from": "2026-04-11T00:00:00Z", "to": "2026-04-12T00:00:00Z"}
    await scoring.answer("PUT", "/campaigns", json=moved)

    async with scoring.service.open_view() as view:
        [series] = await series_of(view.session, "tea", {""})
    assert series.stale_at == NOON + timedelta(hours=8)


async def test_many_complaints_about_one_thing_alarm_its_watch_too(scoring: Scoring) -> None:
    _, made = await watch(scoring, {}, {"name": "Plastic", "keywords": ["plastic"], "sensitivity": 1})
    starts = NOON + timedelta(days=2)
    await scoring.hears(
        *every(timedelta(minutes=10), since=NOON, until=starts + timedelta(hours=2), text="plastic or paper?"),
        *every(
            timedelta(seconds=20), since=starts, until=starts + timedelta(hours=1), negative_every=1, text="plastic!"
        ),
    )

    await scoring.looks(at=starts + timedelta(hours=2))

    alerts = {alert.watch_id: alert for alert in await scoring.alerts()}
    assert set(alerts) == {"", made["id"]}
    assert alerts[made["id"]].topic == "Plastic"
