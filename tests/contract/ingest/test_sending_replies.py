"""A reply reaches its platform once, in order, or somebody is told why it did not."""

from datetime import timedelta

import msgspec
import pytest

from huiying.events.replies import FailureReason, Visibility
from simulator.faults import Fault, FaultKind
from simulator.people import MIA, XIAOYU
from tests.support.reply_desk import ReplyDesk

SOON = timedelta(seconds=11)
PATIENCE = timedelta(minutes=2)
LOST = Fault(kind=FaultKind.DONE_BUT_LOST, path_ends="messages")
LOST_REPLY = Fault(kind=FaultKind.DONE_BUT_LOST, path_ends="replies")
LOST_COMMENT = Fault(kind=FaultKind.DONE_BUT_LOST, path_ends="comments")
LISTS_NOTHING = Fault(kind=FaultKind.BROKEN, times=None, path_ends="conversations")


def said(desk: ReplyDesk, platform: str) -> list[str]:
    return [reply.text for reply in desk.sim.received_replies(platform)]


async def test_a_reply_asked_for_twice_is_said_once(desk: ReplyDesk) -> None:
    comment = desk.sim.facebook.comment("hi")

    request = await desk.asks("facebook", comment.object_id)
    await desk.edge.running.told(request, request)
    (sent,) = await desk.sent()
    await desk.asks("facebook", comment.object_id, text="second")
    await desk.sent(count=2)

    assert said(desk, "facebook") == [request.text, "second"]
    assert (sent.reply_id, sent.object_id) == (request.reply_id, desk.echoes[0].object_id)


async def test_the_replies_of_a_thread_go_out_in_order_even_if_the_first_must_wait(desk: ReplyDesk) -> None:
    comment = desk.sim.facebook.comment("hi")
    desk.sim.misbehave("facebook", Fault(kind=FaultKind.TOO_MANY, seconds=120, path_ends="comments"))
    await desk.asks("facebook", comment.object_id, text="first")
    await desk.waits(reason="rate_limited")
    await desk.asks("facebook", comment.object_id, text="second")
    await desk.asks("generic", "c1", text="elsewhere", thread_id="thread-2")
    await desk.sent()

    await desk.passes(timedelta(seconds=121))
    await desk.sent(count=3)

    assert said(desk, "generic") == ["elsewhere"]
    assert said(desk, "facebook") == ["first", "second"]


async def test_an_account_that_was_told_to_wait_says_nothing_in_any_thread(desk: ReplyDesk) -> None:
    comment = desk.sim.facebook.comment("hi")
    desk.sim.misbehave("facebook", Fault(kind=FaultKind.TOO_MANY, seconds=120, path_ends="comments"))
    await desk.asks("facebook", comment.object_id, text="first")
    await desk.waits(reason="rate_limited")

    await desk.asks("facebook", comment.object_id, text="elsewhere", thread_id="thread-2")
    await desk.waits()

    asked_early = len(desk.sim.platform("facebook").ledger)
    await desk.passes(timedelta(seconds=121))
    await desk.sent(count=2)
    assert asked_early == 0
    assert sorted(said(desk, "facebook")) == ["elsewhere", "first"]


async def test_a_platform_that_says_when_is_asked_again_then_and_no_sooner(desk: ReplyDesk) -> None:
    comment = desk.sim.facebook.comment("hi")
    desk.sim.misbehave("facebook", Fault(kind=FaultKind.TOO_MANY, seconds=300, path_ends="comments"))
    await desk.asks("facebook", comment.object_id)
    await desk.waits(reason="rate_limited")

    await desk.passes(timedelta(seconds=299))
    await desk.asks("generic", "c1", thread_id="thread-2")
    await desk.sent()
    early = len(said(desk, "facebook"))
    await desk.passes(timedelta(seconds=2))
    await desk.sent(count=2)

    assert early == 0
    assert len(said(desk, "facebook")) == 1


async def test_what_the_platform_will_never_take_fails_with_its_words(desk: ReplyDesk) -> None:
    await desk.asks("facebook", "1_404")

    (failed,) = await desk.failed()

    assert failed.reason is FailureReason.REFUSED
    assert "#100" in failed.detail


async def test_a_message_after_its_window_fails_as_such(desk: ReplyDesk) -> None:
    message = desk.sim.messenger.message("hi", at=desk.edge.clock.now() - timedelta(hours=25))

    await desk.asks("messenger", message.object_id)

    (failed,) = await desk.failed()
    assert failed.reason is FailureReason.WINDOW_CLOSED


