"""Saying whose a thread is."""

from sqlalchemy import select

from huiying.auth.principals import GRANTS, Permission, Principal, Role
from huiying.errors import Invalid
from huiying.events.threads import ThreadAssigned
from inbox.domain.thread import Thread
from inbox.storage.tables import MEMBERS
from inbox.storage.unit import InboxUnit
from inbox.usecases.take_thread import Request, take_thread
from inbox.usecases.thread_facts import fact_fields


class NotAssignable(Invalid):
    """There is nobody by that id who could work on this brand's threads."""

    code = "not_assignable"


async def assign_thread(unit: InboxUnit, asked: Request, *, assignee: str | None) -> Thread:
    """Give the thread to a member, or to nobody. Raises NotAssignable."""
    desk, thread = await take_thread(unit, asked, permission=Permission.THREADS_WORK)
    if assignee is not None:
        await _demand_worker(unit, assignee, brand=thread.brand, asked_by=asked.principal)
    if thread.assignee != assignee:
        thread.assignee = assignee
        unit.tell(ThreadAssigned(**fact_fields(thread), occurred_at=unit.clock.now(), assignee=assignee))
        await desk.clear()
    return thread


async def _demand_worker(unit: InboxUnit, assignee: str, *, brand: str, asked_by: Principal) -> None:
    # Who asks is vouched for by the token, even if we have not heard of them yet.
    if assignee == asked_by.subject:
        return
    member = (await unit.session.execute(select(MEMBERS).where(MEMBERS.c.id == assignee))).one_or_none()
    if member is not None and member.is_active:
        role = member.roles.get(brand)
        if member.is_administrator or (role in set(Role) and Permission.THREADS_WORK in GRANTS[Role(role)]):
            return
    raise NotAssignable(f"no member {assignee} works for brand {brand}", pointer="/assignee")
