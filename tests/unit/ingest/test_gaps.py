"""What was pushed is compared with what is listed: nothing is missing for long, and the counts say what was."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from huiying.db.statements import table_of
from huiying.errors import Unavailable
from ingest.clients.connectors.connector import CallRefused, RateLimited
from ingest.storage.health_tables import HealthEntry
from simulator.delivery import Delivery
from simulator.people import MIA
from tests.support.eventually import eventually
from tests.support.listings import COMMENTS, PUSHED, Shown, Watch, a_watch

OpenWatch = Callable[..., AbstractAsyncContextManager[Watch]]


@pytest.fixture
def open_watch(tmp_path: Path) -> OpenWatch:
    return lambda *feeds: a_watch(tmp_path, *feeds)


@pytest.fixture
async def watch(open_watch: OpenWatch) -> AsyncIterator[Watch]:
    async with open_watch(PUSHED) as it:
        yield it


async def checks(watch: Watch) -> list[tuple[int, int, int]]:
    """Found, missing and late of each check, the oldest first."""
    items = (await watch.edge.api.get("/gap-checks", params={"account": watch.account_id})).json()["items"]
    return [(one["found"], one["missing"], one["late"]) for one in reversed(items)]


def comments(watch: Watch, *texts: str) -> list[Delivery]:
    return [watch.source.comment(text, author=MIA) for text in texts]


async def backfilled(watch: Watch, **ago: float) -> dict[str, Any]:
    """A backfill that far back, once it has ended."""
    since = watch.edge.clock.now() - timedelta(**ago)
    answer = await watch.edge.api.post(f"/accounts/{watch.account_id}:backfill", json={"since": since.isoformat()})
    assert answer.status_code == 202, answer.text

    async def has_ended() -> dict[str, Any]:
        found: dict[str, Any] = (await watch.edge.api.get(f"/backfills/{answer.json()['id']}")).json()
        assert found["status"] in {"done", "failed"}, found
        return found

    found: dict[str, Any] = await eventually(has_ended)
    return found


async def test_what_a_push_lost_is_told_by_the_next_comparison_and_counted(watch: Watch) -> None:
    arrived, lost, also_lost = comments(watch, "arrived", "lost", "also lost")
    await watch.edge.hears(watch.source, arrived)
    await watch.edge.published(count=1)
    watch.lists.shows(
        "pushed", Shown(deliveries=[arrived, lost], cursor="p2", has_more=True), Shown(deliveries=[also_lost])
    )

    await watch.passes(minutes=40)

    told = await watch.edge.published(count=3)
    await watch.polls(count=2)
    assert sorted(str(one.object.text) for one in told) == ["also lost", "arrived", "lost"]
    assert await checks(watch) == [(1, 2, 0)]
    story = [row.detail for row in await watch.edge.rows(table_of(HealthEntry)) if row.code == "gap_filled"]
    assert ["2 of 3" in one for one in story] == [True]


async def test_what_a_comparison_found_and_a_push_brings_afterwards_was_late_and_is_told_once(watch: Watch) -> None:
    (late,) = comments(watch, "late")
    watch.lists.shows("pushed", Shown(deliveries=[late]))
    await watch.passes(minutes=40)
    await watch.edge.published(count=1)

    await watch.edge.hears(watch.source, late, times=3)

    await watch.edge.filed(count=3)
    assert len(await watch.edge.published(count=1)) == 1
    assert await checks(watch) == [(0, 1, 1)]


async def test_what_happened_just_now_is_not_missing_yet(watch: Watch) -> None:
    await watch.passes(minutes=40)
    await watch.polls(count=1)
    (fresh,) = comments(watch, "fresh")
    watch.lists.shows("pushed", Shown(deliveries=[fresh]), Shown(deliveries=[fresh]))

    await watch.commands("pushed", "poll")
    await watch.polls(count=2)
    await watch.passes(minutes=40)

    await watch.edge.published(count=1)
    await watch.polls(count=3)
    assert await checks(watch) == [(0, 0, 0), (0, 0, 0), (0, 1, 0)]


async def test_comparisons_overlap_and_never_reach_back_behind_the_connection(watch: Watch) -> None:
    connected = watch.edge.clock.now()
    (old,) = [watch.source.comment("old", author=MIA, at=connected - timedelta(hours=1))]
    watch.lists.shows("pushed", Shown(deliveries=[old]))

    for count in (1, 2, 3):
        await watch.passes(hours=20)
        await watch.polls(count=count)

    assert [one.since for one in watch.lists.asked] == [
        connected,
        connected,
        connected + timedelta(hours=40 - 24),
    ]
    assert await checks(watch) == [(0, 0, 0)] * 3


async def test_a_backfill_reads_every_list_back_and_again_changes_nothing(open_watch: OpenWatch) -> None:
    async with open_watch(PUSHED, COMMENTS) as watch:
        await watch.passes(seconds=10)
        await watch.polls(count=1)
        watch.lists.asked.clear()
        now = watch.edge.clock.now()
        told, lost = (watch.source.comment(text, author=MIA, at=now - timedelta(days=3)) for text in ("told", "lost"))
        too_old = watch.source.comment("too old", author=MIA, at=now - timedelta(days=9))
        await watch.edge.hears(watch.source, told)
        await watch.edge.published(count=1)
        for _ in range(2):
            watch.lists.shows("comments", Shown(deliveries=[told, lost], cursor="p2", has_more=True), Shown())
            watch.lists.shows("pushed", Shown(deliveries=[lost, too_old]))

        first = await backfilled(watch, days=7)
        again = await backfilled(watch, days=7)

        assert (first["status"], first["found"], first["missing"], first["page_count"]) == ("done", 3, 1, 3)
        assert (again["status"], again["found"], again["missing"]) == ("done", 3, 0)
        assert len(await watch.edge.published(count=2)) == 2
        assert {one.since for one in watch.lists.asked} == {now - timedelta(days=7)}
        listed = (await watch.edge.api.get("/backfills", params={"account": watch.account_id})).json()["items"]
        assert [one["id"] for one in listed] == [again["id"], first["id"]]


async def test_a_list_that_refuses_does_not_keep_a_backfill_from_the_others(open_watch: OpenWatch) -> None:
    async with open_watch(COMMENTS, PUSHED) as watch:
        await watch.passes(seconds=10)
        await watch.polls(count=1)
        (lost,) = comments(watch, "lost")
        watch.lists.shows("comments", CallRefused("not allowed"))
        watch.lists.shows("pushed", Shown(deliveries=[lost]))

        found = await backfilled(watch, days=1)

        assert (found["status"], found["missing"], found["feeds_left"]) == ("failed", 1, 0)
        assert found["error"] == "comments: not allowed"


async def test_a_backfill_waits_as_long_as_it_is_told_to_and_goes_on(watch: Watch) -> None:
    one, two = comments(watch, "one", "two")
    watch.lists.shows(
        "pushed",
        Shown(deliveries=[one], cursor="p2", has_more=True),
        RateLimited("slow down", retry_after_seconds=60),
        Unavailable("away", retry_after_seconds=5),
        Shown(deliveries=[two]),
    )
    since = (watch.edge.clock.now() - timedelta(days=1)).isoformat()
    await watch.edge.api.post(f"/accounts/{watch.account_id}:backfill", json={"since": since})
    await watch.polls(count=2)

    await watch.passes(seconds=61)
    await watch.polls(count=3)
    await watch.passes(seconds=20)

    assert len(await watch.edge.published(count=2)) == 2
    assert [one.cursor for one in watch.lists.asked] == [None, "p2", "p2", "p2"]


@pytest.mark.parametrize(("days", "status", "code"), [(-1, 422, "invalid"), (40_00, 422, "invalid")])
async def test_a_backfill_goes_back_into_the_past_and_not_for_ever(
    watch: Watch, days: int, status: int, code: str
) -> None:
    since = (watch.edge.clock.now() - timedelta(days=days)).isoformat()

    answer = await watch.edge.api.post(f"/accounts/{watch.account_id}:backfill", json={"since": since})

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_where_there_is_no_list_nothing_can_be_read_back(open_watch: OpenWatch) -> None:
    async with open_watch() as watch:
        since = (watch.edge.clock.now() - timedelta(days=1)).isoformat()

        answer = await watch.edge.api.post(f"/accounts/{watch.account_id}:backfill", json={"since": since})

        assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_list")
