"""What platforms count of posts and followers, folded into metrics that say what they mean."""

from datetime import datetime, timedelta
from typing import Any

from huiying.events.measurements import AccountMeasured, PostFigures, PostImported, PostMeasured
from tests.unit.reporting.facts import NOON
from tests.unit.reporting.world import Reporting

_ABOUT = {"account_id": "account-1", "platform": "facebook", "brand": "tea"}


def measured(post: str = "p1", *, at: datetime = NOON, account: str = "account-1", **gained: int) -> PostMeasured:
    about = {**_ABOUT, "account_id": account}
    figures = PostFigures(**{name: 1_000 + value for name, value in gained.items()})
    return PostMeasured(**about, post_id=post, figures=figures, gained=PostFigures(**gained), measured_at=at)


def followers(gained: int, *, at: datetime = NOON, **about: Any) -> AccountMeasured:
    return AccountMeasured(**{**_ABOUT, **about}, followers=1_000, followers_gained=gained, measured_at=at)


async def test_what_posts_gained_adds_up_and_what_is_told_twice_counts_once(reporting: Reporting) -> None:
    first, second = measured(views=10, likes=2, clicks=1), measured(at=NOON + timedelta(hours=1), views=5, likes=-1)

    await reporting.tell(first, second, first)
    await reporting.tell(second, measured("p2", views=100, comments=4, shares=3))

    names = ("post_views", "post_likes", "post_comments", "post_shares", "post_clicks")
    assert [await reporting.total(name) for name in names] == [115, 1, 4, 3, 1]


async def test_posts_count_when_they_were_published(reporting: Reporting) -> None:
    post = PostImported(**_ABOUT, post_id="p1", published_at=NOON, imported_at=NOON + timedelta(days=3))

    await reporting.tell(post, post)

    assert await reporting.total("posts") == 1


async def test_followers_are_a_level_that_goes_on_from_what_it_was(reporting: Reporting) -> None:
    day = timedelta(days=1)
    await reporting.tell(
        followers(1_000, at=NOON - 5 * day), followers(-10), followers(500, account_id="account-2", at=NOON)
    )

    period = {"from": "2026-03-09T00:00:00Z", "to": "2026-03-12T00:00:00Z"}
    found = await reporting.split("followers", by="account", **period)

    assert found == {"account-1": [1_000, 990, 990], "account-2": [0, 500, 500]}
    assert await reporting.total("followers", **period) == 1_490


async def test_a_metric_of_posts_is_not_split_by_kinds_of_interaction(reporting: Reporting) -> None:
    query = {"metric": "post_views", "from": "2026-03-10T00:00:00Z", "to": "2026-03-11T00:00:00Z", "by": "kind"}

    answer = await reporting.get("/metrics", **query)

    assert answer.status_code == 422
