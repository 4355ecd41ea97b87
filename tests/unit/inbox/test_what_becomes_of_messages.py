"""Edits, deletions, hiding and assessments find their message, before or after it."""

from itertools import permutations

import pytest

from huiying.events.assessments import SentimentLabel
from huiying.events.interactions import Action, Interaction
from inbox.storage.reading_tables import ASSESSMENTS
from inbox.storage.tables import REVISIONS
from inbox.usecases.file_assessments import file_assessments
from tests.support.inboxes import Inbox, a_comment, a_deletion, a_message, an_assessment, an_edit, an_interaction, at


async def file(inbox: Inbox, interactions: list[Interaction], *, one_by_one: bool) -> None:
    """File them as so many batches, or as one."""
    if not one_by_one:
        await inbox.hears(*interactions)
        return
    for interaction in interactions:
        await inbox.hears(interaction)


@pytest.mark.parametrize("one_by_one", [True, False])
@pytest.mark.parametrize("is_late", [True, False])
async def test_an_edit_changes_the_text_before_or_after_its_comment(
    inbox: Inbox, is_late: bool, one_by_one: bool
) -> None:
    told = [a_comment("c1", text="old"), an_edit("c1", text="new", minutes=5)]

    await file(inbox, told if is_late else told[::-1], one_by_one=one_by_one)

    (message,) = await inbox.messages()
    assert (message.text, message.edited_at, message.occurred_at) == ("new", at(5), at(0))
    assert (await inbox.thread()).last_message_text == "new"


async def test_the_last_edit_holds_in_whatever_order_edits_come(inbox: Inbox) -> None:
    await inbox.hears(a_comment("c1"), an_edit("c1", text="last", minutes=8))

    await inbox.hears(an_edit("c1", text="first", minutes=3))

    (message,) = await inbox.messages()
    assert (message.text, message.edited_at) == ("last", at(8))


@pytest.mark.parametrize("one_by_one", [True, False])
async def test_a_deletion_that_comes_before_its_comment_holds(inbox: Inbox, one_by_one: bool) -> None:
    await file(inbox, [a_deletion("c1"), a_comment("c1", text="secret")], one_by_one=one_by_one)

    (message,) = await inbox.messages()
    assert (message.text, message.deleted_at) == (None, at(9))
    assert (await inbox.thread()).last_message_text is None


async def test_an_edit_does_not_bring_back_what_was_deleted(inbox: Inbox) -> None:
    await inbox.hears(a_comment("c1"), a_deletion("c1", minutes=4))

    await inbox.hears(an_edit("c1", text="back again", minutes=6))

    (message,) = await inbox.messages()
    (revision,) = await inbox.rows(REVISIONS)
    assert (message.text, revision.text) == (None, None)


async def test_the_text_of_what_was_deleted_is_gone_from_the_thread(inbox: Inbox) -> None:
    await inbox.hears(a_comment("c1", text="first"), a_comment("c2", parent="c1", text="second", minutes=1))

    await inbox.hears(a_deletion("c2"))

    thread = await inbox.thread()
    assert (thread.last_message_text, thread.message_count) == (None, 2)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
async def test_what_was_hidden_and_shown_again_is_shown(inbox: Inbox, order: tuple[int, ...]) -> None:
    told = [
        a_comment("c1"),
        an_interaction("c1", action=Action.HIDDEN, minutes=1),
        an_interaction("c1", action=Action.UNHIDDEN, minutes=2),
    ]

    await file(inbox, [told[place] for place in order], one_by_one=True)

    (message,) = await inbox.messages()
    assert not message.is_hidden


async def test_the_sentiment_of_a_thread_is_that_of_what_was_said_last(inbox: Inbox) -> None:
    first, last = a_message("m1"), a_message("m2", minutes=5)
    await inbox.hears(first, last)

    async with inbox.unit() as unit:
        await file_assessments(unit, [an_assessment(last, SentimentLabel.NEGATIVE)])
        await file_assessments(unit, [an_assessment(first, SentimentLabel.POSITIVE)])

    assert (await inbox.thread()).sentiment is SentimentLabel.NEGATIVE


async def test_an_assessment_that_comes_before_its_interaction_is_kept_for_it(inbox: Inbox) -> None:
    message = a_message("m1")
    async with inbox.unit() as unit:
        await file_assessments(unit, [an_assessment(message, SentimentLabel.POSITIVE)])

    await inbox.hears(message)

    assert (await inbox.thread()).sentiment is SentimentLabel.POSITIVE
    assert len(await inbox.rows(ASSESSMENTS)) == 1


async def test_what_the_brand_says_is_not_the_sentiment_of_the_thread(inbox: Inbox) -> None:
    asked, answered = a_message("m1"), a_message("m2", minutes=5, is_ours=True)
    await inbox.hears(asked, answered)

    async with inbox.unit() as unit:
        await file_assessments(unit, [an_assessment(answered, SentimentLabel.POSITIVE)])

    assert (await inbox.thread()).sentiment is None


@pytest.mark.parametrize("is_known_first", [True, False])
async def test_an_edited_message_reads_as_its_new_words(inbox: Inbox, is_known_first: bool) -> None:
    edit = an_edit("c1", text="I take it back", minutes=5)
    await inbox.hears(a_comment("c1"))
    if not is_known_first:
        await inbox.hears(edit)
    async with inbox.unit() as unit:
        await file_assessments(unit, [an_assessment(edit, SentimentLabel.NEGATIVE)])
    if is_known_first:
        await inbox.hears(edit)

    assert (await inbox.thread()).sentiment is SentimentLabel.NEGATIVE


async def test_an_assessment_that_comes_again_changes_nothing(inbox: Inbox) -> None:
    message = a_message("m1")
    await inbox.hears(message)
    for _ in range(2):
        async with inbox.unit() as unit:
            await file_assessments(unit, [an_assessment(message, SentimentLabel.POSITIVE)])

    assert len(await inbox.rows(ASSESSMENTS)) == 1


@pytest.mark.parametrize("what", ["deletion", "edit"])
@pytest.mark.parametrize("order", list(permutations(("message", "assessment", "revision"))))
async def test_of_words_that_are_gone_no_assessment_is_kept(inbox: Inbox, what: str, order: tuple[str, ...]) -> None:
    message = a_comment("c1", text="I will sue you")
    revision = a_deletion("c1") if what == "deletion" else an_edit("c1", text="never mind")

    for one in order:
        if one == "assessment":
            await inbox.reads(an_assessment(message))
        else:
            await inbox.hears(message if one == "message" else revision)

    assert not await inbox.rows(ASSESSMENTS)


@pytest.mark.parametrize("is_late", [True, False])
async def test_of_an_edit_that_was_deleted_no_assessment_is_kept(inbox: Inbox, is_late: bool) -> None:
    edit = an_edit("c1", text="I will sue you")
    await inbox.hears(a_comment("c1"), edit)
    if not is_late:
        await inbox.reads(an_assessment(edit))

    await inbox.hears(a_deletion("c1"))
    if is_late:
        await inbox.reads(an_assessment(edit))

    assert not await inbox.rows(ASSESSMENTS)
