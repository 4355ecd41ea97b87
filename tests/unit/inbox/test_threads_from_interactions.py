"""What makes a thread, and that an interaction is filed in it once."""

import pytest

from huiying.events.interactions import Action, Direction, Kind
from huiying.events.threads import ThreadOpened, ThreadReopened
from inbox.domain.thread import Status
from inbox.storage.tables import CONTACTS, MARKS
from inbox.usecases.resolve_thread import resolve_thread
from inbox.usecases.take_thread import Request
from tests.support.inboxes import AGENT, Inbox, a_comment, a_message, an_interaction, at


async def test_a_root_comment_opens_a_thread(inbox: Inbox) -> None:
    await inbox.hears(a_comment("c1", text="How much?"))

    thread = await inbox.thread()
    assert (thread.kind, thread.status, thread.unread, thread.message_count) == (Kind.COMMENT, Status.OPEN, 1, 1)
    assert (thread.last_message_text, thread.last_message_direction) == ("How much?", Direction.INBOUND)
    assert thread.post_id == "post-1"


async def test_opening_a_thread_is_told_once(inbox: Inbox) -> None:
    await inbox.hears(a_comment("c1"), a_comment("c2", parent="c1", minutes=1))
    await inbox.hears(a_comment("c1"))

    (opened,) = await inbox.facts(ThreadOpened)
    assert (opened.brand, opened.kind, opened.occurred_at) == ("acme", "comment", at(0))


async def test_an_interaction_that_comes_again_changes_nothing(inbox: Inbox) -> None:
    comment = a_comment("c1")
    await inbox.hears(comment, comment)
    before = await inbox.thread()

    await inbox.hears(comment)

    assert await inbox.thread() == before
    assert len(await inbox.messages()) == 1


async def test_a_tree_of_comments_is_one_thread_whoever_speaks(inbox: Inbox) -> None:
    await inbox.hears(
        a_comment("c1", by="ann"),
        a_comment("c2", by="bob", parent="c1", minutes=1),
        a_comment("c3", by="cem", parent="c2", minutes=2),
    )

    assert (await inbox.thread()).message_count == 3


async def test_two_root_comments_on_a_post_are_two_threads(inbox: Inbox) -> None:
    await inbox.hears(a_comment("c1"), a_comment("c2", minutes=1))

    assert len(await inbox.threads()) == 2


async def test_an_answer_that_comes_before_its_parent_waits_in_the_thread_of_the_parent(inbox: Inbox) -> None:
    await inbox.hears(a_comment("c2", parent="c1", minutes=1))

    await inbox.hears(a_comment("c1"))

    assert [row.object_id for row in await inbox.messages()] == ["c1", "c2"]
    assert (await inbox.thread()).created_at == at(0)


async def test_a_parent_that_belongs_to_another_thread_makes_one_thread_of_two(inbox: Inbox) -> None:
    await inbox.hears(a_comment("c1", by="ann"))
    await inbox.hears(a_comment("c3", by="cem", parent="c2", minutes=2))
    first, second = await inbox.threads()

    await inbox.hears(a_comment("c2", by="bob", parent="c1", minutes=1))

    thread = await inbox.thread()
    assert (thread.id, thread.message_count, thread.unread) == (first.id, 3, 3)
    assert {row.thread_id for row in await inbox.messages()} == {first.id}
    assert second.id != first.id


async def test_a_conversation_with_one_person_is_one_thread(inbox: Inbox) -> None:
    await inbox.hears(a_message("m1"), a_message("m2", minutes=1), a_message("m3", minutes=2, is_ours=True))

    thread = await inbox.thread()
    assert (thread.kind, thread.message_count) == (Kind.MESSAGE, 3)


async def test_a_message_that_names_no_conversation_belongs_to_the_one_with_its_author(inbox: Inbox) -> None:
    await inbox.hears(a_message("m1"), a_message("m2", conversation=None, by="ann", minutes=1))

    assert (await inbox.thread()).message_count == 2


async def test_a_group_conversation_is_one_thread_whoever_speaks(inbox: Inbox) -> None:
    await inbox.hears(
        a_message("m1", conversation="group-1", by="ann"), a_message("m2", conversation="group-1", by="bob")
    )

    assert (await inbox.thread()).message_count == 2


