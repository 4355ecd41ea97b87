"""What an alarm says, and what people do about it."""

from datetime import timedelta
from typing import Any

import pytest

from huiying.auth.principals import Role
from huiying.events.alerts import AlertAcknowledged, AlertClosed
from scoring.storage.counting import make_stale
from scoring.usecases.forget_old import forget
from tests.support.running import a_member
from tests.unit.scoring.watches.test_evaluating import STARTS, a_crisis, quiet_days
from tests.unit.scoring.watches.world import Scoring, every, said

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


async def alarmed(scoring: Scoring, **said_of_each: Any) -> dict[str, Any]:
    """The alarm of a crisis of which so much is said, forty minutes after it began."""
    await scoring.hears(*quiet_days(), *a_crisis(**said_of_each))
    await scoring.looks(at=STARTS + 40 * MINUTE)
    [listed] = (await scoring.answer("GET", "/alerts", params={"brand": "tea"}))["items"]
    found: dict[str, Any] = await scoring.answer("GET", f"/alerts/{listed['id']}")
    return found


def changes(alert: dict[str, Any], kind: str) -> dict[str, Any]:
    """What changed, of one kind."""
    return {one["value"]: one for one in alert["explanation"]["changes"] if one["kind"] == kind}


async def test_an_alarm_says_what_changed_with_the_interactions_that_show_it(scoring: Scoring) -> None:
    alert = await alarmed(scoring, platform="weibo", post="post-1", risks=["safety_incident"], text="plastic in it")

    assert set(changes(alert, "word")) == {"plastic"}
    assert set(changes(alert, "platform")) == {"weibo"}
    assert set(changes(alert, "post")) == {"post-1"}
    assert set(changes(alert, "risk")) == {"safety_incident"}
    voices = {voice["interaction_id"]: voice["text"] for voice in alert["voices"]}
    named = {name for one in alert["explanation"]["changes"] for name in one["interactions"]}
    assert named <= set(voices)
    assert {voices[name] for name in alert["explanation"]["first_voices"]} == {"plastic in it"}


async def test_an_open_alarm_says_how_the_next_hours_may_go(scoring: Scoring) -> None:
    alert = await alarmed(scoring)

    assert len(alert["forecast"]) == 6
    assert all(band["low"] <= band["middle"] <= band["high"] for band in alert["forecast"])


async def test_many_who_say_the_same_are_told_apart(scoring: Scoring) -> None:
    signature = bytes(range(64))

    alert = await alarmed(scoring, signature=signature, text="always the same")

    assert "coordinated" in changes(alert, "authors")
    texts = {voice["interaction_id"]: voice["text"] for voice in alert["voices"]}
    assert [texts[name] for name in alert["samples"]].count("always the same") == 1
    assert "coordinated_posting" in {
        reason["code"] for turn in alert["timeline"] for reason in turn["figures"]["reasons"]
    }


async def test_who_says_the_same_is_seen_too_once_the_past_is_settled(scoring: Scoring) -> None:
    await scoring.hears(*quiet_days())
    await scoring.looks(at=STARTS)

    await scoring.hears(*a_crisis(signature=bytes(range(64))))
    await scoring.looks(at=STARTS + HOUR + 10 * MINUTE)

    assert await scoring.coordinated() == len(a_crisis())


async def test_what_was_deleted_repeats_nobody_any_more(scoring: Scoring) -> None:
    wave = every(MINUTE, since=STARTS, until=STARTS + 9 * MINUTE, signature=bytes(range(64)))
    await scoring.hears(*quiet_days(), *wave)
    await scoring.looks(at=STARTS + 20 * MINUTE)
    seen = await scoring.coordinated()

    await scoring.forgets(one.interaction_id.partition(":")[2] for one in wave)
    await scoring.looks(at=STARTS + 30 * MINUTE)

    assert (seen, await scoring.coordinated()) == (len(wave), 0)


async def test_who_repeated_whom_is_known_after_the_words_are_erased(scoring: Scoring) -> None:
    wave = every(MINUTE, since=STARTS, until=STARTS + 9 * MINUTE, signature=bytes(range(64)))
    await scoring.hears(*quiet_days(), *wave)
    await scoring.looks(at=STARTS + 20 * MINUTE)

    scoring.clock.advance(timedelta(days=14))
    async with scoring.service.open_unit() as unit:
        await forget(unit)
        await make_stale(unit.session, "tea", since=STARTS - HOUR, now=scoring.clock.now() - HOUR)
    await scoring.looks()

    assert await scoring.coordinated() == len(wave)


@pytest.mark.parametrize("followers", [-1, 2**80])
async def test_an_unbelievable_number_of_followers_keeps_no_alarm_from_coming(scoring: Scoring, followers: int) -> None:
    alert = await alarmed(scoring, followers=followers)

    assert alert["status"] == "open"


async def test_one_who_says_it_all_alone_is_named(scoring: Scoring) -> None:
    alert = await alarmed(scoring, author="the-one", followers=2_000_000)

    assert {"one_source", "influential"} <= set(changes(alert, "authors"))


async def test_what_was_deleted_is_not_shown_any_more(scoring: Scoring) -> None:
    alert = await alarmed(scoring, text="plastic in it")

    await scoring.forgets(name.partition(":")[2] for name in alert["samples"])

    after = await scoring.answer("GET", f"/alerts/{alert['id']}")
    assert not {voice["interaction_id"] for voice in after["voices"]} & {*alert["samples"]}


async def test_who_takes_an_alarm_on_and_closes_it_is_told_once(scoring: Scoring) -> None:
    alert = await alarmed(scoring)
    agent = scoring.seen_by(a_member(Role.AGENT, "tea", subject="agent-1"))

    for act in ("acknowledge", "acknowledge", "close", "close"):
        after = await agent.answer("POST", f"/alerts/{alert['id']}:{act}")

    assert (after["status"], after["acknowledged_by"], after["closed_by"]) == ("closed", "agent-1", "agent-1")
    acts = [fact for fact in await scoring.told() if isinstance(fact, AlertAcknowledged | AlertClosed)]
    assert [(type(fact), fact.member_id) for fact in acts] == [(AlertAcknowledged, "agent-1"), (AlertClosed, "agent-1")]
    assert (await agent.ask("POST", f"/alerts/{alert['id']}:acknowledge")).status_code == 409


@pytest.mark.parametrize(
    ("query", "count"),
    [({"status": "open"}, 1), ({"status": "closed"}, 0), ({"severity": "1"}, 1), ({"brand": "coffee"}, 0)],
)
async def test_alarms_are_listed_by_what_is_asked_for(scoring: Scoring, query: dict[str, str], count: int) -> None:
    await alarmed(scoring)

    listed = await scoring.answer("GET", "/alerts", params=query)

    assert len(listed["items"]) == count


async def test_silence_is_asked_for_a_time_to_come(scoring: Scoring) -> None:
    alert = await alarmed(scoring)

    refused = await scoring.ask("POST", f"/alerts/{alert['id']}:mute", json={"until": STARTS.isoformat()})

    assert refused.status_code == 422


async def test_few_who_say_the_same_are_no_concert(scoring: Scoring) -> None:
    alike = every(MINUTE, since=STARTS, until=STARTS + 4 * MINUTE, negative_every=1, signature=bytes(range(64)))
    await scoring.hears(*quiet_days(), *alike, said(at=STARTS + 9 * MINUTE))

    await scoring.looks(at=STARTS + 40 * MINUTE)

    assert await scoring.coordinated() == 0
