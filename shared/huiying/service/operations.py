"""The routes for operators that every service has: its dead letters, seen, replayed and dropped."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict

from huiying.auth.dependencies import require
from huiying.auth.principals import Permission, Principal
from huiying.clock import from_milliseconds
from huiying.errors import Forbidden, NotFound, Unauthenticated
from huiying.http.problems import responses
from huiying.outbox.unit import Unit
from huiying.service import dead_letters
from huiying.service.dependencies import opened, viewed

router = APIRouter(tags=["operations"])

Operator = Annotated[Principal, Depends(require(Permission.OPERATE))]
Writing = Annotated[Unit[Any], Depends(opened, scope="function")]
Viewing = Annotated[Unit[Any], Depends(viewed, scope="function")]
LetterId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="The dead letter's id.")]

_PROBLEMS = responses(Unauthenticated, Forbidden)


class DeadLetterOut(BaseModel):
    """A record that was set aside."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    topic: str
    partition: int
    offset: int
    event_type: str
    code: str
    reason: str
    is_bug: bool
    died_at: str


class DeadLetterPage(BaseModel):
    """Dead letters, the oldest first. `next_cursor` is the id after which to go on."""

    items: list[DeadLetterOut]
    next_cursor: str | None


class DeadLetterWhole(DeadLetterOut):
    """A dead letter with what it holds and where it failed."""

    key: str
    value: str
    recorded_at: str
    traceback: str


@router.get("/dead-letters", operation_id="listDeadLetters", responses=_PROBLEMS)
async def list_dead_letters(
    _principal: Operator,
    unit: Viewing,
    topic: Annotated[str | None, Query(pattern=r"^[a-z-]{1,64}$")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str, Query(pattern=r"^[0-9a-f-]{0,36}$")] = "",
) -> DeadLetterPage:
    """What this service could not take in."""
    letters = await dead_letters.some(unit.session, topic=topic, after=cursor, limit=limit)
    items = [_shown(letter) for letter in letters]
    return DeadLetterPage(items=items, next_cursor=items[-1].id if len(items) == limit else None)


@router.get("/dead-letters/{letter_id}", operation_id="getDeadLetter", responses={**_PROBLEMS, **responses(NotFound)})
async def get_dead_letter(_principal: Operator, unit: Viewing, letter_id: LetterId) -> DeadLetterWhole:
    """One dead letter, whole."""
    letter, stored, traceback = await dead_letters.get(unit.session, letter_id)
    return DeadLetterWhole(
        **_shown(letter).model_dump(),
        key=stored.record.key.decode("utf-8", "replace"),
        value=stored.record.value.decode("utf-8", "replace"),
        recorded_at=from_milliseconds(stored.record.timestamp_ms).isoformat(),
        traceback=traceback,
    )


@router.post(
    "/dead-letters/{letter_id}:replay",
    operation_id="replayDeadLetter",
    status_code=204,
    responses={**_PROBLEMS, **responses(NotFound)},
)
async def replay_dead_letter(_principal: Operator, unit: Writing, letter_id: LetterId, request: Request) -> None:
    """Take the record in again. If it is refused again it stays, and the answer says why."""
    _, stored, _ = await dead_letters.get(unit.session, letter_id)
    await request.app.state.runtime.consumer.handle_again(unit, stored)
    await dead_letters.drop(unit.session, letter_id)


@router.delete(
    "/dead-letters/{letter_id}",
    operation_id="dropDeadLetter",
    status_code=204,
    responses={**_PROBLEMS, **responses(NotFound)},
)
async def drop_dead_letter(_principal: Operator, unit: Writing, letter_id: LetterId) -> None:
    """Forget a dead letter for good."""
    await dead_letters.drop(unit.session, letter_id)


def _shown(letter: dead_letters.DeadLetter) -> DeadLetterOut:
    return DeadLetterOut(
        id=letter.id,
        topic=letter.topic,
        partition=letter.partition,
        offset=letter.offset,
        event_type=letter.event_type,
        code=letter.code,
        reason=letter.reason,
        is_bug=letter.is_bug,
        died_at=letter.died_at.isoformat(),
    )
