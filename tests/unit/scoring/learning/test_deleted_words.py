"""Once something is deleted no correction holds its words, whatever came first and under whatever id."""

from datetime import timedelta

import pytest

from huiying.events.corrections import CorrectionMade, CorrectionRevoked
from huiying.events.interactions import Action, Interaction, Kind
from scoring.storage.objects import CORRECTABLE_FOR
from tests.unit.scoring.learning.world import Teaching, an_interaction

SAID = an_interaction("said", text="我的手机号是 13800138000")
EDITED = an_interaction("said", text="我的手机号是 13900139000", action=Action.UPDATED)
DELETED = an_interaction("said", action=Action.DELETED)
LIKE_TAKEN_BACK = an_interaction("said", action=Action.REMOVED, kind=Kind.REACTION)
MONTH = timedelta(days=30)


async def test_the_correction_of_what_is_deleted_is_erased_and_told_to_be_gone(teaching: Teaching) -> None:
    await teaching.hears(SAID)
    await teaching.correct_interaction(SAID)
    await teaching.correct("another", sentiment="neutral")

    await teaching.hears(DELETED)

    assert await teaching.corrected_texts() == ["another"]
    made, _, gone = await teaching.told()
    assert isinstance(made, CorrectionMade)
    assert isinstance(gone, CorrectionRevoked)
    assert gone.correction_id == made.correction_id


async def test_what_is_deleted_cannot_be_corrected(teaching: Teaching) -> None:
    await teaching.hears(SAID, DELETED)

    answer = await teaching.correct_interaction(SAID)

    assert (answer.status_code, answer.json()["code"]) == (404, "interaction_deleted")
    assert await teaching.corrected_texts() == []


async def test_what_was_deleted_before_it_came_cannot_be_corrected(teaching: Teaching) -> None:
    await teaching.hears(DELETED)
    await teaching.hears(SAID)

    answer = await teaching.correct_interaction(SAID)

    assert answer.json()["code"] == "interaction_deleted"


async def test_the_correction_of_an_edit_is_erased_with_what_was_edited(teaching: Teaching) -> None:
    await teaching.hears(SAID)
    await teaching.hears(EDITED)
    await teaching.correct_interaction(EDITED)

    await teaching.hears(DELETED)

    assert await teaching.corrected_texts() == []


async def test_an_edit_that_came_before_what_it_edits_is_known_by_both_ids(teaching: Teaching) -> None:
    await teaching.hears(EDITED)
    await teaching.hears(SAID)
    await teaching.correct_interaction(EDITED)
    await teaching.correct_interaction(SAID)

    await teaching.hears(DELETED)

    assert await teaching.corrected_texts() == []


@pytest.mark.parametrize("corrected_after", [timedelta(0), MONTH])
async def test_a_correction_is_erased_long_after_the_words_that_explained_alarms(
    teaching: Teaching, corrected_after: timedelta
) -> None:
    await teaching.hears(SAID)
    await teaching.forgets(after=corrected_after)
    assert (await teaching.correct_interaction(SAID)).status_code == 201
    await teaching.forgets(after=2 * CORRECTABLE_FOR)

    await teaching.hears(DELETED)

    assert await teaching.corrected_texts() == []


async def test_what_was_read_too_long_ago_cannot_be_corrected_by_its_id(teaching: Teaching) -> None:
    await teaching.hears(SAID)
    await teaching.forgets(after=CORRECTABLE_FOR + timedelta(days=1))

    answer = await teaching.correct_interaction(SAID)

    assert answer.json()["code"] == "not_found"


async def test_a_deletion_is_remembered_longer_than_what_was_deleted(teaching: Teaching) -> None:
    await teaching.hears(SAID, DELETED)
    await teaching.forgets(after=2 * CORRECTABLE_FOR)
    await teaching.hears(SAID)

    answer = await teaching.correct_interaction(SAID)

    assert answer.json()["code"] == "interaction_deleted"


async def test_what_was_not_read_cannot_be_corrected_until_it_is(teaching: Teaching) -> None:
    before = await teaching.correct_interaction(SAID)

    await teaching.hears(SAID)

    assert before.json()["code"] == "not_found"
    assert (await teaching.correct_interaction(SAID)).status_code == 201


@pytest.mark.parametrize("interactions", [[SAID], [SAID, EDITED], [SAID, DELETED]])
@pytest.mark.parametrize("age", [timedelta(0), MONTH])
async def test_another_brand_learns_nothing_of_what_was_said_and_what_became_of_it(
    teaching: Teaching, interactions: list[Interaction], age: timedelta
) -> None:
    await teaching.hears(*interactions)
    await teaching.forgets(after=age)

    answers = [await teaching.correct_interaction(one, brand="boats") for one in interactions]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "not_found")}


async def test_what_is_told_twice_is_known_and_deleted_as_if_it_were_told_once(teaching: Teaching) -> None:
    await teaching.hears(SAID, SAID, EDITED)
    await teaching.forgets(after=timedelta(days=1))
    await teaching.hears(SAID, EDITED, EDITED)
    await teaching.correct_interaction(SAID)

    await teaching.hears(DELETED)
    await teaching.hears(DELETED, SAID)

    assert await teaching.corrected_texts() == []
    assert [type(one) for one in await teaching.told()] == [CorrectionMade, CorrectionRevoked]
    assert (await teaching.correct_interaction(SAID)).json()["code"] == "interaction_deleted"


async def test_a_like_that_is_taken_back_deletes_no_words(teaching: Teaching) -> None:
    await teaching.hears(SAID)
    await teaching.correct_interaction(SAID)

    await teaching.hears(LIKE_TAKEN_BACK)

    assert await teaching.corrected_texts() == [SAID.object.text]
