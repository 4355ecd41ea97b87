"""What is done to a message on its platform: hidden, deleted, liked."""

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from huiying.errors import Forbidden, Invalid, NotFound, Unauthenticated
from huiying.events.moderation import ModerationKind
from huiying.http.idempotency import IdempotencyKeyReused, IdempotencyOf, StillInFlight, once
from huiying.http.problems import responses
from inbox.api.shapes import Answerer, Asked, MessageIdOf, Writing
from inbox.domain.moderation import NotModeratable, Progress
from inbox.domain.thread import ThreadClaimed
from inbox.usecases.moderate_message import moderate_message
from inbox.usecases.reply_to_thread import AccountGone

router = APIRouter(tags=["threads"])


class ModerationIn(Asked):
    """What shall be done."""

    kind: ModerationKind


class ModerationView(BaseModel):
    """Something that is on its way to be done; what becomes of it shows on the message."""

    id: str
    kind: ModerationKind
    status: Progress


@router.post(
    "/messages/{message_id}/moderations",
    operation_id="createModeration",
    status_code=202,
    response_model=ModerationView,
    responses=responses(
        Unauthenticated,
        Forbidden,
        NotFound,
        Invalid,
        IdempotencyKeyReused,
        StillInFlight,
        ThreadClaimed,
        AccountGone,
        NotModeratable,
    ),
)
async def post_moderation(
    message_id: MessageIdOf,
    body: ModerationIn,
    principal: Answerer,
    unit: Writing,
    request: IdempotencyOf,
) -> Response:
    """Have it done on the platform, in order with the replies of the thread."""

    async def effect() -> ModerationView:
        moderation_id = await moderate_message(unit, principal, message_id=message_id, kind=body.kind)
        return ModerationView(id=moderation_id, kind=body.kind, status=Progress.QUEUED)

    now = unit.clock.now()
    return await once(unit.session, request, principal=principal.subject, now=now, status=202, effect=effect)
