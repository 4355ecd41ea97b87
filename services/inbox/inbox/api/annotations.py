"""What members put on a thread for one another: notes and tags."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row
from starlette.responses import Response as RawResponse

from huiying.auth.principals import Permission
from huiying.errors import Forbidden, Invalid, NotFound, PreconditionFailed, Unauthenticated
from huiying.http.idempotency import IdempotencyKeyReused, IdempotencyOf, StillInFlight, once
from huiying.http.pagination import BadCursor, Keyset, Page, PageOf, ascending, paginate
from huiying.http.problems import responses
from inbox.api.messages import AuthorView
from inbox.api.shapes import Asked, Reader, TagIn, ThreadIdOf, ThreadView, Viewing, Words, WorkOn, Writing, known
from inbox.api.threads import shown
from inbox.storage.lists import notes_of
from inbox.storage.tables import NOTES
from inbox.usecases.annotate_thread import add_note, add_tags, remove_tag
from inbox.usecases.take_thread import visible_thread

router = APIRouter(tags=["threads"])

_AS_WRITTEN = Keyset("notes:id", ascending(NOTES.c.id))
_ALWAYS = (Unauthenticated, Forbidden, NotFound, Invalid)

TagOf = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f/]+$", description="The tag.")]


class NoteIn(Asked):
    """What the others should know."""

    text: Words


class NoteView(BaseModel):
    """A note; people outside never see it."""

    id: str
    author: AuthorView
    text: str
    created_at: datetime


class TagsIn(Asked):
    """Words to put on the thread."""

    tags: list[TagIn] = Field(min_length=1, max_length=20)


@router.get(
    "/threads/{thread_id}/notes",
    operation_id="listNotes",
    response_model_exclude_unset=True,
    responses=responses(*_ALWAYS, BadCursor),
)
async def list_notes(thread_id: ThreadIdOf, principal: Reader, unit: Viewing, page: PageOf) -> Page[NoteView]:
    """The notes on a thread, oldest first."""
    found = await visible_thread(unit, thread_id, principal=principal, permission=Permission.THREADS_READ)
    rows, following = await paginate(
        unit.session, notes_of(found), keyset=_AS_WRITTEN, cursors=unit.tools.cursors, page=page
    )
    return Page(items=[_note(row) for row in rows], next_cursor=following)


@router.post(
    "/threads/{thread_id}/notes",
    operation_id="createNote",
    status_code=201,
    response_model=NoteView,
    responses=responses(*_ALWAYS, PreconditionFailed, IdempotencyKeyReused, StillInFlight),
)
async def post_note(asked: WorkOn, body: NoteIn, unit: Writing, request: IdempotencyOf) -> RawResponse:
    """Write a note."""

    async def effect() -> NoteView:
        note = await add_note(unit, asked, text=body.text)
        author = AuthorView(id=note.member_id, name=asked.principal.name)
        return NoteView(id=note.id, author=author, text=note.text, created_at=note.created_at)

    now, subject = unit.clock.now(), asked.principal.subject
    return await once(unit.session, request, principal=subject, now=now, status=201, effect=effect)


@router.post(
    "/threads/{thread_id}/tags",
    operation_id="addTags",
    response_model_exclude_unset=True,
    responses=responses(*_ALWAYS, PreconditionFailed),
)
async def post_tags(asked: WorkOn, body: TagsIn, unit: Writing, response: Response) -> ThreadView:
    """Put tags on a thread; those it has already stay."""
    return await shown(unit, await add_tags(unit, asked, tags=body.tags), response)


@router.delete(
    "/threads/{thread_id}/tags/{tag}",
    operation_id="removeTag",
    status_code=204,
    responses=responses(*_ALWAYS, PreconditionFailed),
)
async def delete_tag(asked: WorkOn, tag: TagOf, unit: Writing) -> None:
    """Take a tag off a thread."""
    await remove_tag(unit, asked, tag=tag)


def _note(row: Row[Any]) -> NoteView:
    author = AuthorView(**known(id=row.member_id, name=row.member_name))
    return NoteView(id=row.id, author=author, text=row.text, created_at=row.created_at)
