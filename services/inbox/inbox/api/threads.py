"""Threads: the list that agents work through, and one of them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from huiying.auth.principals import Permission, Principal
from huiying.errors import Forbidden, Invalid, NotFound, Unauthenticated
from huiying.events.assessments import IntentCode, RiskCode, SentimentLabel
from huiying.http.etag import etag
from huiying.http.pagination import BadCursor, Keyset, Page, PageOf, ascending, descending, paginate
from huiying.http.problems import responses
from inbox.api.shapes import (
    MemberIdIn,
    Reader,
    TagIn,
    Term,
    ThreadIdOf,
    ThreadView,
    Viewing,
    reply_room_view,
    thread_view,
)
from inbox.domain.thread import Status
from inbox.storage.lists import ThreadFilters, matching, tags_of, threads
from inbox.storage.tables import THREADS
from inbox.storage.unit import InboxUnit
from inbox.usecases.find_answerable import answerable, find_message
from inbox.usecases.take_thread import visible_thread

router = APIRouter(tags=["threads"])

Sort = Literal["-last_message_at", "last_message_at", "-urgency"]

_ORDERS = {
    "-last_message_at": Keyset(
        "threads:-last_message_at", descending(THREADS.c.last_message_at), descending(THREADS.c.id)
    ),
    "last_message_at": Keyset("threads:last_message_at", ascending(THREADS.c.last_message_at), ascending(THREADS.c.id)),
    "-urgency": Keyset(
        "threads:-urgency",
        descending(THREADS.c.urgency),
        descending(THREADS.c.last_message_at),
        descending(THREADS.c.id),
    ),
}


class ThreadsQuery(BaseModel):
    """Which threads are asked for. `assignee` is a member's id, `me`, or `none`; `q` is a part of what was said."""

    model_config = ConfigDict(frozen=True)

    brand: Term | None = None
    platform: Term | None = None
    kind: Literal["comment", "message", "mention"] | None = None
    status: Status | None = None
    assignee: MemberIdIn | None = None
    sentiment: SentimentLabel | None = None
    intent: IntentCode | None = None
    risk: RiskCode | None = None
    tag: TagIn | None = None
    q: Term | None = None
    sort: Sort = "-last_message_at"


@router.get(
    "/threads",
    operation_id="listThreads",
    response_model_exclude_unset=True,
    responses=responses(Unauthenticated, Forbidden, BadCursor),
)
async def list_threads(
    principal: Reader, unit: Viewing, page: PageOf, asked: Annotated[ThreadsQuery, Query()]
) -> Page[ThreadView]:
    """The threads of the caller's brands that match all that is asked for."""
    filters = ThreadFilters(**asked.model_dump(exclude={"sort", "assignee"}), assignee=_assignee(asked, principal))
    query = threads(principal.scope(Permission.THREADS_READ)).where(*matching(filters))
    rows, following = await paginate(
        unit.session, query, keyset=_ORDERS[asked.sort], cursors=unit.tools.cursors, page=page
    )
    tags = await tags_of(unit.session, [row.id for row in rows])
    now = unit.clock.now()
    return Page(items=[thread_view(row, tags=tags[row.id], now=now) for row in rows], next_cursor=following)


@router.get(
    "/threads/{thread_id}",
    operation_id="getThread",
    response_model_exclude_unset=True,
    responses=responses(Unauthenticated, Forbidden, NotFound, Invalid),
)
async def get_thread(thread_id: ThreadIdOf, principal: Reader, unit: Viewing, response: Response) -> ThreadView:
    """One thread, also under the id of one that has become part of it. Its ETag goes into If-Match of a change."""
    found = await visible_thread(unit, thread_id, principal=principal, permission=Permission.THREADS_READ)
    return await shown(unit, found, response)


async def shown(unit: InboxUnit, thread_id: str, response: Response) -> ThreadView:
    """The thread as it is now, with its ETag on the response."""
    row = (await unit.session.execute(threads(None).where(THREADS.c.id == thread_id))).one()
    tags = await tags_of(unit.session, [thread_id])
    newest = await find_message(unit, thread_id)
    room = None if newest is None else reply_room_view(await answerable(unit, newest))
    view = thread_view(row, tags=tags[thread_id], now=unit.clock.now(), reply=room)
    response.headers["etag"] = etag(view.version)
    return view


def _assignee(asked: ThreadsQuery, principal: Principal) -> str | None:
    return principal.subject if asked.assignee == "me" else asked.assignee
