"""Learning from corrections, shown before it is applied, and undone."""

from dataclasses import replace

import pytest
from sqlalchemy import delete

from huiying.auth.principals import Role
from huiying.errors import NotFound
from scoring.domain.teaching.adaptation import Adaptation
from scoring.domain.teaching.lessons import FEWEST_LABELS
from scoring.domain.text.language import read_languages
from scoring.storage.knowledge import knowledge_of
from scoring.storage.knowledge_cache import KnowledgeCache
from scoring.storage.learning_tables import ADAPTATIONS, AdaptationRow
from scoring.storage.unit import ScoringUnit
from scoring.usecases.apply_adaptation import apply_adaptation
from tests.support.running import a_member, an_administrator
from tests.unit.scoring.learning.lessons import neutral_news, praise_and_blame
from tests.unit.scoring.learning.world import TEA, Teaching

NEWS = "门店今天上午十点开始营业"


async def draft_of(teaching: Teaching) -> str:
    """A draft, learnt from labels that call neutral what the model calls something else."""
    await teaching.label([*praise_and_blame(60), *neutral_news(60)])
    return str((await teaching.answer("POST", "/adaptations", json={"brand": TEA}))["id"])


async def test_a_draft_shows_what_it_would_change_and_changes_nothing(teaching: Teaching) -> None:
    await teaching.label([*praise_and_blame(60), *neutral_news(60)])

    draft = await teaching.answer("POST", "/adaptations", json={"brand": TEA})

    effect = draft["effect"]
    assert draft["status"] == "draft"
    assert effect["label_count"] == 120
    assert effect["after"]["accuracy"] > effect["before"]["accuracy"]
    assert effect["changed"] > 0
    assert (await teaching.knows()).adaptation is None


async def test_an_adaptation_shows_the_texts_that_it_changes(teaching: Teaching) -> None:
    found = await teaching.answer("GET", f"/adaptations/{await draft_of(teaching)}")

    changes = found["changes"]
    assert 0 < len(changes) <= 50
    assert all(change["before"] != change["after"] and change["text"] for change in changes)


async def test_the_text_of_a_change_goes_with_its_correction(teaching: Teaching) -> None:
    draft = await draft_of(teaching)
    (change, *_) = (await teaching.answer("GET", f"/adaptations/{draft}"))["changes"]

    await teaching.answer("DELETE", f"/corrections/{change['correction_id']}")

    (first, *_) = (await teaching.answer("GET", f"/adaptations/{draft}"))["changes"]
    assert first == change | {"text": None}


async def test_an_applied_adaptation_holds_from_the_next_batch_on(teaching: Teaching) -> None:
    draft = await draft_of(teaching)

    applied = await teaching.answer("POST", f"/adaptations/{draft}:apply")

    adaptation = (await teaching.knows()).adaptation
    assert applied["status"] == "applied"
    assert adaptation is not None
    assert adaptation.bias[1] > 0


async def test_a_draft_that_is_dropped_while_somebody_applies_it_is_not_found(teaching: Teaching) -> None:
    draft = await draft_of(teaching)

    async with teaching.service.open_unit() as unit:
        await unit.session.get(AdaptationRow, draft)
        connection = await unit.session.connection()
        await connection.execute(delete(ADAPTATIONS).where(ADAPTATIONS.c.id == draft))

        with pytest.raises(NotFound):
            await apply_adaptation(unit, draft, principal=an_administrator(TEA))


async def test_what_is_undone_gives_way_to_what_was_before_it(teaching: Teaching) -> None:
    first = await draft_of(teaching)
    await teaching.answer("POST", f"/adaptations/{first}:apply")
    before = (await teaching.knows()).adaptation
    second = (await teaching.answer("POST", "/adaptations", json={"brand": TEA}))["id"]
    await teaching.answer("POST", f"/adaptations/{second}:apply")

    await teaching.answer("POST", f"/adaptations/{second}:undo")

    listed = await teaching.answer("GET", "/adaptations", params={"brand": TEA})
    assert [(one["id"], one["status"]) for one in listed["items"]] == [(second, "undone"), (first, "applied")]
    assert (await teaching.knows()).adaptation == before


