"""Replies go out once, their echoes become one with them, and every answer is told once."""

from datetime import timedelta

import pytest

from huiying.errors import Invalid
from huiying.events.accounts import AccountConnected, AccountRemoved
from huiying.events.interactions import Direction
from huiying.events.replies import FailureReason, ReplyFailed, ReplyRequested, ReplySent, Visibility
from huiying.events.threads import ThreadAnswered
from inbox.domain.reply import NotAnswerable, NothingToAnswer, RepliesUsedUp, WindowClosed
from inbox.domain.thread import Status, ThreadClaimed, ThreadClosed
from inbox.storage.tables import REPLIES
from inbox.usecases.claim_thread import claim_thread
from inbox.usecases.file_reply_results import file_failed, file_sent
from inbox.usecases.file_surroundings import file_accounts, file_removed_accounts
from inbox.usecases.reply_to_thread import AccountGone, Wording, reply_to_thread
from inbox.usecases.resolve_thread import resolve_thread
from inbox.usecases.take_thread import Request
from tests.support.inboxes import AGENT, Inbox, a_comment, a_deletion, a_message, at


async def test_a_reply_is_one_message_and_one_request(inbox: Inbox) -> None:
    await inbox.hears(a_message("m1", by="ann"))
    thread = await inbox.thread()

    reply_id = await inbox.reply(thread.id, "It is on its way.")

    (requested,) = await inbox.facts(ReplyRequested)
    assert (requested.reply_id, requested.text, requested.visibility) == (
        reply_id,
        "It is on its way.",
        Visibility.PRIVATE,
    )
    assert (requested.target.object_id, requested.target.counterpart_id) == ("m1", "ann")
    _, message = sorted(await inbox.messages(), key=lambda row: row.direction)
    assert (message.id, message.direction, message.text) == (reply_id, Direction.OUTBOUND, "It is on its way.")
    thread = await inbox.thread()
    assert (thread.unread, thread.message_count, thread.waiting_since) == (0, 2, at(0))


async def test_a_reply_that_was_sent_answers_the_oldest_that_waited(inbox: Inbox) -> None:
    await inbox.hears(a_message("m1", minutes=-10), a_message("m2", minutes=-5))
    reply_id = await inbox.reply((await inbox.thread()).id, "hello")

    await inbox.sent(reply_id, object_id="m3")

    (answered,) = await inbox.facts(ThreadAnswered)
    assert (answered.response_seconds, answered.first, answered.answer_id) == (600.0, True, reply_id)
    assert answered.member_id == AGENT.subject
    assert (await inbox.thread()).status is Status.PENDING


@pytest.mark.parametrize("object_id", ["m3", None], ids=["the platform names it", "only its text tells"])
@pytest.mark.parametrize("is_echo_first", [True, False])
async def test_the_echo_of_a_reply_is_no_new_message(inbox: Inbox, is_echo_first: bool, object_id: str | None) -> None:
    await inbox.hears(a_message("m1", minutes=-10))
    reply_id = await inbox.reply((await inbox.thread()).id, "It is  on its way.")
    echo = a_message("m3", text="It is on its way.", is_ours=True, minutes=1)

    if is_echo_first:
        await inbox.hears(echo)
    await inbox.sent(reply_id, object_id=object_id)
    if not is_echo_first:
        await inbox.hears(echo)
    await inbox.hears(echo)

    _, message = await inbox.messages()
    assert (message.id, message.interaction_id) == (reply_id, echo.id)
    thread = await inbox.thread()
    assert (thread.message_count, thread.unread, thread.waiting_since) == (2, 0, None)
    (answered,) = await inbox.facts(ThreadAnswered)
    assert answered.first


async def test_what_somebody_else_says_in_our_name_is_not_taken_for_our_reply(inbox: Inbox) -> None:
    await inbox.hears(a_message("m1", minutes=-10))
    reply_id = await inbox.reply((await inbox.thread()).id, "hello")
    await inbox.sent(reply_id, object_id="m3")

    await inbox.hears(a_message("m4", text="hello", is_ours=True, minutes=1))

    assert (await inbox.thread()).message_count == 3


async def test_an_answer_given_elsewhere_counts_as_one(inbox: Inbox) -> None:
    await inbox.hears(a_message("m1"), a_message("m2", minutes=3, is_ours=True))

    (answered,) = await inbox.facts(ThreadAnswered)
    assert (answered.response_seconds, answered.first, answered.member_id) == (180.0, True, None)
    assert (await inbox.thread()).unread == 0


async def test_a_second_answer_to_the_same_is_not_the_first_and_took_no_time(inbox: Inbox) -> None:
    await inbox.hears(
        a_message("m1"), a_message("m2", minutes=3, is_ours=True), a_message("m3", minutes=4, is_ours=True)
    )

    _, second = await inbox.facts(ThreadAnswered)
    assert (second.first, second.response_seconds) == (False, None)


