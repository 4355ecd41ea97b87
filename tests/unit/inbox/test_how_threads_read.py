"""What a thread says of what people want, of what is at risk, and of how soon somebody should look."""

from typing import Any

from huiying.events.assessments import IntentCode, Reason, RiskCode, SentimentLabel
from huiying.events.corrections import CorrectionMade, CorrectionRevoked
from huiying.events.interactions import Interaction
from inbox.storage.reading_tables import THREAD_CODES
from inbox.usecases.file_corrections import drop_corrections, file_corrections
from inbox.usecases.resolve_thread import resolve_thread
from inbox.usecases.take_thread import Request
from tests.support.clock import START
from tests.support.inboxes import AGENT, Inbox, a_comment, a_deletion, a_message, an_assessment, an_edit, at

COMPLAINT, REFUND, THANKS = IntentCode.COMPLAINT, IntentCode.REFUND, IntentCode.THANKS
LEGAL, THREAT = RiskCode.LEGAL, RiskCode.THREAT
NEGATIVE, POSITIVE = SentimentLabel.NEGATIVE, SentimentLabel.POSITIVE


def a_correction(interaction: Interaction, **what: Any) -> CorrectionMade:
    """Somebody says how an interaction reads."""
    brand = interaction.account.brand
    return CorrectionMade(
        correction_id="correction-1", brand=brand, text="hi", interaction_id=interaction.id, corrected_at=START, **what
    )


async def corrected(inbox: Inbox, correction: CorrectionMade) -> None:
    """A member has said how it reads."""
    async with inbox.unit() as unit:
        await file_corrections(unit, [correction])


async def indexed(inbox: Inbox) -> set[tuple[str, str]]:
    """The codes by which threads are found."""
    return {(row.aspect, row.code) for row in await inbox.rows(THREAD_CODES)}


async def test_a_thread_wants_all_that_waits_and_is_as_urgent_as_the_most_urgent(inbox: Inbox) -> None:
    first, last = a_message("m1"), a_message("m2", minutes=1)
    await inbox.hears(first, last)

    await inbox.reads(
        an_assessment(first, intents=[REFUND], risks=[LEGAL], urgency=0.9),
        an_assessment(last, POSITIVE, intents=[THANKS], urgency=0.1),
    )

    thread = await inbox.thread()
    assert (thread.readings.intents, thread.readings.risks) == ((REFUND, THANKS), (LEGAL,))
    assert (thread.urgency, thread.sentiment) == (0.9, POSITIVE)
    assert thread.readings.urgency_reasons == (Reason(code="waiting", weight=0.9, detail=first.id),)


async def test_after_an_answer_nothing_is_urgent_and_the_newest_message_stays_to_be_found(inbox: Inbox) -> None:
    first, last = a_message("m1"), a_message("m2", minutes=1)
    await inbox.hears(first, last)
    await inbox.reads(an_assessment(first, intents=[COMPLAINT], urgency=0.9), an_assessment(last, intents=[REFUND]))

    await inbox.hears(a_message("m3", minutes=2, is_ours=True))

    thread = await inbox.thread()
    assert (thread.urgency, thread.readings.urgency_reasons, thread.readings.intents) == (0.0, (), (REFUND,))
    assert await indexed(inbox) == {("intent", "refund")}


async def test_an_answer_leaves_what_was_said_after_it(inbox: Inbox) -> None:
    first, last = a_message("m1"), a_message("m3", minutes=2)
    await inbox.hears(first, last)
    await inbox.reads(
        an_assessment(first, intents=[COMPLAINT], urgency=0.9), an_assessment(last, intents=[REFUND], urgency=0.4)
    )

    await inbox.hears(a_message("m2", minutes=1, is_ours=True))

    thread = await inbox.thread()
    assert (thread.urgency, thread.readings.intents) == (0.4, (REFUND,))


async def test_a_resolved_thread_is_not_urgent(inbox: Inbox) -> None:
    message = a_message("m1")
    await inbox.hears(message)
    await inbox.reads(an_assessment(message, risks=[THREAT], urgency=1.0))

    async with inbox.unit() as unit:
        await resolve_thread(unit, Request(thread_id=(await inbox.thread()).id, principal=AGENT))

    thread = await inbox.thread()
    assert (thread.urgency, thread.readings.risks) == (0.0, (THREAT,))


async def test_what_is_deleted_is_not_wanted_any_more(inbox: Inbox) -> None:
    first, last = a_comment("c1"), a_comment("c2", parent="c1", minutes=1)
    await inbox.hears(first, last)
    await inbox.reads(
        an_assessment(first, NEGATIVE, intents=[COMPLAINT], urgency=0.3),
        an_assessment(last, POSITIVE, intents=[THANKS], risks=[LEGAL], urgency=0.6),
    )

    await inbox.hears(a_deletion("c2"))

    thread = await inbox.thread()
    assert (thread.readings.intents, thread.readings.risks, thread.urgency) == ((COMPLAINT,), (), 0.3)
    assert thread.sentiment is NEGATIVE
    assert await indexed(inbox) == {("intent", "complaint")}


