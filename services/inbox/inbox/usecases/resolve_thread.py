"""Closing a thread, opening it again, and putting it aside."""

from datetime import datetime

from huiying.auth.principals import Permission
from huiying.errors import Invalid
from huiying.events.threads import ThreadReopened, ThreadResolved
from huiying.jobs.queue import add
from inbox.domain.thread import Status, Thread, ThreadClosed
from inbox.storage.unit import InboxUnit
from inbox.usecases.desk import Desk
from inbox.usecases.take_thread import Request, take_thread
from inbox.usecases.thread_facts import fact_fields

WAKE_THREAD = "wake_thread"


async def resolve_thread(unit: InboxUnit, asked: Request) -> Thread:
    """Close the thread; it opens again when somebody writes. Raises ThreadClaimed."""
    desk, thread = await _take_free(unit, asked)
    if thread.status is Status.RESOLVED:
        return thread
    now = unit.clock.now()
    seconds = thread.resolve(now=now)
    member = asked.principal.subject
    unit.tell(ThreadResolved(**fact_fields(thread), occurred_at=now, resolution_seconds=seconds, member_id=member))
    await desk.clear()
    return thread


async def reopen_thread(unit: InboxUnit, asked: Request) -> Thread:
    """Open the thread, whether it was closed or put aside. Raises ThreadClaimed."""
    desk, thread = await _take_free(unit, asked)
    if thread.status is Status.OPEN:
        return thread
    now = unit.clock.now()
    if thread.status is Status.RESOLVED:
        unit.tell(ThreadReopened(**fact_fields(thread), occurred_at=now, member_id=asked.principal.subject))
    thread.reopen(now=now)
    await desk.clear()
    return thread


async def snooze_thread(unit: InboxUnit, asked: Request, *, until: datetime) -> Thread:
    """Put the thread aside until then, or until somebody writes. Raises ThreadClaimed, ThreadClosed, Invalid."""
    desk, thread = await _take_free(unit, asked)
    if until <= unit.clock.now():
        raise Invalid("until must be in the future", pointer="/until")
    if thread.status is Status.RESOLVED:
        raise ThreadClosed(f"thread {thread.id} is resolved")
    thread.snooze(until=until)
    await add(unit, kind=WAKE_THREAD, payload={"thread_id": thread.id}, due_at=until)
    await desk.clear()
    return thread


async def wake_thread(unit: InboxUnit, thread_id: str) -> None:
    """Open a thread whose time has come, if it is still aside."""
    desk = await Desk.lay(unit, [thread_id])
    thread = desk.peek(thread_id)
    now = unit.clock.now()
    if thread.status is Status.SNOOZED and thread.snoozed_until is not None and thread.snoozed_until <= now:
        desk.get(thread_id).reopen(now=now)
        await desk.clear()


async def _take_free(unit: InboxUnit, asked: Request) -> tuple[Desk, Thread]:
    desk, thread = await take_thread(unit, asked, permission=Permission.THREADS_WORK)
    thread.demand_free(asked.principal.subject, now=unit.clock.now())
    return desk, thread
