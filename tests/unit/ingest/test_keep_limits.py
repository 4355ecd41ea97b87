"""An account speaks no more often than its platform allows."""

from datetime import timedelta

from huiying.events.replies import ReplyRequested, ReplyTarget, Visibility
from ingest.clients.connectors.connector import Limit, LimitScope
from ingest.usecases.keep_limits import pause_account, spend_allowance
from tests.support.edges import Edge

TWO_A_MINUTE = Limit(count=2, per=timedelta(minutes=1))
ONE_EACH = Limit(count=1, per=timedelta(seconds=1), scope=LimitScope.CONVERSATION)
FREE = timedelta()


def a_reply(edge: Edge, *, to: str = "ann", account: str = "account-1") -> ReplyRequested:
    return ReplyRequested(
        reply_id="r1",
        thread_id="t1",
        brand="tea-house",
        account_id=account,
        platform="telegram",
        target=ReplyTarget(interaction_id="i1", kind="message", object_id="m1", conversation_id=to),
        visibility=Visibility.PRIVATE,
        text="hi",
        requested_by="agent-1",
        requested_at=edge.clock.now(),
    )


async def spent(edge: Edge, *limits: Limit, to: str = "ann", account: str = "account-1") -> timedelta:
    async with edge.running.open_unit() as unit:
        return await spend_allowance(unit, a_reply(edge, to=to, account=account), limits)


async def test_what_is_within_the_limit_goes_at_once_and_what_is_over_waits_its_turn(edge: Edge) -> None:
    waits = [await spent(edge, TWO_A_MINUTE) for _ in range(3)]
    edge.clock.advance(timedelta(seconds=30))
    later = await spent(edge, TWO_A_MINUTE)

    assert waits == [FREE, FREE, timedelta(seconds=30)]
    assert later == FREE


async def test_a_limit_of_each_conversation_does_not_hold_up_the_others(edge: Edge) -> None:
    waits = [await spent(edge, ONE_EACH, to=to) for to in ("ann", "bob", "ann")]

    assert waits == [FREE, FREE, timedelta(seconds=1)]


async def test_another_account_has_an_allowance_of_its_own(edge: Edge) -> None:
    for _ in range(2):
        await spent(edge, TWO_A_MINUTE)

    assert await spent(edge, TWO_A_MINUTE, account="account-2") == FREE


async def test_what_has_to_wait_for_one_limit_uses_up_no_other(edge: Edge) -> None:
    await spent(edge, TWO_A_MINUTE, ONE_EACH, to="ann")
    held = await spent(edge, TWO_A_MINUTE, ONE_EACH, to="ann")

    assert held == timedelta(seconds=1)
    assert await spent(edge, TWO_A_MINUTE, ONE_EACH, to="bob") == FREE


async def test_a_pause_that_the_platform_asked_for_holds_for_the_whole_account_and_is_never_shortened(
    edge: Edge,
) -> None:
    now = edge.clock.now()
    async with edge.running.open_unit() as unit:
        await pause_account(unit, "account-1", until=now + timedelta(minutes=5))
        await pause_account(unit, "account-1", until=now + timedelta(minutes=1))

    assert await spent(edge, to="ann") == timedelta(minutes=5)
    assert await spent(edge, to="ann", account="account-2") == FREE