async def test_an_edit_takes_the_old_words_away(inbox: Inbox) -> None:
    message, edit = a_comment("c1"), an_edit("c1", text="all is well")
    await inbox.hears(message)
    await inbox.reads(an_assessment(message, intents=[COMPLAINT], risks=[LEGAL], urgency=0.8))
    await inbox.hears(edit)

    await inbox.reads(an_assessment(edit, POSITIVE, intents=[THANKS], urgency=0.1))

    thread = await inbox.thread()
    assert (thread.readings.intents, thread.readings.risks, thread.urgency) == ((THANKS,), (), 0.1)


async def test_another_assessment_of_the_same_words_takes_the_place_of_the_first(inbox: Inbox) -> None:
    message = a_message("m1")
    await inbox.hears(message)
    await inbox.reads(an_assessment(message, intents=[COMPLAINT], risks=[LEGAL], urgency=0.8))

    await inbox.reads(an_assessment(message, intents=[REFUND], urgency=0.2))

    thread = await inbox.thread()
    assert (thread.readings.intents, thread.readings.risks, thread.urgency) == ((REFUND,), (), 0.2)


async def test_a_photograph_after_angry_words_does_not_calm_them(inbox: Inbox) -> None:
    words, photograph = a_message("m1"), a_message("m2", text=None, minutes=1)
    await inbox.hears(words, photograph)

    await inbox.reads(an_assessment(words, NEGATIVE, intents=[COMPLAINT]), an_assessment(photograph, None))

    thread = await inbox.thread()
    assert (thread.sentiment, thread.readings.intents) == (NEGATIVE, (COMPLAINT,))


async def test_a_member_decides_what_is_wanted_and_at_risk(inbox: Inbox) -> None:
    message = a_message("m1")
    await inbox.hears(message)
    await inbox.reads(an_assessment(message, NEGATIVE, intents=[COMPLAINT], risks=[LEGAL], urgency=0.8))

    await corrected(inbox, a_correction(message, intents=(REFUND,), risks=()))

    thread = await inbox.thread()
    assert (thread.readings.intents, thread.readings.risks) == ((REFUND,), ())
    assert (thread.sentiment, thread.urgency) == (NEGATIVE, 0.8)


async def test_what_a_member_takes_back_reads_as_it_was_assessed(inbox: Inbox) -> None:
    message = a_message("m1")
    await inbox.hears(message)
    await inbox.reads(an_assessment(message, intents=[COMPLAINT], risks=[LEGAL]))
    correction = a_correction(message, intents=(REFUND,), risks=())
    await corrected(inbox, correction)
    taken_back = CorrectionRevoked(
        correction_id=correction.correction_id, brand=correction.brand, interaction_id=message.id, revoked_at=START
    )

    async with inbox.unit() as unit:
        await drop_corrections(unit, [taken_back])

    thread = await inbox.thread()
    assert (thread.readings.intents, thread.readings.risks) == ((COMPLAINT,), (LEGAL,))


async def test_however_many_wait_a_thread_reads_as_all_of_them_together(inbox: Inbox) -> None:
    said = [a_message(f"m{number}", minutes=number // 3) for number in range(60)]
    await inbox.hears(*said)
    read = [
        an_assessment(
            one,
            [NEGATIVE, POSITIVE, None, None][number % 4],
            intents=list(IntentCode)[number % 7 : number % 7 + number % 3],
            risks=list(RiskCode)[number % 5 : number % 5 + number % 2],
            urgency=[None, 0.2, 0.9][number % 3],
        )
        for number, one in enumerate(said)
    ]
    await inbox.reads(*read)
    await corrected(inbox, a_correction(said[40], intents=(IntentCode.PRAISE,), risks=()))

    await inbox.hears(a_message("ours", minutes=7, is_ours=True))

    thread = await inbox.thread()
    waiting = [one.assessment for one, message in zip(read, said, strict=True) if message.occurred_at > at(7)]
    assert thread.readings.waiting is not None
    assert set(thread.readings.waiting.intents) == {
        *(intent.code for one in waiting for intent in one.intents if one is not read[40].assessment),
        IntentCode.PRAISE,
    }
    assert set(thread.readings.waiting.risks) == {
        risk.code for one in waiting for risk in one.risks if one is not read[40].assessment
    }
    most_urgent = next(one for one in waiting if one.urgency == 0.9)
    assert (thread.urgency, thread.readings.urgency_reasons) == (0.9, most_urgent.urgency_reasons)
    newest = next(one for one in reversed(read) if one.assessment.sentiment is not None)
    assert thread.readings.newest is not None
    assert thread.readings.newest.interaction_id == newest.interaction_id


async def test_threads_that_turn_out_to_be_one_want_what_both_wanted(inbox: Inbox) -> None:
    early, late = a_comment("c3", parent="c2", minutes=2), a_comment("c1")
    await inbox.hears(early)
    await inbox.hears(late)
    await inbox.reads(
        an_assessment(early, intents=[REFUND], urgency=0.2), an_assessment(late, intents=[COMPLAINT], urgency=0.7)
    )

    await inbox.hears(a_comment("c2", parent="c1", minutes=1))

    thread = await inbox.thread()
    assert (thread.readings.intents, thread.urgency) == ((COMPLAINT, REFUND), 0.7)


async def test_an_assessment_that_comes_again_is_no_change_of_its_thread(inbox: Inbox) -> None:
    message = a_message("m1")
    await inbox.hears(message)
    assessment = an_assessment(message, intents=[REFUND], urgency=0.5)
    await inbox.reads(assessment)
    before = await inbox.thread()

    await inbox.reads(assessment)

    assert await inbox.thread() == before
