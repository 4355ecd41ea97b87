"""How accounts do: what is wrong is said with its reason and what to do, to everybody who should know."""

import random
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from huiying.db.statements import insert_all
from huiying.events.accounts import AccountDegraded, AccountRecovered
from huiying.events.replies import FailureReason
from ingest.clients.connectors.connector import CallRefused, PlatformBusy
from ingest.domain.health import Day, FeedSignal, HealthStatus, Signals, assess
from ingest.domain.rhythm import is_silent
from ingest.storage.health_tables import AccountHour, AccountState
from simulator.delivery import Request
from simulator.people import MIA
from tests.support.clock import START
from tests.support.eventually import eventually
from tests.support.listings import COMMENTS, PUSHED, Watch, a_watch

DAY = timedelta(days=1)


def signals(**known: Any) -> Signals:
    return Signals(connected_at=START, takes_deliveries=True, last_delivery_at=START, **known)


def a_feed(**known: Any) -> FeedSignal:
    return FeedSignal(**{"name": "comments", "pause_reason": None, "failure_count": 0, "last_error": None, **known})


GRAVE = [
    ("needs_reconnect", {"reconnect_since": START, "token_error": "revoked"}),
    ("token_expired", {"token_expires_at": START}),
    ("subscription_inactive", {"subscription": "inactive"}),
    ("deliveries_turned_away", {"day": Day(turned_away=5)}),
]
PASSING = [
    ("token_not_renewed", {"token_error": "no answer"}),
    ("token_expires_soon", {"token_expires_at": START + DAY}),
    ("delivery_unreadable", {"last_error": "not JSON"}),
    ("deliveries_turned_away", {"day": Day(turned_away=6, deliveries=100)}),
    ("deliveries_missing", {"day": Day(found=97, missing=3)}),
    ("silent", {"silent_since": START}),
    ("feed_refused", {"feeds": [a_feed(pause_reason="refused")]}),
    ("feed_failing", {"feeds": [a_feed(failure_count=3)]}),
    ("measuring_refused", {"measure_error": "no insights"}),
]
NOTHING = [
    {},
    {"token_expires_at": START + DAY, "renews_itself": True},
    {"token_expires_at": START + 30 * DAY},
    {"subscription": "active"},
    {"day": Day(turned_away=5, deliveries=1000)},
    {"day": Day(turned_away=4)},
    {"day": Day(found=1000, missing=2)},
    {"feeds": [a_feed(pause_reason="asked"), a_feed(failure_count=2)]},
]


@pytest.mark.parametrize(("code", "known"), GRAVE)
def test_what_stops_everything_is_unhealthy(code: str, known: dict[str, Any]) -> None:
    health = assess(signals(**known), now=START)

    assert (health.status, [reason.code for reason in health.reasons]) == (HealthStatus.UNHEALTHY, [code])
    assert all(reason.remedy and reason.detail for reason in health.reasons)


@pytest.mark.parametrize(("code", "known"), PASSING)
def test_what_stops_something_is_degraded(code: str, known: dict[str, Any]) -> None:
    health = assess(signals(**known), now=START)

    assert (health.status, [reason.code for reason in health.reasons]) == (HealthStatus.DEGRADED, [code])
    assert all(reason.remedy and reason.detail for reason in health.reasons)


@pytest.mark.parametrize("known", NOTHING)
def test_what_is_usual_is_healthy(known: dict[str, Any]) -> None:
    assert assess(signals(**known), now=START).status is HealthStatus.HEALTHY


def test_an_account_that_was_never_delivered_to_is_degraded_after_a_day() -> None:
    new = Signals(connected_at=START, takes_deliveries=True)

    found = [assess(new, now=START + days * DAY).status for days in (1, 2)]

    assert found == [HealthStatus.HEALTHY, HealthStatus.DEGRADED]


def test_the_gravest_reason_comes_first() -> None:
    health = assess(signals(last_error="not JSON", subscription="inactive"), now=START)

    assert [reason.code for reason in health.reasons] == ["subscription_inactive", "delivery_unreadable"]


@pytest.mark.parametrize(
    ("observed", "past", "is_so"),
    [(0, [100, 90, 200], True), (8, [100, 90], True), (9, [100, 90], False), (0, [500], False), (0, [19, 500], False)],
)
def test_an_account_is_silent_when_not_a_tenth_comes_of_its_quietest_week(
    observed: int, past: list[int], is_so: bool
) -> None:
    assert is_silent(observed, past) is is_so


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    async with a_watch(tmp_path, COMMENTS, PUSHED) as it:
        yield it


async def health(watch: Watch, *, status: str) -> dict[str, Any]:
    """The account's whole health, once it has that status."""

    async def has_it() -> dict[str, Any]:
        found: dict[str, Any] = (await watch.edge.api.get(f"/accounts/{watch.account_id}/health")).json()
        assert found["status"] == status, found
        return found

    found: dict[str, Any] = await eventually(has_it)
    return found


async def story(watch: Watch) -> list[str]:
    """The codes of the account's story, from its beginning."""
    items = (await watch.edge.api.get(f"/accounts/{watch.account_id}/health-log")).json()["items"]
    return [item["code"] for item in reversed(items)]


