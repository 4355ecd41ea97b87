"""Answering somebody: one row, and one fact that sends it on its way."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, insert, select

from huiying.auth.principals import Permission
from huiying.errors import Conflict, Invalid
from huiying.events.interactions import Direction, Kind
from huiying.events.replies import ReplyAttachment, ReplyRequested, ReplyTarget, Visibility
from huiying.ids import new_id
from inbox.domain.reply import Delivery, NothingToAnswer, visibility_for
from inbox.domain.thread import Said, Status, Thread, ThreadClosed
from inbox.storage.tables import ACCOUNTS, MESSAGES, REPLIES
from inbox.storage.unit import InboxUnit
from inbox.usecases.find_answerable import answerable, find_message
from inbox.usecases.take_thread import Request, take_thread


class AccountGone(Conflict):
    """The account that would have to send the reply is not connected any more."""

    code = "account_gone"


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be said, to whom, and who may read it. Without a `message_id` it answers the newest message."""

    text: str
    visibility: Visibility | None = None
    attachments: tuple[ReplyAttachment, ...] = ()
    message_id: str | None = None


async def reply_to_thread(unit: InboxUnit, asked: Request, wording: Wording) -> str:
    """Queue a reply and give its id.

    Raises ThreadClosed, ThreadClaimed, AccountGone, NothingToAnswer, NotAnswerable, WindowClosed,
    RepliesUsedUp.
    """
    desk, thread = await take_thread(unit, asked, permission=Permission.THREADS_REPLY)
    now = unit.clock.now()
    thread.demand_free(asked.principal.subject, now=now)
    if thread.status is Status.RESOLVED:
        raise ThreadClosed(f"thread {thread.id} is resolved: reopen it first")
    await demand_account(unit, thread.account_id)
    target = await _target(unit, thread, message_id=wording.message_id)
    visibility = visibility_for(await answerable(unit, target), wording.visibility, now=now)
    requested = _requested(thread, target, wording, visibility=visibility, by=asked.principal.subject, now=now)
    await unit.session.execute(insert(MESSAGES), [_message_row(requested, target)])
    await unit.session.execute(insert(REPLIES), [_reply_row(requested, thread)])
    thread.speak(Said(direction=Direction.OUTBOUND, kind=Kind(target.kind), text=wording.text, at=now))
    thread.see(until=thread.last_inbound_at)
    unit.tell(requested)
    await desk.clear()
    return requested.reply_id


async def demand_account(unit: InboxUnit, account_id: str) -> None:
    """Go on only if the account is there to speak. Raises AccountGone."""
    gone = select(ACCOUNTS.c.removed_at).where(ACCOUNTS.c.id == account_id, ACCOUNTS.c.removed_at.is_not(None))
    if (await unit.session.execute(gone)).one_or_none() is not None:
        raise AccountGone(f"account {account_id} was disconnected")


async def _target(unit: InboxUnit, thread: Thread, *, message_id: str | None) -> Row[Any]:
    """The message that is answered."""
    found = await find_message(unit, thread.id, message_id=message_id)
    if found is not None:
        return found
    if message_id is not None:
        raise Invalid(f"thread {thread.id} has no message {message_id} that could be answered", pointer="/message_id")
    raise NothingToAnswer(f"nobody has said anything in thread {thread.id} that could be answered")


def _requested(
    thread: Thread, target: Row[Any], wording: Wording, *, visibility: Visibility, by: str, now: datetime
) -> ReplyRequested:
    return ReplyRequested(
        reply_id=new_id(),
        thread_id=thread.id,
        brand=thread.brand,
        account_id=thread.account_id,
        platform=thread.platform,
        target=ReplyTarget(
            interaction_id=target.interaction_id,
            kind=target.kind,
            object_id=target.object_id,
            post_id=target.post_id,
            conversation_id=target.conversation_id,
            counterpart_id=target.author_id,
            window_expires_at=target.window_expires_at,
            handle=target.handle,
        ),
        visibility=visibility,
        text=wording.text,
        attachments=wording.attachments,
        requested_by=by,
        requested_at=now,
    )


def _message_row(requested: ReplyRequested, target: Row[Any]) -> Mapping[str, Any]:
    return {
        "id": requested.reply_id,
        "thread_id": requested.thread_id,
        "account_id": requested.account_id,
        "post_id": target.post_id,
        "conversation_id": target.conversation_id,
        "kind": target.kind,
        "direction": Direction.OUTBOUND.value,
        "author_id": requested.requested_by,
        "occurred_at": requested.requested_at,
        "text": requested.text,
        "attachments": [msgspec.to_builtins(attachment) for attachment in requested.attachments],
        "capabilities": "",
        "handle": {},
        "is_hidden": False,
        "is_answer": False,
    }


def _reply_row(requested: ReplyRequested, thread: Thread) -> Mapping[str, Any]:
    return {
        "id": requested.reply_id,
        "member_id": requested.requested_by,
        "visibility": requested.visibility.value,
        "status": Delivery.QUEUED.value,
        "answers_until": thread.last_inbound_at,
    }