async def test_the_first_adaptation_undone_leaves_the_model_as_it_was(teaching: Teaching) -> None:
    first = await draft_of(teaching)
    await teaching.answer("POST", f"/adaptations/{first}:apply")

    await teaching.answer("POST", f"/adaptations/{first}:undo")

    assert (await teaching.knows()).adaptation is None


async def test_what_was_undone_may_be_applied_again(teaching: Teaching) -> None:
    first = await draft_of(teaching)
    await teaching.answer("POST", f"/adaptations/{first}:apply")
    await teaching.answer("POST", f"/adaptations/{first}:undo")

    await teaching.answer("POST", f"/adaptations/{first}:apply")

    assert (await teaching.knows()).adaptation is not None


async def test_only_what_is_applied_is_undone_and_only_what_is_not_is_applied(teaching: Teaching) -> None:
    draft = await draft_of(teaching)

    undone = await teaching.ask("POST", f"/adaptations/{draft}:undo")
    await teaching.answer("POST", f"/adaptations/{draft}:apply")
    applied = await teaching.ask("POST", f"/adaptations/{draft}:apply")

    assert (undone.status_code, undone.json()["code"]) == (409, "adaptation_not_applied")
    assert (applied.status_code, applied.json()["code"]) == (409, "adaptation_not_applicable")


async def test_a_new_draft_takes_the_place_of_the_last(teaching: Teaching) -> None:
    first = await draft_of(teaching)

    await teaching.answer("POST", "/adaptations", json={"brand": TEA})

    assert (await teaching.ask("GET", f"/adaptations/{first}")).status_code == 404
    assert len((await teaching.answer("GET", "/adaptations"))["items"]) == 1


async def test_too_few_labels_teach_nothing(teaching: Teaching) -> None:
    await teaching.label(praise_and_blame(FEWEST_LABELS - 1))

    answer = await teaching.ask("POST", "/adaptations", json={"brand": TEA})

    assert answer.status_code == 409
    assert answer.json()["code"] == "too_few_labels"
    assert "99" in answer.json()["detail"]


async def test_who_labels_only_errors_is_asked_for_the_rest(teaching: Teaching) -> None:
    swapped = {"negative": "positive", "positive": "negative"}
    await teaching.label([(swapped[label], text) for label, text in praise_and_blame(FEWEST_LABELS)])

    answer = await teaching.ask("POST", "/adaptations", json={"brand": TEA})

    assert answer.status_code == 409
    assert "agree" in answer.json()["detail"]


@pytest.mark.parametrize(("role", "status"), [(Role.AGENT, 403), (Role.MANAGER, 409)])
async def test_managers_teach_and_agents_do_not(teaching: Teaching, role: Role, status: int) -> None:
    answer = await teaching.asked_by(a_member(role, TEA)).ask("POST", "/adaptations", json={"brand": TEA})

    assert answer.status_code == status


async def test_every_process_sees_what_another_has_applied(teaching: Teaching) -> None:
    draft = await draft_of(teaching)
    runtime = teaching.service.runtime
    elsewhere = replace(runtime.tools, knowledge=KnowledgeCache())

    async def seen_elsewhere() -> Adaptation | None:
        async with runtime.database.reading() as session:
            unit = ScoringUnit(session, clock=teaching.clock, tools=elsewhere)
            return (await knowledge_of(unit, {TEA}))[TEA].adaptation

    before = await seen_elsewhere()
    await teaching.answer("POST", f"/adaptations/{draft}:apply")

    assert before is None
    assert await seen_elsewhere() is not None


async def test_the_brand_s_texts_read_otherwise_and_nobody_else_s(teaching: Teaching) -> None:
    draft = await draft_of(teaching)
    await teaching.answer("POST", f"/adaptations/{draft}:apply")
    model = teaching.service.runtime.tools.model
    readings = read_languages([NEWS])
    rows = model.probabilities([NEWS], readings=readings)

    own = (await teaching.knows()).apply(rows, texts=[NEWS], readings=readings, model=model.name)
    other = (await teaching.knows("boats")).apply(rows, texts=[NEWS], readings=readings, model=model.name)

    assert own[0, 1] > rows[0, 1]
    assert other.tolist() == rows.tolist()
