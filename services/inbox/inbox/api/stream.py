"""What changes, as it changes."""

from typing import Annotated, cast

from fastapi import APIRouter, Header, Request

from huiying.auth.principals import Permission
from huiying.errors import Forbidden, TooMany, Unauthenticated, Unavailable
from huiying.http.problems import responses
from huiying.http.sse import EventStream
from huiying.outbox.changes import ChangeFeed
from huiying.service.streams import Streams
from inbox.api.shapes import Reader

router = APIRouter(tags=["stream"])


@router.get(
    "/stream",
    operation_id="streamChanges",
    # Said aloud, because the description is otherwise made from the response's constructor, which takes no status.
    status_code=200,
    response_class=EventStream,
    responses={
        200: {"content": {EventStream.media_type: {"schema": {"type": "string"}}}},
        **responses(Unauthenticated, Forbidden, TooMany, Unavailable),
    },
)
async def stream(
    request: Request,
    principal: Reader,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", max_length=100)] = None,
) -> EventStream:
    """Server-sent events: `thread.changed` with the thread's id and version, for threads of the caller's brands.

    `reset` says that too much was missed: fetch anew what is shown.
    """
    # Both are set by the application, whatever service it serves.
    streams = cast("Streams", request.app.state.streams)
    feed = cast("ChangeFeed", request.app.state.runtime.changes)
    return await streams.open(
        feed,
        may_see=lambda brand: principal.may(Permission.THREADS_READ, brand),
        last_event_id=last_event_id,
    )
