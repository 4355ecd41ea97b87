"""What is done with a thread: claimed, assigned, put aside, resolved."""

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, Field

from huiying.errors import Forbidden, Invalid, NotFound, PreconditionFailed, Unauthenticated
from huiying.http.problems import responses
from inbox.api.shapes import Asked, MemberIdIn, ThreadView, WorkOn, Writing
from inbox.api.threads import shown
from inbox.domain.thread import ThreadClaimed, ThreadClosed
from inbox.usecases.assign_thread import NotAssignable, assign_thread
from inbox.usecases.claim_thread import claim_thread, release_thread
from inbox.usecases.resolve_thread import reopen_thread, resolve_thread, snooze_thread

router = APIRouter(tags=["threads"])

_ALWAYS = (Unauthenticated, Forbidden, NotFound, PreconditionFailed, Invalid)


class AssignmentIn(Asked):
    """Whose the thread shall be."""

    assignee: MemberIdIn | None = Field(description="A member's id; null for nobody.")


class SnoozeIn(Asked):
    """Until when the thread is put aside."""

    until: AwareDatetime


@router.post(
    "/threads/{thread_id}:claim",
    operation_id="claimThread",
    response_model_exclude_unset=True,
    responses=responses(*_ALWAYS, ThreadClaimed),
)
async def claim(asked: WorkOn, unit: Writing, response: Response) -> ThreadView:
    """Keep others off the thread for a while; asking again prolongs it."""
    return await shown(unit, (await claim_thread(unit, asked)).id, response)


@router.post(
    "/threads/{thread_id}:release",
    operation_id="releaseThread",
    response_model_exclude_unset=True,
    responses=responses(*_ALWAYS, ThreadClaimed),
)
async def release(asked: WorkOn, unit: Writing, response: Response) -> ThreadView:
    """Give one's claim back."""
    return await shown(unit, (await release_thread(unit, asked)).id, response)


@router.post(
    "/threads/{thread_id}:assign",
    operation_id="assignThread",
    response_model_exclude_unset=True,
    responses=responses(*_ALWAYS, NotAssignable),
)
async def assign(asked: WorkOn, body: AssignmentIn, unit: Writing, response: Response) -> ThreadView:
    """Give the thread to a member, or to nobody."""
    return await shown(unit, (await assign_thread(unit, asked, assignee=body.assignee)).id, response)


@router.post(
    "/threads/{thread_id}:resolve",
    operation_id="resolveThread",
    response_model_exclude_unset=True,
    responses=responses(*_ALWAYS, ThreadClaimed),
)
async def resolve(asked: WorkOn, unit: Writing, response: Response) -> ThreadView:
    """Close the thread. It opens again when somebody writes."""
    return await shown(unit, (await resolve_thread(unit, asked)).id, response)


@router.post(
    "/threads/{thread_id}:reopen",
    operation_id="reopenThread",
    response_model_exclude_unset=True,
    responses=responses(*_ALWAYS, ThreadClaimed),
)
async def reopen(asked: WorkOn, unit: Writing, response: Response) -> ThreadView:
    """Open the thread again."""
    return await shown(unit, (await reopen_thread(unit, asked)).id, response)


@router.post(
    "/threads/{thread_id}:snooze",
    operation_id="snoozeThread",
    response_model_exclude_unset=True,
    responses=responses(*_ALWAYS, ThreadClaimed, ThreadClosed),
)
async def snooze(asked: WorkOn, body: SnoozeIn, unit: Writing, response: Response) -> ThreadView:
    """Put the thread aside until then, or until somebody writes."""
    return await shown(unit, (await snooze_thread(unit, asked, until=body.until)).id, response)