async def test_what_the_brand_says_first_is_no_answer(inbox: Inbox) -> None:
    await inbox.hears(a_comment("c1", is_ours=True))

    assert not await inbox.facts(ThreadAnswered)


async def test_an_answer_that_is_told_late_leaves_unread_what_came_after_it(inbox: Inbox) -> None:
    await inbox.hears(a_message("m1"), a_message("m3", minutes=10))

    await inbox.hears(a_message("m2", minutes=5, is_ours=True))

    thread = await inbox.thread()
    assert (thread.unread, thread.waiting_since, thread.status) == (1, at(10), Status.OPEN)
    (answered,) = await inbox.facts(ThreadAnswered)
    assert answered.response_seconds == 300.0


async def test_who_answers_our_reply_is_heard_in_its_thread(inbox: Inbox) -> None:
    await inbox.hears(a_comment("c1"))
    reply_id = await inbox.reply((await inbox.thread()).id, "Which one?")
    await inbox.hears(a_comment("c3", parent="c2", minutes=2))
    thread = (await inbox.threads())[0]

    sent = ReplySent(
        reply_id=reply_id,
        thread_id=thread.id,
        brand="acme",
        account_id=thread.account_id,
        platform="facebook",
        object_id="c2",
        sent_at=at(1),
    )
    async with inbox.unit() as unit:
        await file_sent(unit, [sent])

    assert (await inbox.thread()).message_count == 3


async def test_a_result_that_comes_again_changes_nothing(inbox: Inbox) -> None:
    await inbox.hears(a_message("m1"))
    reply_id = await inbox.reply((await inbox.thread()).id, "hello")
    await inbox.sent(reply_id, object_id="m2")
    before = await inbox.thread()

    await inbox.sent(reply_id, object_id="m2")

    assert await inbox.thread() == before
    assert len(await inbox.facts(ThreadAnswered)) == 1


async def test_a_reply_that_failed_says_why_and_answers_nothing(inbox: Inbox) -> None:
    await inbox.hears(a_message("m1"))
    thread = await inbox.thread()
    reply_id = await inbox.reply(thread.id, "hello")
    failed = ReplyFailed(
        reply_id=reply_id,
        thread_id=thread.id,
        brand="acme",
        account_id=thread.account_id,
        platform="facebook",
        reason=FailureReason.WINDOW_CLOSED,
        detail="24 hours are over",
        failed_at=at(1),
    )

    async with inbox.unit() as unit:
        await file_failed(unit, [failed])

    (reply,) = await inbox.rows(REPLIES)
    assert (reply.status, reply.error) == ("failed", "window_closed: 24 hours are over")
    assert not await inbox.facts(ThreadAnswered)
    assert (await inbox.thread()).waiting_since == at(0)


async def test_a_reply_to_a_closed_thread_is_refused(inbox: Inbox) -> None:
    await inbox.hears(a_message("m1"))
    thread = await inbox.thread()
    async with inbox.unit() as unit:
        await resolve_thread(unit, Request(thread_id=thread.id, principal=AGENT))

    with pytest.raises(ThreadClosed):
        await inbox.reply(thread.id, "hello")


async def test_a_reply_on_a_thread_that_somebody_else_claimed_is_refused_while_the_claim_lasts(inbox: Inbox) -> None:
    await inbox.hears(a_message("m1"))
    thread = await inbox.thread()
    other = AGENT.__class__(subject="bo", kind="member", name="Bo", is_administrator=True, brands=AGENT.brands)
    async with inbox.unit() as unit:
        await claim_thread(unit, Request(thread_id=thread.id, principal=other))

    with pytest.raises(ThreadClaimed):
        await inbox.reply(thread.id, "hello")
    inbox.clock.advance(timedelta(minutes=16))
    assert await inbox.reply(thread.id, "hello")


async def test_a_reply_after_the_window_of_the_platform_is_refused(inbox: Inbox) -> None:
    await inbox.hears(a_message("m1", window=timedelta(hours=24)))
    inbox.clock.advance(timedelta(hours=24))

    with pytest.raises(WindowClosed):
        await inbox.reply((await inbox.thread()).id, "hello")


async def test_a_reply_that_the_platform_does_not_take_is_refused(inbox: Inbox) -> None:
    await inbox.hears(a_message("m1"))
    thread = await inbox.thread()
    mention = a_comment("c9", minutes=1)
    silent = mention.__class__(
        **{
            **{name: getattr(mention, name) for name in mention.__struct_fields__},
            "reply": a_comment("x", is_ours=True).reply,
        }
    )
    await inbox.hears(silent)
    other = next(one for one in await inbox.threads() if one.id != thread.id)

    with pytest.raises(NotAnswerable):
        await inbox.reply(other.id, "hello")


