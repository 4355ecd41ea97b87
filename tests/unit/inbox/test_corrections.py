"""What members say of how messages read."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from huiying.events.assessments import IntentCode, SentimentLabel
from huiying.events.corrections import CorrectionMade, CorrectionRevoked
from huiying.events.interactions import Action, Interaction
from inbox.main import SERVICE
from inbox.storage.reading_tables import CORRECTIONS
from inbox.usecases.file_assessments import file_assessments
from inbox.usecases.file_corrections import drop_corrections, file_corrections
from inbox.usecases.file_interactions import file_interactions
from tests.support.clock import START
from tests.support.eventually import eventually
from tests.support.inboxes import Inbox, a_comment, a_message, an_assessment, an_edit, an_interaction
from tests.support.running import Running, a_service, an_administrator

NEGATIVE, NEUTRAL, POSITIVE = SentimentLabel.NEGATIVE, SentimentLabel.NEUTRAL, SentimentLabel.POSITIVE


def a_correction(interaction: Interaction, sentiment: SentimentLabel | None, **what: Any) -> CorrectionMade:
    """Somebody says how an interaction reads."""
    said = {"correction_id": "correction-1", "brand": interaction.account.brand, "text": "hello", **what}
    return CorrectionMade(interaction_id=interaction.id, sentiment=sentiment, corrected_at=START, **said)


def taken_back(correction: CorrectionMade) -> CorrectionRevoked:
    """The same, taken back."""
    return CorrectionRevoked(
        correction_id=correction.correction_id,
        brand=correction.brand,
        interaction_id=correction.interaction_id,
        revoked_at=START,
    )


async def assessed(inbox: Inbox, interaction: Interaction, label: SentimentLabel) -> None:
    """Scoring has read it."""
    async with inbox.unit() as unit:
        await file_assessments(unit, [an_assessment(interaction, label)])


async def corrected(inbox: Inbox, *corrections: CorrectionMade) -> None:
    """Members have said how it reads."""
    async with inbox.unit() as unit:
        await file_corrections(unit, corrections)


async def revoked(inbox: Inbox, correction: CorrectionMade) -> None:
    """A member has taken that back."""
    async with inbox.unit() as unit:
        await drop_corrections(unit, [taken_back(correction)])


async def test_a_correction_decides_how_the_thread_reads(inbox: Inbox) -> None:
    message = a_comment()
    await inbox.hears(message)
    await assessed(inbox, message, POSITIVE)

    await corrected(inbox, a_correction(message, NEGATIVE))

    assert (await inbox.thread()).sentiment is NEGATIVE


async def test_an_assessment_that_comes_after_a_correction_does_not_overrule_it(inbox: Inbox) -> None:
    message = a_comment()
    await inbox.hears(message)
    await corrected(inbox, a_correction(message, NEGATIVE))

    await assessed(inbox, message, POSITIVE)

    assert (await inbox.thread()).sentiment is NEGATIVE


async def test_hiding_a_corrected_message_does_not_bring_the_assessment_back(inbox: Inbox) -> None:
    message = a_comment()
    await inbox.hears(message)
    await assessed(inbox, message, POSITIVE)
    await corrected(inbox, a_correction(message, NEGATIVE))

    await inbox.hears(an_interaction("c1", action=Action.HIDDEN, minutes=3))

    assert (await inbox.thread()).sentiment is NEGATIVE


async def test_what_is_taken_back_leaves_the_assessment(inbox: Inbox) -> None:
    message = a_comment()
    await inbox.hears(message)
    await assessed(inbox, message, POSITIVE)
    correction = a_correction(message, NEGATIVE)
    await corrected(inbox, correction)

    await revoked(inbox, correction)

    assert (await inbox.thread()).sentiment is POSITIVE


async def test_what_is_taken_back_and_was_never_assessed_leaves_nothing(inbox: Inbox) -> None:
    message = a_comment()
    await inbox.hears(message)
    correction = a_correction(message, NEGATIVE)
    await corrected(inbox, correction)

    await revoked(inbox, correction)

    assert (await inbox.thread()).sentiment is None


async def test_a_replaced_correction_that_is_revoked_late_changes_nothing(inbox: Inbox) -> None:
    message = a_comment()
    await inbox.hears(message)
    first = a_correction(message, NEGATIVE)
    await corrected(inbox, first, a_correction(message, NEUTRAL, correction_id="correction-2"))

    await revoked(inbox, first)

    assert (await inbox.thread()).sentiment is NEUTRAL


async def test_the_correction_of_an_earlier_message_leaves_the_thread_as_the_last_one_reads(inbox: Inbox) -> None:
    first, last = a_message("m1"), a_message("m2", minutes=5)
    await inbox.hears(first, last)
    await assessed(inbox, last, POSITIVE)

    await corrected(inbox, a_correction(first, NEGATIVE))

    assert (await inbox.thread()).sentiment is POSITIVE


async def test_an_edit_has_other_words_than_those_that_were_corrected(inbox: Inbox) -> None:
    message, edit = a_comment(), an_edit(text="better now")
    await inbox.hears(message)
    await corrected(inbox, a_correction(message, NEGATIVE))
    await inbox.hears(edit)

    await assessed(inbox, edit, POSITIVE)

    assert (await inbox.thread()).sentiment is POSITIVE


async def test_an_edited_message_is_corrected_under_its_own_id(inbox: Inbox) -> None:
    message, edit = a_comment(), an_edit(text="better now")
    await inbox.hears(message, edit)
    await assessed(inbox, edit, POSITIVE)

    await corrected(inbox, a_correction(message, NEUTRAL, text="better now"))

    assert (await inbox.thread()).sentiment is NEUTRAL


async def test_an_edit_is_corrected_under_the_id_of_the_edit(inbox: Inbox) -> None:
    message, edit = a_comment(), an_edit(text="better now")
    await inbox.hears(message, edit)
    await assessed(inbox, edit, POSITIVE)

    await corrected(inbox, a_correction(edit, NEUTRAL, text="better now"))

    assert (await inbox.thread()).sentiment is NEUTRAL


async def test_what_is_said_of_words_that_were_edited_meanwhile_is_not_said_of_the_new_ones(inbox: Inbox) -> None:
    message, edit = a_comment(text="terrible"), an_edit(text="better now")
    await inbox.hears(message, edit)
    await assessed(inbox, edit, POSITIVE)

    await corrected(inbox, a_correction(message, NEGATIVE, text="terrible"))

    assert (await inbox.thread()).sentiment is POSITIVE


async def test_the_last_correction_of_the_same_words_holds_under_whichever_id(inbox: Inbox) -> None:
    message, edit = a_comment(), an_edit(text="better now")
    await inbox.hears(message, edit)

    await corrected(
        inbox,
        a_correction(message, POSITIVE, text="better now"),
        a_correction(edit, NEUTRAL, text="better now", correction_id="correction-2"),
        a_correction(message, NEGATIVE, text="better now", correction_id="correction-3"),
    )

    assert (await inbox.thread()).sentiment is NEGATIVE


async def test_another_brand_corrects_nothing(inbox: Inbox) -> None:
    message = a_comment()
    await inbox.hears(message)

    await corrected(inbox, a_correction(message, NEGATIVE, brand="boats"))

    assert (await inbox.thread()).sentiment is None
    assert not await inbox.rows(CORRECTIONS)


async def test_what_belongs_to_no_message_is_passed_over(inbox: Inbox) -> None:
    await corrected(inbox, a_correction(a_comment(), NEGATIVE))

    assert not await inbox.rows(CORRECTIONS)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with a_service(SERVICE, directory=tmp_path) as it:
        yield it


async def test_a_message_shows_its_correction_and_reads_by_it(running: Running) -> None:
    message = a_comment()
    correction = a_correction(message, NEGATIVE, intents=(IntentCode.COMPLAINT,), risks=())
    async with running.open_unit() as unit:
        await file_interactions(unit, [message])
        await file_assessments(unit, [an_assessment(message, POSITIVE)])

    await running.told(correction)

    async with running.client(an_administrator("acme")) as client:

        async def shown() -> dict[str, Any] | None:
            (thread,) = (await client.get("/threads")).json()["items"]
            (item,) = (await client.get(f"/threads/{thread['id']}/messages")).json()["items"]
            return item if "correction" in item else None

        item = await eventually(shown)
    assert item["correction"] == {
        "id": "correction-1",
        "sentiment": "negative",
        "intents": ["complaint"],
        "risks": [],
    }
    assert item["assessment"]["sentiment"] == {
        "label": "negative",
        "scores": {"negative": 1.0, "neutral": 0.0, "positive": 0.0},
        "confident": True,
    }
