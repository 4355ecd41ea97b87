"""Answering."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, HttpUrl
from starlette.responses import Response

from huiying.errors import Forbidden, Invalid, NotFound, PreconditionFailed, Unauthenticated
from huiying.events.replies import ReplyAttachment, Visibility
from huiying.http.etag import IfMatch
from huiying.http.idempotency import IdempotencyKeyReused, IdempotencyOf, StillInFlight, once
from huiying.http.problems import responses
from inbox.api.shapes import Answerer, Asked, IdIn, ThreadIdOf, Words, Writing
from inbox.domain.reply import Delivery, NotAnswerable, NothingToAnswer, RepliesUsedUp, WindowClosed
from inbox.domain.thread import ThreadClaimed, ThreadClosed
from inbox.usecases.reply_to_thread import AccountGone, Wording, reply_to_thread
from inbox.usecases.take_thread import Request

router = APIRouter(tags=["threads"])


class AttachmentIn(Asked):
    """Something that goes with the reply, by address."""

    kind: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]
    url: Annotated[HttpUrl, Field(max_length=2_000)]


class ReplyIn(Asked):
    """What shall be said. In a private conversation every reply is private."""

    text: Words
    visibility: Visibility | None = None
    attachments: list[AttachmentIn] = Field(default=[], max_length=10)
    message_id: IdIn | None = Field(default=None, description="What is answered; the newest message if left out.")


class ReplyView(BaseModel):
    """A reply that is on its way; what becomes of it shows on the message of the same id."""

    id: str
    status: Delivery


@router.post(
    "/threads/{thread_id}/replies",
    operation_id="createReply",
    status_code=202,
    response_model=ReplyView,
    responses=responses(
        Unauthenticated,
        Forbidden,
        NotFound,
        PreconditionFailed,
        Invalid,
        IdempotencyKeyReused,
        StillInFlight,
        ThreadClaimed,
        ThreadClosed,
        AccountGone,
        NothingToAnswer,
        NotAnswerable,
        WindowClosed,
        RepliesUsedUp,
    ),
)
async def post_reply(
    thread_id: ThreadIdOf,
    body: ReplyIn,
    principal: Answerer,
    unit: Writing,
    request: IdempotencyOf,
    if_match: IfMatch = None,
) -> Response:
    """Queue a reply; it reaches the platform once, in order within its thread."""
    wording = Wording(
        text=body.text,
        visibility=body.visibility,
        attachments=tuple(ReplyAttachment(kind=one.kind, url=str(one.url)) for one in body.attachments),
        message_id=body.message_id,
    )
    asked = Request(thread_id=thread_id, principal=principal, if_match=if_match)

    async def effect() -> ReplyView:
        return ReplyView(id=await reply_to_thread(unit, asked, wording), status=Delivery.QUEUED)

    now = unit.clock.now()
    return await once(unit.session, request, principal=principal.subject, now=now, status=202, effect=effect)