async def test_a_token_that_was_taken_back_asks_for_a_new_connection(desk: ReplyDesk) -> None:
    comment = desk.sim.facebook.comment("hi")
    credentials = {**desk.sim.facebook.credentials(), "access_token": "taken-back"}
    await desk.edge.api.patch(f"/accounts/{desk.accounts['facebook']}", json={"credentials": credentials})

    await desk.asks("facebook", comment.object_id)

    (failed,) = await desk.failed()
    assert failed.reason is FailureReason.NEEDS_RECONNECT


async def test_nothing_is_said_for_an_account_that_was_removed(desk: ReplyDesk) -> None:
    comment = desk.sim.facebook.comment("hi")
    await desk.edge.api.delete(f"/accounts/{desk.accounts['facebook']}")

    await desk.asks("facebook", comment.object_id)

    (failed,) = await desk.failed()
    assert failed.reason is FailureReason.NEEDS_RECONNECT
    assert said(desk, "facebook") == []


async def test_what_a_bridge_tells_of_another_platform_is_answered_by_the_bridge(desk: ReplyDesk) -> None:
    request = msgspec.structs.replace(desk.request("generic", "c1"), platform="xiaohongshu")

    await desk.edge.running.told(request)

    (sent,) = await desk.sent()
    assert sent.platform == "xiaohongshu"
    assert said(desk, "generic") == [request.text]


async def test_where_twice_is_once_a_lost_answer_is_asked_for_again(desk: ReplyDesk) -> None:
    desk.sim.misbehave("generic", LOST_REPLY)
    await desk.asks("generic", "c1")
    await desk.waits()

    await desk.passes(SOON)
    (sent,) = await desk.sent()

    assert desk.sim.generic.ledger.asked == 2
    assert [reply.id for reply in desk.sim.received_replies("generic")] == [sent.object_id]


@pytest.mark.parametrize("fault", [FaultKind.DONE_BUT_LOST, FaultKind.DONE_BUT_BROKEN])
async def test_a_lost_answer_is_found_again_by_its_echo(desk: ReplyDesk, fault: FaultKind) -> None:
    message = desk.sim.messenger.message("hi")
    desk.sim.misbehave("messenger", Fault(kind=fault))
    await desk.asks("messenger", message.object_id)
    await desk.waits()

    echo = desk.echoes[0]
    await desk.hears_echo()
    await desk.passes(SOON)
    (sent,) = await desk.sent()

    assert sent.object_id == echo.object_id
    assert said(desk, "messenger") == ["谢谢！Thanks"]


async def test_an_echo_that_comes_before_the_answer_is_lost_counts(desk: ReplyDesk) -> None:
    message = desk.sim.messenger.message("hi")
    request = desk.request("messenger", message.object_id)
    await desk.hears_echo(desk.sim.messenger.echo_of("m_early", person=MIA.meta_id, text=request.text))

    await desk.files_interrupted(request)
    (sent,) = await desk.sent()

    assert sent.object_id == "m_early"
    assert said(desk, "messenger") == []


async def test_without_an_echo_or_a_list_it_is_said_that_nobody_knows_and_nothing_is_said_twice(
    desk: ReplyDesk,
) -> None:
    message = desk.sim.messenger.message("hi")
    desk.sim.misbehave("messenger", LISTS_NOTHING)
    desk.sim.misbehave("messenger", LOST)
    await desk.asks("messenger", message.object_id)
    await desk.waits()
    await desk.passes(SOON)
    await desk.waits(reason="echo")

    await desk.passes(PATIENCE)
    (failed,) = await desk.failed()
    await desk.passes(timedelta(days=1))
    await desk.asks("generic", "c1", thread_id="thread-2")
    await desk.sent()

    assert failed.reason is FailureReason.UNKNOWN
    assert said(desk, "messenger") == ["谢谢！Thanks"]


async def test_the_wait_for_an_echo_begins_with_the_doubt(desk: ReplyDesk) -> None:
    message = desk.sim.messenger.message("hi")
    desk.sim.misbehave("messenger", LISTS_NOTHING)
    desk.sim.misbehave("messenger", Fault(kind=FaultKind.TOO_MANY, seconds=1_800, path_ends="messages"))
    desk.sim.misbehave("messenger", LOST)
    await desk.asks("messenger", message.object_id)
    await desk.waits(reason="rate_limited")
    await desk.passes(timedelta(seconds=1_801))
    await desk.waits()

    await desk.passes(SOON)
    await desk.waits(reason="echo")
    await desk.hears_echo()
    await desk.passes(SOON)

    assert len(await desk.sent()) == 1
    assert len(said(desk, "messenger")) == 1