async def test_the_same_person_on_another_account_is_another_thread(inbox: Inbox) -> None:
    other = a_message("m2").account.__class__(id="account-2", external_id="page-2", brand="acme")

    await inbox.hears(a_message("m1"), a_message("m2", account=other))

    assert len(await inbox.threads()) == 2


async def test_a_mention_is_the_root_of_its_own_tree(inbox: Inbox) -> None:
    await inbox.hears(an_interaction("n1", kind=Kind.MENTION, parent="elsewhere"))
    await inbox.hears(a_comment("c1", parent="n1", minutes=1), a_comment("c2", parent="elsewhere", minutes=2))

    kinds = {thread.kind: thread.message_count for thread in await inbox.threads()}
    assert kinds == {Kind.MENTION: 2, Kind.COMMENT: 1}


@pytest.mark.parametrize("kind", [Kind.REACTION, Kind.SHARE, Kind.FOLLOW])
async def test_what_says_nothing_opens_no_thread_but_is_kept(inbox: Inbox, kind: Kind) -> None:
    await inbox.hears(an_interaction("r1", kind=kind, text=None, reaction="love"))

    assert not await inbox.threads()
    (mark,) = await inbox.rows(MARKS)
    (contact,) = await inbox.rows(CONTACTS)
    assert (mark.kind, mark.is_present, mark.contact_id) == (kind, True, contact.id)


async def test_a_reaction_that_was_taken_back_stays_so_when_it_is_told_late(inbox: Inbox) -> None:
    given = an_interaction("r1", kind=Kind.REACTION, reaction="love")
    taken = an_interaction("r1-gone", kind=Kind.REACTION, action=Action.REMOVED, minutes=1)

    await inbox.hears(taken)
    await inbox.hears(given)

    (mark,) = await inbox.rows(MARKS)
    assert not mark.is_present


@pytest.mark.parametrize("kind", [Kind.UNKNOWN, Kind.RECEIPT, Kind.SYSTEM, Kind.POST])
async def test_what_nobody_said_is_not_filed(inbox: Inbox, kind: Kind) -> None:
    await inbox.hears(an_interaction("x1", kind=kind))

    assert not await inbox.threads()


async def test_a_button_that_says_something_is_part_of_the_conversation(inbox: Inbox) -> None:
    pressed = an_interaction("b1", kind=Kind.COMMAND, conversation="ann", text="Where is my order?", minutes=1)

    await inbox.hears(a_message("m1"), pressed)

    assert (await inbox.thread()).last_message_text == "Where is my order?"


async def test_a_person_who_writes_on_a_resolved_thread_opens_it_again(inbox: Inbox) -> None:
    await inbox.hears(a_message("m1"))
    thread = await inbox.thread()
    async with inbox.unit() as unit:
        await resolve_thread(unit, Request(thread_id=thread.id, principal=AGENT))

    await inbox.hears(a_message("m2", minutes=30))

    thread = await inbox.thread()
    assert (thread.status, thread.unread) == (Status.OPEN, 1)
    (reopened,) = await inbox.facts(ThreadReopened)
    assert (reopened.thread_id, reopened.occurred_at) == (thread.id, at(30))


async def test_a_thread_is_about_who_spoke_first_in_whatever_order_it_is_told(inbox: Inbox) -> None:
    await inbox.hears(a_comment("c2", by="bob", parent="c1", minutes=1))
    await inbox.hears(a_comment("c1", by="ann"))

    contacts = {row.id: row.name for row in await inbox.rows(CONTACTS)}
    assert contacts[(await inbox.thread()).contact_id] == "Ann"


async def test_a_contact_keeps_the_newest_name_and_what_the_newest_does_not_say(inbox: Inbox) -> None:
    await inbox.hears(a_comment("c2", by="ann", minutes=5))
    await inbox.hears(a_comment("c1", by="ann", minutes=1))

    (contact,) = await inbox.rows(CONTACTS)
    assert (contact.first_seen_at, contact.last_seen_at) == (at(1), at(5))


async def test_every_change_of_a_thread_has_a_version_of_its_own(inbox: Inbox) -> None:
    await inbox.hears(a_message("m1"))
    await inbox.hears(a_message("m2", minutes=1), a_message("m3", minutes=2))

    assert (await inbox.thread()).version == 2
