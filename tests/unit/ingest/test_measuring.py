"""What accounts publish is taken down and measured as it ages, and what it gained survives restarts and resets."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from huiying.events.measurements import AccountMeasured, PostImported, PostMeasured
from ingest.clients.connectors.abilities import AccountFigures, Feed, Post, PostFigures, PostsListed
from ingest.clients.connectors.connector import Access, CallRefused
from ingest.clients.connectors.table import CONNECTORS
from ingest.domain.measuring import gained, next_measurement
from tests.support.clock import START
from tests.support.edges import an_edge
from tests.support.eventually import eventually
from tests.support.listings import ListingSource, Watch, a_watch

HOUR = timedelta(hours=1)
PACE = {"share": 0.1, "shortest": HOUR / 6, "longest": 24 * HOUR, "until": timedelta(days=60)}


class Publishing(ListingSource):
    """A source whose account publishes, with figures as the test sets them."""

    def __init__(self, *feeds: Feed) -> None:
        super().__init__(*feeds)
        self.posts: list[Post] = []
        self.figures: dict[str, PostFigures] = {}
        self.followers: int | None = 100
        self.refusal: Exception | None = None
        self.measured: list[str] = []

    async def list_posts(self, *, since: datetime, cursor: str | None, access: Access) -> PostsListed:
        if self.refusal is not None:
            raise self.refusal
        start = int(cursor or 0)
        following = str(start + 1) if start + 1 < len(self.posts) else None
        return PostsListed(posts=self.posts[start : start + 1], cursor=following)

    async def measure_posts(self, post_ids: Sequence[str], *, access: Access) -> Sequence[PostFigures]:
        self.measured += post_ids
        return [self.figures[post_id] for post_id in post_ids if post_id in self.figures]

    async def measure_account(self, *, access: Access) -> AccountFigures:
        return AccountFigures(followers=self.followers, posts=len(self.posts))

    def publishes(self, post_id: str, *, at: datetime, **figures: int) -> None:
        """The account has this post, which does so."""
        self.posts = [one for one in self.posts if one.id != post_id]
        self.posts.append(Post(id=post_id, text="Autumn is here", published_at=at))
        self.counts(post_id, **figures)

    def counts(self, post_id: str, **figures: int) -> None:
        """The post has these figures now."""
        self.figures[post_id] = PostFigures(post_id=post_id, **figures)


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    async with a_watch(tmp_path, kind=Publishing) as it:
        yield it


def account(watch: Watch) -> Publishing:
    assert isinstance(watch.lists, Publishing)
    return watch.lists


async def facts(watch: Watch, event_class: type[Any], *, count: int) -> list[Any]:
    async def are_there() -> bool:
        assert len(await watch.edge.facts(event_class)) >= count
        return await watch.rests()

    await eventually(are_there)
    return await watch.edge.facts(event_class)


async def test_a_post_is_told_once_and_what_it_gained_since_it_was_measured_before(watch: Watch) -> None:
    await watch.passes(minutes=1)
    await facts(watch, AccountMeasured, count=1)
    now = watch.edge.clock.now()
    account(watch).publishes("p1", at=now, views=10, likes=1)
    account(watch).publishes("p2", at=now, views=5)

    await watch.passes(minutes=11)
    await facts(watch, PostMeasured, count=2)
    account(watch).counts("p1", views=25, likes=1)
    await watch.passes(minutes=11)
    measured = await facts(watch, PostMeasured, count=4)

    imported = await facts(watch, PostImported, count=2)
    assert sorted(fact.post_id for fact in imported) == ["p1", "p2"]
    assert [
        (fact.figures.views, fact.gained.views, fact.gained.likes) for fact in measured if fact.post_id == "p1"
    ] == [
        (10, 10, 1),
        (25, 15, 0),
    ]


async def test_what_a_post_had_before_its_account_was_connected_is_not_gained(watch: Watch) -> None:
    account(watch).publishes("old", at=watch.edge.clock.now() - 30 * HOUR, views=5_000)

    await watch.passes(minutes=11)
    await facts(watch, PostMeasured, count=1)
    account(watch).counts("old", views=5_010)
    await watch.passes(hours=4)
    measured = await facts(watch, PostMeasured, count=2)

    assert [(fact.figures.views, fact.gained.views) for fact in measured] == [(5_000, 0), (5_010, 10)]


async def test_a_restart_changes_nothing_about_what_is_gained(tmp_path: Path) -> None:
    async with a_watch(tmp_path, kind=Publishing) as watch:
        await watch.passes(minutes=1)
        await facts(watch, AccountMeasured, count=1)
        account(watch).publishes("p1", at=watch.edge.clock.now(), views=10)
        await watch.passes(minutes=11)
        await facts(watch, PostMeasured, count=1)
        account(watch).counts("p1", views=12)

    connectors = {**CONNECTORS, "generic": watch.lists}
    async with an_edge(tmp_path, now=watch.edge.clock, connectors=connectors) as edge:
        again = replace(watch, edge=edge)
        await again.passes(minutes=11)
        measured = await facts(again, PostMeasured, count=2)

    assert [(fact.gained.views, fact.figures.views) for fact in measured[:2]] == [(10, 10), (2, 12)]


async def test_a_post_that_is_counted_late_is_asked_for_again(watch: Watch) -> None:
    await watch.passes(minutes=1)
    await facts(watch, AccountMeasured, count=1)
    account(watch).publishes("p1", at=watch.edge.clock.now(), views=10)
    counted = dict(account(watch).figures)
    account(watch).figures.clear()
    await watch.passes(minutes=11)

    async def was_asked_for() -> bool:
        return account(watch).measured == ["p1"] and await watch.rests()

    await eventually(was_asked_for)
    account(watch).figures.update(counted)
    await watch.passes(hours=2)

    (measured,) = await facts(watch, PostMeasured, count=1)
    assert measured.figures.views == 10


async def test_a_post_that_is_gone_is_asked_for_no_more(watch: Watch) -> None:
    await watch.passes(minutes=1)
    await facts(watch, AccountMeasured, count=1)
    account(watch).publishes("p1", at=watch.edge.clock.now(), views=10)
    await watch.passes(minutes=11)
    await facts(watch, PostMeasured, count=1)
    account(watch).figures.clear()

    await watch.passes(hours=2)

    async def was_asked_for() -> bool:
        return len(account(watch).measured) == 2 and await watch.rests()

    await eventually(was_asked_for)
    for followers in (101, 102):
        account(watch).followers = followers
        await watch.passes(hours=7)
        await facts(watch, AccountMeasured, count=followers - 99)

    assert account(watch).measured == ["p1", "p1"]


async def test_followers_are_told_with_what_was_gained_or_lost(watch: Watch) -> None:
    await watch.passes(minutes=1)
    await facts(watch, AccountMeasured, count=1)
    account(watch).followers = 90
    await watch.passes(hours=7)
    measured = await facts(watch, AccountMeasured, count=2)

    assert [(fact.followers, fact.followers_gained) for fact in measured] == [(100, 100), (90, -10)]


async def test_a_platform_that_does_not_let_us_measure_is_asked_later_and_the_account_says_so(watch: Watch) -> None:
    account(watch).refusal = CallRefused("no permission for insights")
    await watch.passes(minutes=1)

    async def is_said() -> bool:
        found = (await watch.edge.api.get(f"/accounts/{watch.account_id}/health")).json()
        assert [reason["code"] for reason in found["reasons"]] == ["measuring_refused"]
        return True

    assert await eventually(is_said)


@pytest.mark.parametrize(
    ("before", "now", "is_new", "found"),
    [
        (None, 50, True, 50),
        (None, 50, False, 0),
        (50, 60, False, 10),
        (50, 48, False, -2),
        (5, 1, False, -4),
        (1_000, 30, False, 30),
        (50, None, False, None),
        (None, None, True, None),
    ],
)
def test_a_figure_gains_what_was_added_and_begins_anew_after_a_reset(
    before: int | None, now: int | None, is_new: bool, found: int | None
) -> None:
    assert gained(before, now, is_counted_from_start=is_new) == found


@pytest.mark.parametrize(
    ("age", "pause"),
    [
        (timedelta(), HOUR / 6),
        (10 * HOUR, HOUR),
        (timedelta(days=5), 12 * HOUR),
        (timedelta(days=50), 24 * HOUR),
        (timedelta(days=60), None),
    ],
)
def test_a_young_post_is_measured_often_an_old_one_seldom_and_then_no_more(
    age: timedelta, pause: timedelta | None
) -> None:
    expected = None if pause is None else START + pause

    assert next_measurement(START - age, START, **PACE) == expected