async def told(watch: Watch, event_class: type[Any], *, count: int) -> list[Any]:
    async def are_there() -> bool:
        assert len(await watch.edge.facts(event_class)) >= count
        return True

    await eventually(are_there)
    return await watch.edge.facts(event_class)


async def test_an_account_begins_healthy_and_its_story_with_its_connection(watch: Watch) -> None:
    found = await health(watch, status="healthy")

    assert (found["reasons"], found["last_delivery_at"], found["subscription"]) == ([], None, None)
    assert await story(watch) == ["connected"]


async def test_a_refused_token_is_told_once_with_what_to_do_and_new_credentials_mend_it(watch: Watch) -> None:
    watch.lists.shows("comments", CallRefused("bad token", reason=FailureReason.NEEDS_RECONNECT))

    await watch.passes(seconds=40)
    await watch.polls(count=1)
    await watch.passes(seconds=40)
    (degraded,) = await told(watch, AccountDegraded, count=1)
    await watch.passes(seconds=40)
    await watch.edge.api.patch(f"/accounts/{watch.account_id}", json={"credentials": watch.source.credentials()})
    await watch.passes(seconds=40)
    (recovered,) = await told(watch, AccountRecovered, count=1)

    assert (degraded.status, [reason.code for reason in degraded.reasons]) == ("unhealthy", ["needs_reconnect"])
    assert "PATCH" in degraded.reasons[0].remedy
    assert recovered.degraded_at == degraded.degraded_at
    assert len(await watch.edge.facts(AccountDegraded)) == 1
    assert (await health(watch, status="healthy"))["reasons"] == []
    assert await story(watch) == [
        "connected",
        "feed_paused",
        "token_revoked",
        "unhealthy",
        "credentials_changed",
        "recovered",
    ]


async def test_a_list_that_fails_again_and_again_degrades_the_account_until_it_answers(watch: Watch) -> None:
    watch.lists.shows("comments", *[PlatformBusy("busy")] * 3)

    for count in (1, 2, 3):
        await watch.passes(minutes=5)
        await watch.polls(count=count)
    found = await health(watch, status="degraded")
    await watch.passes(minutes=10)
    await watch.polls(count=4)

    assert [(reason["code"], reason["detail"]) for reason in found["reasons"]] == [("feed_failing", "comments: busy")]
    await health(watch, status="healthy")


async def test_requests_that_prove_nothing_are_counted_against_the_account(watch: Watch) -> None:
    account = (await watch.edge.api.get(f"/accounts/{watch.account_id}")).json()
    forged = Request(headers={"webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": "v1,AA=="}, body=b"{}")
    for _ in range(6):
        answer = await watch.edge.hooks.post(account["hook_path"], headers=dict(forged.headers), content=forged.body)
        assert answer.status_code == 401

    found = await health(watch, status="unhealthy")

    assert found["last_day"]["turned_away"] == 6
    assert [reason["code"] for reason in found["reasons"]] == ["deliveries_turned_away"]


async def test_the_list_of_accounts_shows_how_they_do(watch: Watch) -> None:
    async with watch.edge.running.open_unit() as unit:
        await unit.session.execute(update(AccountState).values(subscription="inactive"))

    (account,) = (await watch.edge.api.get("/accounts")).json()["items"]

    assert account["health"]["status"] == "unhealthy"
    assert account["health"]["reasons"][0]["code"] == "subscription_inactive"


async def test_an_account_that_falls_silent_is_flagged_and_speaks_again(watch: Watch) -> None:
    await watch.edge.hears(watch.source, watch.source.comment("hi", author=MIA))
    await watch.edge.filed(count=1)
    await watch.passes(weeks=4)
    now = watch.edge.clock.now()
    chance = random.Random(3)
    past = [now - timedelta(hours=hours) for hours in range(30, 24 * 7 * 4)]
    rows = [an_hour(watch, hour, chance.randint(10, 30)) for hour in past if hour > START]
    async with watch.edge.running.open_unit() as unit:
        await insert_all(unit.session, AccountHour, rows)

    await watch.passes(minutes=15)
    found = await health(watch, status="degraded")
    async with watch.edge.running.open_unit() as unit:
        await insert_all(
            unit.session, AccountHour, [an_hour(watch, now + timedelta(hours=more), 20) for more in range(4)]
        )
    await watch.passes(hours=4)

    assert "silent" in [reason["code"] for reason in found["reasons"]]
    assert found["silent_since"] is not None

    async def speaks() -> bool:
        again = (await watch.edge.api.get(f"/accounts/{watch.account_id}/health")).json()
        assert again["silent_since"] is None
        return True

    assert await eventually(speaks)


def an_hour(watch: Watch, hour: datetime, count: int) -> dict[str, Any]:
    return AccountHour(
        account_id=watch.account_id, hour=hour.replace(minute=0, second=0, microsecond=0), interactions=count
    ).model_dump()


async def test_what_arrives_is_counted_by_the_hour(watch: Watch) -> None:
    await watch.edge.hears(watch.source, watch.source.comment("hi", author=MIA), times=2)
    await watch.edge.filed(count=2)

    found = await health(watch, status="healthy")

    assert found["last_day"]["deliveries"] == 2
    assert found["last_delivery_at"] == msgspec.to_builtins(START).replace("+00:00", "Z")
