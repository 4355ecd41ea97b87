"""A deletion and a correction of the same thing at the same moment, in two replicas."""

import asyncio

from sqlalchemy import text

from huiying.events.assessments import SentimentLabel
from huiying.events.envelope import Told
from huiying.events.interactions import Action, InteractionReceived
from scoring.consumers import on_interactions
from scoring.usecases.correct_assessment import NewCorrection, correct_assessment
from tests.support.eventually import eventually
from tests.support.running import an_administrator
from tests.unit.scoring.learning.world import TEA, Teaching, an_interaction

SAID = an_interaction("said")
DELETED = an_interaction("said", action=Action.DELETED)
CORRECTION = NewCorrection(
    brand=TEA,
    text="还行",
    interaction_id=SAID.id,
    sentiment=SentimentLabel.NEUTRAL,
    intents=None,
    risks=None,
    assessed=None,
)


async def test_a_deletion_finds_the_correction_that_is_being_made(teaching: Teaching) -> None:
    await teaching.hears(SAID)

    async with teaching.service.open_unit() as unit:
        await correct_assessment(unit, CORRECTION, principal=an_administrator())
        deletion = asyncio.create_task(teaching.hears(DELETED))
        await waits_or_ends(teaching, deletion)
    await deletion

    assert await teaching.corrected_texts() == []


async def test_a_correction_is_refused_of_what_is_being_deleted(teaching: Teaching) -> None:
    await teaching.hears(SAID)

    async with teaching.service.open_unit() as unit:
        await on_interactions(unit, [Told(InteractionReceived(interaction=DELETED), "interactions", 0, 0, 0)])
        correction = asyncio.create_task(teaching.correct_interaction(SAID))
        await waits_or_ends(teaching, correction)
    answer = await correction

    assert answer.json()["code"] == "interaction_deleted"
    assert await teaching.corrected_texts() == []


async def waits_or_ends(teaching: Teaching, task: asyncio.Task[object]) -> None:
    """The task has met the other's lock, or has not and is through."""

    async def is_so() -> bool:
        async with teaching.service.open_view() as view:
            found = await view.session.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))
            return bool(found.scalar_one()) or task.done()

    await eventually(is_so)