async def test_a_send_that_broke_off_with_its_worker_is_not_repeated_blindly(desk: ReplyDesk) -> None:
    message = desk.sim.messenger.message("hi")
    await desk.files_interrupted(desk.request("messenger", message.object_id))
    await desk.waits(reason="echo")

    await desk.passes(PATIENCE)
    (failed,) = await desk.failed()

    assert failed.reason is FailureReason.UNKNOWN
    assert said(desk, "messenger") == []


async def test_a_send_that_broke_off_is_repeated_where_twice_is_once(desk: ReplyDesk) -> None:
    await desk.files_interrupted(desk.request("generic", "c1"))

    await desk.sent()

    assert len(said(desk, "generic")) == 1


async def test_one_echo_ends_the_doubt_about_one_reply(desk: ReplyDesk) -> None:
    message = desk.sim.messenger.message("hi")
    desk.sim.misbehave("messenger", LISTS_NOTHING)
    desk.sim.misbehave("messenger", Fault(kind=FaultKind.DONE_BUT_LOST, times=2, path_ends="messages"))
    await desk.asks("messenger", message.object_id, thread_id="thread-1")
    await desk.asks("messenger", message.object_id, thread_id="thread-2")
    await desk.waits()

    await desk.hears_echo()
    await desk.passes(SOON)
    (sent,) = await desk.sent()
    await desk.waits(reason="echo")
    await desk.passes(PATIENCE)
    (failed,) = await desk.failed()

    assert failed.reply_id != sent.reply_id
    assert failed.reason is FailureReason.UNKNOWN


async def test_the_echo_of_a_reply_that_was_answered_is_not_taken_for_another(desk: ReplyDesk) -> None:
    message = desk.sim.messenger.message("hi")
    desk.sim.misbehave("messenger", LISTS_NOTHING)
    await desk.asks("messenger", message.object_id, thread_id="thread-1")
    await desk.sent()
    desk.sim.misbehave("messenger", LOST)
    await desk.asks("messenger", message.object_id, thread_id="thread-2")
    await desk.waits()

    await desk.hears_echo()
    await desk.passes(SOON)
    await desk.waits(reason="echo")
    second = desk.echoes[0]
    await desk.hears_echo()
    await desk.passes(SOON)

    assert (await desk.sent(count=2))[1].object_id == second.object_id


async def test_the_same_words_to_somebody_else_end_no_doubt(desk: ReplyDesk) -> None:
    message = desk.sim.messenger.message("hi")
    desk.sim.misbehave("messenger", LISTS_NOTHING)
    desk.sim.misbehave("messenger", LOST)
    request = await desk.asks("messenger", message.object_id)
    await desk.waits()

    await desk.hears_echo(desk.sim.messenger.echo_of("m_other", person=XIAOYU.meta_id, text=request.text))
    await desk.passes(SOON)
    await desk.waits(reason="echo")

    assert await desk.sent(count=0) == []


async def test_a_private_answer_to_a_comment_is_found_by_the_echo_in_the_inbox_of_its_page(desk: ReplyDesk) -> None:
    comment = desk.sim.facebook.comment("hi")
    desk.sim.misbehave("facebook", LOST)
    await desk.asks("facebook", comment.object_id, visibility=Visibility.PRIVATE, post_id="7_1")
    await desk.waits()

    echo = desk.echoes[0]
    await desk.hears_echo(at="messenger")
    await desk.passes(SOON)
    (sent,) = await desk.sent()

    assert sent.object_id == echo.object_id


async def test_after_its_last_attempt_a_reply_is_given_up(desk: ReplyDesk) -> None:
    desk.sim.misbehave("generic", Fault(kind=FaultKind.BROKEN, times=None))
    await desk.asks("generic", "c1")

    for _ in range(9):
        await desk.waits()
        await desk.passes(timedelta(minutes=11))
    (failed,) = await desk.failed()

    assert failed.reason is FailureReason.GAVE_UP
    assert said(desk, "generic") == []


async def test_where_no_echo_comes_the_platforms_list_tells_that_a_reply_was_said(desk: ReplyDesk) -> None:
    comment = desk.sim.facebook.comment("hi")
    desk.sim.misbehave("facebook", LOST_COMMENT)
    request = await desk.asks("facebook", comment.object_id)
    await desk.waits()
    desk.echoes.clear()

    await desk.passes(SOON)
    await desk.edge.published(count=1)
    await desk.passes(SOON)

    (sent,) = await desk.sent()
    assert sent.reply_id == request.reply_id
    assert said(desk, "facebook") == [request.text]
