"""What members say of how texts read."""

import pytest

from huiying.auth.principals import Role
from huiying.events.corrections import CorrectionMade, CorrectionRevoked
from tests.support.running import a_member
from tests.unit.scoring.learning.world import TEA, Teaching, an_interaction


async def test_a_correction_is_kept_and_told(teaching: Teaching) -> None:
    made = await teaching.correct("还行吧", sentiment="negative", intents=["complaint"], risks=[])

    listed = await teaching.answer("GET", "/corrections", params={"brand": TEA})
    assert listed["items"] == [made]
    (told,) = await teaching.told()
    assert isinstance(told, CorrectionMade)
    assert (told.correction_id, told.text, told.sentiment, told.intents, told.risks) == (
        made["id"],
        "还行吧",
        "negative",
        ("complaint",),
        (),
    )


async def test_what_was_assessed_is_told_with_the_correction(teaching: Teaching) -> None:
    assessed = {"language": "zh", "model": "test", "urgency": 0.4}

    await teaching.correct(sentiment="neutral", assessed=assessed)

    (told,) = await teaching.told()
    assert isinstance(told, CorrectionMade)
    assert told.assessed is not None
    assert told.assessed.urgency == 0.4


async def test_a_later_correction_of_an_interaction_takes_the_place_of_the_earlier(teaching: Teaching) -> None:
    said = an_interaction("said")
    await teaching.hears(said)
    first = await teaching.correct(sentiment="neutral", interaction_id=said.id)

    second = await teaching.correct(sentiment="negative", interaction_id=said.id)

    listed = await teaching.answer("GET", "/corrections")
    assert listed["items"] == [second]
    told = await teaching.told()
    assert [type(one) for one in told] == [CorrectionMade, CorrectionRevoked, CorrectionMade]
    assert isinstance(told[1], CorrectionRevoked)
    assert told[1].correction_id == first["id"]


async def test_texts_without_an_interaction_are_corrected_side_by_side(teaching: Teaching) -> None:
    await teaching.correct(sentiment="neutral")
    await teaching.correct(sentiment="negative")

    listed = await teaching.answer("GET", "/corrections")

    assert [one["sentiment"] for one in listed["items"]] == ["negative", "neutral"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"sentiment": "angry"},
        {"sentiment": "neutral", "text": ""},
        {"sentiment": "neutral", "text": "a\0b"},
        {"sentiment": "neutral", "assessed": {"language": 3}},
        {"sentiment": "neutral", "further": 1},
    ],
)
async def test_what_corrects_nothing_or_makes_no_sense_is_refused(teaching: Teaching, body: dict[str, object]) -> None:
    answer = await teaching.ask("POST", "/corrections", json={"brand": TEA, "text": "还行", **body})

    assert answer.status_code == 422
    assert (await teaching.answer("GET", "/corrections"))["items"] == []


@pytest.mark.parametrize(
    "untellable",
    [
        r'"language": "\ud800"',
        '"language": "zh", "risks": [{"code": "legal", "score": 1e999}]',
    ],
)
async def test_an_assessment_that_nobody_could_be_told_is_refused(teaching: Teaching, untellable: str) -> None:
    body = f'{{"brand": "{TEA}", "text": "还行", "sentiment": "neutral", "assessed": {{"model": "x", {untellable}}}}}'

    answer = await teaching.ask("POST", "/corrections", content=body, headers={"content-type": "application/json"})

    assert answer.status_code == 422


async def test_a_correction_that_is_sent_twice_is_made_once(teaching: Teaching) -> None:
    asked = {"json": {"brand": TEA, "text": "还行", "sentiment": "neutral"}, "headers": {"Idempotency-Key": "one"}}

    first = await teaching.answer("POST", "/corrections", **asked)
    second = await teaching.answer("POST", "/corrections", **asked)

    assert first == second
    assert len((await teaching.answer("GET", "/corrections"))["items"]) == 1


async def test_a_correction_that_is_taken_back_is_gone_and_told(teaching: Teaching) -> None:
    said = an_interaction("said")
    await teaching.hears(said)
    made = await teaching.correct(sentiment="neutral", interaction_id=said.id)

    await teaching.answer("DELETE", f"/corrections/{made['id']}")

    assert (await teaching.answer("GET", "/corrections"))["items"] == []
    _, told = await teaching.told()
    assert isinstance(told, CorrectionRevoked)
    assert (told.correction_id, told.interaction_id) == (made["id"], said.id)


async def test_a_correction_that_is_gone_cannot_be_taken_back_again(teaching: Teaching) -> None:
    made = await teaching.correct(sentiment="neutral")
    await teaching.answer("DELETE", f"/corrections/{made['id']}")

    answer = await teaching.ask("DELETE", f"/corrections/{made['id']}")

    assert answer.status_code == 404


async def test_the_list_goes_on_where_a_page_ends(teaching: Teaching) -> None:
    for number in range(3):
        await teaching.correct(f"text {number}", sentiment="neutral")

    first = await teaching.answer("GET", "/corrections", params={"limit": 2})
    second = await teaching.answer("GET", "/corrections", params={"limit": 2, "cursor": first["next_cursor"]})

    assert [one["text"] for one in first["items"] + second["items"]] == ["text 2", "text 1", "text 0"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(("role", "status"), [(Role.AGENT, 201), (Role.MANAGER, 201), (Role.ANALYST, 403)])
async def test_agents_and_managers_correct_and_analysts_do_not(teaching: Teaching, role: Role, status: int) -> None:
    member = teaching.asked_by(a_member(role, TEA))

    answer = await member.ask("POST", "/corrections", json={"brand": TEA, "text": "还行", "sentiment": "neutral"})

    assert answer.status_code == status
