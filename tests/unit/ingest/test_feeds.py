"""Lists are read as their platforms allow: what they show is told once, and where they stand is never lost."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path

import pytest

from huiying.db.statements import table_of
from huiying.events.deliveries import Proof
from huiying.events.replies import FailureReason
from ingest.clients.connectors.connector import CallRefused, PlatformBusy, RateLimited
from ingest.domain.pacing import backoff, next_turn
from ingest.storage.health_tables import HealthEntry
from simulator.people import MIA
from tests.support.clock import START
from tests.support.listings import COMMENTS, CONVERSATIONS, ROOMS, Shown, Watch, a_watch

OpenWatch = Callable[..., AbstractAsyncContextManager[Watch]]


@pytest.fixture
def open_watch(tmp_path: Path) -> OpenWatch:
    return lambda *feeds: a_watch(tmp_path, *feeds)


@pytest.fixture
async def watch(open_watch: OpenWatch) -> AsyncIterator[Watch]:
    async with open_watch(COMMENTS, CONVERSATIONS, ROOMS) as it:
        yield it


async def test_what_is_only_listed_is_told_and_marked_as_polled(watch: Watch) -> None:
    watch.lists.shows("comments", Shown(deliveries=[watch.source.comment("hi", author=MIA)]))

    await watch.passes(seconds=10)

    (told,) = await watch.edge.published(count=1)
    assert (told.object.text, told.verified, told.account.id) == ("hi", Proof.POLLED, watch.account_id)


async def test_what_was_delivered_and_is_listed_is_told_once_and_both_ways_round(watch: Watch) -> None:
    first, second = watch.source.comment("one", author=MIA), watch.source.comment("two", author=MIA)
    await watch.edge.hears(watch.source, first)
    await watch.edge.published(count=1)
    watch.lists.shows("comments", Shown(deliveries=[first, second, second]))

    await watch.passes(seconds=10)
    await watch.edge.published(count=2)
    await watch.edge.hears(watch.source, second)

    await watch.edge.filed(count=2)
    assert [one.verified for one in await watch.edge.published(count=2)] == [Proof.HMAC, Proof.POLLED]


async def test_a_list_without_a_cursor_is_read_back_to_what_is_known(watch: Watch) -> None:
    watch.lists.shows("comments", Shown(cursor="p2", has_more=True), Shown(cursor="p3", has_more=True), Shown())

    await watch.passes(seconds=10)
    await watch.polls(count=4)
    await watch.passes(minutes=12)
    await watch.polls(count=6)

    asked = [(one.cursor, one.since) for one in watch.lists.asked if one.feed == "comments"]
    first = START - timedelta(days=1, minutes=15)
    again = START + timedelta(seconds=10) - timedelta(minutes=15)
    assert asked == [(None, first), ("p2", first), ("p3", first), (None, again)]


async def test_a_kept_cursor_is_gone_on_from(watch: Watch) -> None:
    watch.lists.shows("conversations", Shown(cursor="c1", has_more=True), Shown(cursor="c2"))

    await watch.passes(seconds=10)
    await watch.polls(count=3)
    await watch.passes(minutes=2)
    await watch.polls(count=4)

    assert [one.cursor for one in watch.lists.asked if one.feed == "conversations"] == [None, "c1", "c2"]


async def test_after_a_failure_a_list_is_read_on_from_the_page_it_failed_at(watch: Watch) -> None:
    one, two = watch.source.comment("one", author=MIA), watch.source.comment("two", author=MIA)
    watch.lists.shows(
        "comments", Shown(deliveries=[one], cursor="p2", has_more=True), PlatformBusy("busy"), Shown(deliveries=[two])
    )
    await watch.passes(seconds=10)
    await watch.polls(count=3)
    failed = (await watch.feeds())["comments"]

    await watch.passes(minutes=1)

    told = await watch.edge.published(count=2)
    mended = (await watch.feeds())["comments"]
    assert (failed["failure_count"], failed["last_error"]) == (1, "busy")
    assert [one.cursor for one in watch.lists.asked if one.feed == "comments"] == [None, "p2", "p2"]
    assert [one.object.text for one in told] == ["one", "two"]
    assert (mended["failure_count"], mended["last_error"]) == (0, None)


async def test_a_limit_holds_back_every_list_of_the_account_and_is_no_failure(watch: Watch) -> None:
    watch.lists.shows("comments", RateLimited("slow down", retry_after_seconds=600))
    await watch.passes(seconds=10)
    await watch.polls(count=2)

    await watch.passes(minutes=9)
    await watch.rests()
    asked_early = len(watch.lists.asked)
    await watch.passes(minutes=3)
    await watch.polls(count=4)

    feeds = await watch.feeds()
    assert asked_early == 2
    assert {feed["failure_count"] for feed in feeds.values()} == {0}


@pytest.mark.parametrize(
    ("reason", "paused_for"),
    [(FailureReason.REFUSED, "refused"), (FailureReason.NEEDS_RECONNECT, "reconnect")],
)
async def test_a_refusal_pauses_a_list_until_somebody_resumes_it(
    watch: Watch, reason: FailureReason, paused_for: str
) -> None:
    watch.lists.shows("comments", CallRefused("no permission for comments", reason=reason))
    await watch.passes(seconds=10)
    await watch.polls(count=2)

    await watch.passes(hours=7)
    await watch.polls(count=3)
    paused = (await watch.feeds())["comments"]
    refused = await watch.commands("comments", "poll")
    resumed = await watch.commands("comments", "resume")
    await watch.polls(count=4)

    assert [one.feed for one in watch.lists.asked].count("comments") == 2
    assert (paused["is_paused"], paused["pause_reason"]) == (True, paused_for)
    assert "no permission" in paused["last_error"]
    assert (refused, resumed) == (409, 200)
    stories = {row.code for row in await watch.edge.rows(table_of(HealthEntry))}
    assert "feed_paused" in stories


async def test_other_secrets_resume_what_was_refused_but_not_what_a_person_paused(watch: Watch) -> None:
    watch.lists.shows("comments", CallRefused("bad token", reason=FailureReason.NEEDS_RECONNECT))
    await watch.passes(seconds=10)
    await watch.polls(count=2)
    await watch.commands("conversations", "pause")

    await watch.edge.api.patch(f"/accounts/{watch.account_id}", json={"credentials": watch.source.credentials()})

    assert {name: feed["is_paused"] for name, feed in (await watch.feeds()).items()} == {
        "comments": False,
        "conversations": True,
    }


async def test_a_page_that_the_platform_forgot_is_no_reason_to_give_up_the_list(watch: Watch) -> None:
    watch.lists.shows("comments", Shown(cursor="p2", has_more=True), CallRefused("no such cursor"), Shown())

    await watch.passes(seconds=10)
    await watch.polls(count=3)
    await watch.passes(minutes=1)
    await watch.polls(count=4)

    assert [one.cursor for one in watch.lists.asked if one.feed == "comments"] == [None, "p2", None]
    assert not (await watch.feeds())["comments"]["is_paused"]


async def test_a_paused_list_is_not_read_and_reads_on_where_it_stood(watch: Watch) -> None:
    watch.lists.shows("conversations", Shown(cursor="c1"))
    await watch.passes(seconds=10)
    await watch.polls(count=2)

    await watch.commands("conversations", "pause")
    await watch.passes(hours=1)
    await watch.polls(count=3)
    await watch.commands("conversations", "resume")
    await watch.polls(count=4)

    assert [one.cursor for one in watch.lists.asked if one.feed == "conversations"] == [None, "c1"]


async def test_a_list_is_read_at_once_for_who_asks(watch: Watch) -> None:
    await watch.passes(seconds=10)
    await watch.polls(count=2)

    status = await watch.commands("comments", "poll")

    await watch.polls(count=3)
    assert status == 202
    assert watch.lists.asked[-1].feed == "comments"


async def test_a_notice_wakes_a_list_at_once_and_one_of_many_begins_with_its_first_notice(watch: Watch) -> None:
    await watch.passes(seconds=10)
    await watch.polls(count=2)
    watch.lists.wakes = {"n1": "comments", "n2": "room:kitchen"}

    for notice in ("n1", "n2"):
        await watch.edge.hears(watch.source, watch.source.say("message.created", {"id": notice}))
    await watch.polls(count=4)

    assert sorted(one.feed for one in watch.lists.asked[2:]) == ["comments", "room:kitchen"]
    assert set(await watch.feeds()) == {"comments", "conversations", "room:kitchen"}


async def test_a_very_long_list_is_read_to_its_end_in_portions(watch: Watch) -> None:
    pages = [Shown(cursor=f"p{number}", has_more=True) for number in range(2, 30)]
    watch.lists.shows("comments", *pages, Shown())
    await watch.passes(seconds=10)
    await watch.polls(count=21)

    await watch.passes(seconds=10)
    await watch.polls(count=30)

    cursors = [one.cursor for one in watch.lists.asked if one.feed == "comments"]
    assert cursors == [None, *(f"p{number}" for number in range(2, 30))]


async def test_a_removed_account_has_no_lists(watch: Watch) -> None:
    await watch.edge.api.delete(f"/accounts/{watch.account_id}")

    assert await watch.feeds() == {}


def test_turns_are_spread_and_failures_wait_ever_longer_up_to_a_limit() -> None:
    every = timedelta(minutes=10)

    turns = {next_turn(START, every, chance=chance) - START for chance in (0.0, 0.5, 1.0)}
    pauses = [backoff(count, every, chance=1.0) for count in (1, 2, 3, 100)]

    assert turns == {timedelta(minutes=9), timedelta(minutes=10), timedelta(minutes=11)}
    assert pauses == [timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=2), timedelta(hours=6)]
