"""What members put on a thread for one another: notes and tags."""

from collections.abc import Collection
from datetime import datetime

import msgspec
from sqlalchemy import delete, insert

from huiying.auth.principals import Permission
from huiying.db.statements import insert_new
from huiying.ids import new_id
from inbox.storage.tables import NOTES, TAGS
from inbox.storage.unit import InboxUnit
from inbox.usecases.take_thread import Request, take_thread


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What a member wrote about a thread."""

    id: str
    member_id: str
    text: str
    created_at: datetime


async def add_note(unit: InboxUnit, asked: Request, *, text: str) -> Note:
    """Write a note; only members read it."""
    desk, thread = await take_thread(unit, asked, permission=Permission.THREADS_WORK)
    note = Note(id=new_id(), member_id=asked.principal.subject, text=text, created_at=unit.clock.now())
    await unit.session.execute(insert(NOTES), [{"thread_id": thread.id, **msgspec.structs.asdict(note)}])
    await desk.clear()
    return note


async def add_tags(unit: InboxUnit, asked: Request, *, tags: Collection[str]) -> str:
    """Put tags on the thread, and give its id."""
    desk, thread = await take_thread(unit, asked, permission=Permission.THREADS_WORK)
    rows = [{"thread_id": thread.id, "tag": tag} for tag in sorted(set(tags))]
    if await insert_new(unit.session, TAGS, rows, key="tag"):
        await desk.clear()
    return thread.id


async def remove_tag(unit: InboxUnit, asked: Request, *, tag: str) -> None:
    """Take a tag off the thread, if it is there."""
    desk, thread = await take_thread(unit, asked, permission=Permission.THREADS_WORK)
    gone = delete(TAGS).where(TAGS.c.thread_id == thread.id, TAGS.c.tag == tag).returning(TAGS.c.tag)
    if (await unit.session.execute(gone)).scalar_one_or_none() is not None:
        await desk.clear()
