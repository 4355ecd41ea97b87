"""Taking a thread out to change it, on behalf of somebody who may."""

import msgspec

from huiying.auth.principals import Permission, Principal
from huiying.errors import NotFound
from huiying.http.etag import check_match
from inbox.domain.thread import Thread
from inbox.storage.lists import find_thread
from inbox.storage.unit import InboxUnit
from inbox.usecases.desk import Desk


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks for what to be done to which thread; `if_match` names the version they read, if they care."""

    thread_id: str
    principal: Principal
    if_match: str | None = None


async def visible_thread(unit: InboxUnit, thread_id: str, *, principal: Principal, permission: Permission) -> str:
    """The id of the thread, or of the one that it has become part of.

    Raises NotFound if it is not there or not the principal's, Forbidden if the role does not permit this.
    """
    found = await find_thread(unit.session, thread_id)
    if found is None:
        raise NotFound(f"no thread {thread_id}")
    principal.demand(permission, found.brand, what=f"thread {thread_id}")
    return str(found.id)


async def take_thread(unit: InboxUnit, asked: Request, *, permission: Permission) -> tuple[Desk, Thread]:
    """The thread on a desk of its own, which whoever asked for it clears.

    Raises NotFound, Forbidden, and PreconditionFailed if it is not the version that was read.
    """
    thread_id = await visible_thread(unit, asked.thread_id, principal=asked.principal, permission=permission)
    desk = await Desk.lay(unit, [thread_id])
    thread = desk.get(thread_id)
    if asked.if_match is not None:
        check_match(asked.if_match, version=thread.version)
    return desk, thread
