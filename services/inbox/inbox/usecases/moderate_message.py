"""Having a message hidden, deleted or liked on its platform: one row, and one fact that sends it on its way."""

from typing import Any

from sqlalchemy import Row, insert, select

from huiying.auth.principals import Permission, Principal
from huiying.errors import NotFound
from huiying.events.interactions import Direction
from huiying.events.moderation import ModerationKind, ModerationRequested
from huiying.events.replies import ReplyTarget
from huiying.ids import new_id
from inbox.domain.moderation import NotModeratable, Progress, demand_moderatable
from inbox.storage.tables import MESSAGES, MODERATIONS
from inbox.storage.unit import InboxUnit
from inbox.usecases.reply_to_thread import demand_account
from inbox.usecases.take_thread import Request, take_thread


async def moderate_message(unit: InboxUnit, principal: Principal, *, message_id: str, kind: ModerationKind) -> str:
    """Queue it and give its id.

    Raises NotFound, Forbidden, NotModeratable, ThreadClaimed, AccountGone.
    """
    message = await _message(unit, message_id)
    asked = Request(thread_id=message.thread_id, principal=principal)
    desk, thread = await take_thread(unit, asked, permission=Permission.THREADS_REPLY)
    now, member = unit.clock.now(), principal.subject
    thread.demand_free(member, now=now)
    if message.object_id is None or message.deleted_at is not None:
        raise NotModeratable(f"message {message_id} is not on its platform, or not any more")
    capabilities = message.capabilities.split()
    demand_moderatable(kind, direction=Direction(message.direction), capabilities=capabilities)
    await demand_account(unit, thread.account_id)
    requested = ModerationRequested(
        moderation_id=new_id(),
        thread_id=thread.id,
        brand=thread.brand,
        account_id=thread.account_id,
        platform=thread.platform,
        kind=kind,
        target=_target(message),
        requested_by=member,
        requested_at=now,
    )
    row = {"id": requested.moderation_id, "message_id": message.id, "kind": kind.value, "member_id": member}
    await unit.session.execute(insert(MODERATIONS), [{**row, "status": Progress.QUEUED.value, "requested_at": now}])
    unit.tell(requested)
    await desk.clear()
    return requested.moderation_id


async def _message(unit: InboxUnit, message_id: str) -> Row[Any]:
    found = (await unit.session.execute(select(MESSAGES).where(MESSAGES.c.id == message_id))).one_or_none()
    if found is None:
        raise NotFound(f"no message {message_id}")
    return found


def _target(message: Row[Any]) -> ReplyTarget:
    return ReplyTarget(
        interaction_id=message.interaction_id or "",
        kind=message.kind,
        object_id=message.object_id,
        post_id=message.post_id,
        conversation_id=message.conversation_id,
        counterpart_id=message.author_id if message.direction == Direction.INBOUND else message.conversation_id,
        handle=message.handle,
    )
