"""What a brand calls its things, kept by the brand."""

import asyncio
from typing import Any

import pytest

from huiying.auth.principals import Role
from huiying.events.assessments import SentimentLabel
from scoring.usecases.keep_dictionary import MOST_WORDS
from tests.support.running import a_member
from tests.unit.scoring.learning.world import TEA, Teaching

PATH = f"/dictionaries/{TEA}"
EMPTY: dict[str, Any] = {"products": {}, "stores": {}, "competitors": {}, "topics": {}, "words": [], "word_rules": {}}
FULL: dict[str, Any] = {
    "products": {"杨枝甘露": ["甘露"]},
    "stores": {"人民广场店": []},
    "competitors": {"隔壁茶铺": ["隔壁"]},
    "topics": {"排队": ["等位", "queue"]},
    "words": ["少冰"],
    "word_rules": {"踩雷": "negative"},
}


async def test_a_brand_without_a_dictionary_has_an_empty_one(teaching: Teaching) -> None:
    answer = await teaching.ask("GET", PATH)

    assert answer.json() == EMPTY
    assert answer.headers["etag"] == '"0"'


async def test_a_dictionary_is_kept_whole(teaching: Teaching) -> None:
    kept = await teaching.ask("PUT", PATH, json=FULL)

    answer = await teaching.ask("GET", PATH)

    assert answer.json() == kept.json() == FULL
    assert answer.headers["etag"] == kept.headers["etag"] == '"1"'


async def test_what_is_left_out_of_a_new_dictionary_is_gone(teaching: Teaching) -> None:
    await teaching.answer("PUT", PATH, json=FULL)

    await teaching.answer("PUT", PATH, json={"words": ["去冰"]})

    assert await teaching.answer("GET", PATH) == EMPTY | {"words": ["去冰"]}


async def test_a_dictionary_is_not_changed_by_who_read_another_version(teaching: Teaching) -> None:
    await teaching.answer("PUT", PATH, json=FULL, headers={"If-Match": '"0"'})

    answer = await teaching.ask("PUT", PATH, json={}, headers={"If-Match": '"0"'})

    assert answer.status_code == 412
    assert await teaching.answer("GET", PATH) == FULL


@pytest.mark.parametrize(
    "body",
    [
        {"words": ["  "]},
        {"words": ["a\0b"]},
        {"products": {"": []}},
        {"word_rules": {"踩雷": "angry"}},
        {"word_rules": {str(number): "neutral" for number in range(2_001)}},
        {"colours": []},
    ],
)
async def test_a_dictionary_that_makes_no_sense_is_refused(teaching: Teaching, body: dict[str, object]) -> None:
    answer = await teaching.ask("PUT", PATH, json=body)

    assert answer.status_code == 422


@pytest.mark.parametrize(("role", "status"), [(Role.AGENT, 403), (Role.MANAGER, 200)])
async def test_managers_keep_the_dictionary_and_agents_do_not(teaching: Teaching, role: Role, status: int) -> None:
    answer = await teaching.asked_by(a_member(role, TEA)).ask("PUT", PATH, json=FULL)

    assert answer.status_code == status


async def test_a_changed_dictionary_holds_from_the_next_batch_on(teaching: Teaching) -> None:
    before = await teaching.knows()

    await teaching.answer("PUT", PATH, json=FULL)

    assert before.dictionary.word_rules == {}
    assert (await teaching.knows()).dictionary.word_rules == {"踩雷": SentimentLabel.NEGATIVE}


async def test_what_has_not_changed_is_not_read_again(teaching: Teaching) -> None:
    await teaching.answer("PUT", PATH, json=FULL)

    first, second = await teaching.knows(), await teaching.knows()

    assert first is second


async def test_a_dictionary_is_ready_before_the_first_text_is_read_by_it(teaching: Teaching) -> None:
    await teaching.answer("PUT", PATH, json=FULL)

    found = await teaching.knows()

    assert {"recogniser", "vocabulary", "word_rules"} <= vars(found).keys()
    assert "finder" in vars(found.vocabulary)


async def test_batches_that_want_one_dictionary_at_once_have_it_made_once(teaching: Teaching) -> None:
    await teaching.answer("PUT", PATH, json=FULL)

    first, *others = await asyncio.gather(*(teaching.knows() for _ in range(3)))

    assert all(other is first for other in others)


async def test_while_one_brands_dictionary_is_made_another_brand_has_its_own(teaching: Teaching) -> None:
    for brand in (TEA, "boats"):
        await teaching.answer("PUT", f"/dictionaries/{brand}", json=FULL)
    async with teaching.service.open_view() as view:
        turn = view.tools.knowledge.turn(TEA)

    async with turn:
        found = await teaching.knows("boats")

    assert found.dictionary.words == ("少冰",)


async def test_a_dictionary_of_too_many_words_is_refused_with_the_number_that_may_be(teaching: Teaching) -> None:
    products = {f"product {number}": [f"alias {number} {alias}" for alias in range(50)] for number in range(981)}

    answer = await teaching.ask("PUT", PATH, json={"products": products})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert f"{MOST_WORDS:,}" in answer.json()["detail"]
    assert await teaching.answer("GET", PATH) == EMPTY


async def test_one_brand_does_not_learn_from_another(teaching: Teaching) -> None:
    await teaching.answer("PUT", PATH, json=FULL)

    assert (await teaching.knows("boats")).dictionary.word_rules == {}