async def test_a_thread_in_which_all_was_deleted_cannot_be_answered(inbox: Inbox) -> None:
    await inbox.hears(a_comment("c1"), a_deletion("c1"))

    with pytest.raises(NothingToAnswer):
        await inbox.reply((await inbox.thread()).id, "hello")


async def test_a_reply_may_name_the_message_that_it_answers(inbox: Inbox) -> None:
    await inbox.hears(a_comment("c1"), a_comment("c2", parent="c1", minutes=1))
    first, _ = await inbox.messages()

    await inbox.reply((await inbox.thread()).id, "hello", message_id=first.id)

    (requested,) = await inbox.facts(ReplyRequested)
    assert (requested.target.object_id, requested.visibility) == ("c1", Visibility.PUBLIC)


async def test_a_reply_to_a_message_of_another_thread_is_refused(inbox: Inbox) -> None:
    await inbox.hears(a_comment("c1"), a_comment("c2", minutes=1))
    _, elsewhere = await inbox.messages()

    with pytest.raises(Invalid):
        await inbox.reply((await inbox.threads())[0].id, "hello", message_id=elsewhere.id)


async def test_a_private_answer_to_a_comment_is_asked_for_by_name(inbox: Inbox) -> None:
    await inbox.hears(a_comment("c1"))
    asked = Request(thread_id=(await inbox.thread()).id, principal=AGENT)

    async with inbox.unit() as unit:
        await reply_to_thread(unit, asked, Wording(text="hello", visibility=Visibility.PRIVATE))

    (requested,) = await inbox.facts(ReplyRequested)
    assert requested.visibility is Visibility.PRIVATE


async def test_a_reply_from_an_account_that_is_gone_is_refused(inbox: Inbox) -> None:
    await inbox.hears(a_message("m1"))
    thread = await inbox.thread()
    connected = AccountConnected(
        account_id=thread.account_id,
        platform="facebook",
        brand="acme",
        external_id="page-1",
        name="Page",
        connected_at=at(0),
    )
    async with inbox.unit() as unit:
        await file_accounts(unit, [connected])
        await file_removed_accounts(
            unit, [AccountRemoved(account_id=thread.account_id, brand="acme", removed_at=at(1))]
        )

    with pytest.raises(AccountGone):
        await inbox.reply(thread.id, "hello")


async def test_as_many_replies_as_the_platform_takes_and_not_one_more(inbox: Inbox) -> None:
    await inbox.hears(a_message("m1", max_replies=2))
    thread = await inbox.thread()
    await inbox.reply(thread.id, "one")
    await inbox.reply(thread.id, "two")

    with pytest.raises(RepliesUsedUp):
        await inbox.reply(thread.id, "three")


async def test_a_new_message_opens_a_new_allowance(inbox: Inbox) -> None:
    await inbox.hears(a_message("m1", max_replies=1))
    thread = await inbox.thread()
    await inbox.reply(thread.id, "one")
    await inbox.hears(a_message("m2", max_replies=1, minutes=5))
    inbox.clock.advance(timedelta(minutes=6))

    await inbox.reply(thread.id, "two")

    assert [fact.text for fact in await inbox.facts(ReplyRequested)] == ["one", "two"]


async def test_what_was_said_elsewhere_counts_and_what_failed_does_not(inbox: Inbox) -> None:
    await inbox.hears(a_message("m1", max_replies=2))
    thread = await inbox.thread()
    failed_id = await inbox.reply(thread.id, "lost")
    fact = ReplyFailed(
        reply_id=failed_id,
        thread_id=thread.id,
        brand=thread.brand,
        account_id=thread.account_id,
        platform=thread.platform,
        reason=FailureReason.REFUSED,
        detail="no",
        failed_at=inbox.clock.now(),
    )
    async with inbox.unit() as unit:
        await file_failed(unit, [fact])
    await inbox.hears(a_message("m2", text="from a phone", is_ours=True, minutes=1))

    await inbox.reply(thread.id, "one")

    with pytest.raises(RepliesUsedUp):
        await inbox.reply(thread.id, "two")


async def test_a_reply_carries_what_its_platform_wants_to_see_again(inbox: Inbox) -> None:
    await inbox.hears(a_message("m1", handle={"reply_token": "t1"}, window=timedelta(hours=1)))

    await inbox.reply((await inbox.thread()).id, "hello")

    (requested,) = await inbox.facts(ReplyRequested)
    assert requested.target.handle == {"reply_token": "t1"}
    assert requested.target.window_expires_at == at(60)
