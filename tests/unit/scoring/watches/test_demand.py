"""What people begin to ask for, with who asked."""

from datetime import timedelta

from tests.unit.scoring.watches.world import NOON, Scoring, said

HOUR = timedelta(hours=1)
TODAY = {"brand": "tea", "from": (NOON - 24 * HOUR).isoformat(), "to": NOON.isoformat()}


async def test_a_question_that_rises_is_found_with_who_asked_it(scoring: Scoring) -> None:
    usual = [
        said(intents=["question"], keywords=["price"], at=NOON - timedelta(days=day, hours=hour))
        for day in range(8)
        for hour in range(1, 20)
    ]
    new = [
        said(intents=["question"], keywords=["oat", "milk"], at=NOON - n * HOUR, name=f"oat-{n}") for n in range(1, 15)
    ]
    await scoring.hears(*usual, *new)

    found = await scoring.answer("GET", "/demand", params=TODAY)

    assert {(one["intent"], one["about"]) for one in found["items"]} == {("question", "oat"), ("question", "milk")}
    assert all(name.startswith("facebook:oat-") for one in found["items"] for name in one["interactions"])
    assert found["interaction_count"] == 19 + 14


async def test_what_was_always_asked_for_does_not_rise(scoring: Scoring) -> None:
    await scoring.hears(
        *(
            said(intents=["need"], keywords=["parking"], at=NOON - timedelta(days=day, hours=hour))
            for day in range(8)
            for hour in range(1, 20)
        )
    )

    found = await scoring.answer("GET", "/demand", params=TODAY)

    assert found["items"] == []


async def test_a_period_that_ends_before_it_begins_is_refused(scoring: Scoring) -> None:
    refused = await scoring.ask("GET", "/demand", params={**TODAY, "to": TODAY["from"]})

    assert refused.status_code == 422
