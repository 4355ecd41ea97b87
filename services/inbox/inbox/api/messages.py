"""What was said in a thread."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import Row

from huiying.auth.principals import Permission
from huiying.errors import Forbidden, NotFound, Unauthenticated
from huiying.events.assessments import SentimentLabel
from huiying.events.interactions import Capability, Direction
from huiying.events.moderation import ModerationKind
from huiying.events.replies import Visibility
from huiying.http.pagination import BadCursor, Keyset, Page, PageOf, ascending, paginate
from huiying.http.problems import responses
from inbox.api.assessment_shapes import AssessmentView, CorrectionView
from inbox.api.shapes import Reader, ThreadIdOf, Viewing, known
from inbox.domain.moderation import Progress
from inbox.domain.reply import Delivery
from inbox.storage.lists import messages_of, moderations_of
from inbox.storage.tables import MESSAGES
from inbox.usecases.take_thread import visible_thread

router = APIRouter(tags=["threads"])

# Ids keep the order in which messages were accepted.
_AS_SAID = Keyset("messages:occurred_at", ascending(MESSAGES.c.occurred_at), ascending(MESSAGES.c.id))


class AuthorView(BaseModel):
    """Who said it: a person, or a member of ours."""

    id: str
    name: str | None = None


class AttachmentView(BaseModel):
    """Something that came with the text."""

    kind: str
    url: str | None = None
    media_id: str | None = None
    title: str | None = None


class DeliveryView(BaseModel):
    """What became of a reply."""

    status: Delivery
    error: str | None = None


class ModerationShownView(BaseModel):
    """Something that a member had done to the message on its platform."""

    id: str
    kind: ModerationKind
    status: Progress
    member_id: str
    error: str | None = None
    requested_at: datetime


class MessageView(BaseModel):
    """A message. What is not known or does not apply is absent."""

    id: str
    interaction_id: str | None = None
    direction: Direction
    kind: Literal["comment", "message", "mention", "command"]
    text: str | None
    author: AuthorView | None = None
    occurred_at: datetime
    attachments: list[AttachmentView]
    assessment: AssessmentView | None = None
    correction: CorrectionView | None = None
    delivery: DeliveryView | None = None
    visibility: Visibility | None = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    is_hidden: bool | None = None
    capabilities: list[Capability] | None = None
    moderations: list[ModerationShownView] | None = None


@router.get(
    "/threads/{thread_id}/messages",
    operation_id="listMessages",
    response_model_exclude_unset=True,
    responses=responses(Unauthenticated, Forbidden, NotFound, BadCursor),
)
async def list_messages(thread_id: ThreadIdOf, principal: Reader, unit: Viewing, page: PageOf) -> Page[MessageView]:
    """What was said, oldest first; what was said at the same moment, in the order in which it was accepted."""
    found = await visible_thread(unit, thread_id, principal=principal, permission=Permission.THREADS_READ)
    rows, following = await paginate(
        unit.session, messages_of(found), keyset=_AS_SAID, cursors=unit.tools.cursors, page=page
    )
    moderations = await moderations_of(unit.session, [row.id for row in rows])
    return Page(items=[_shown(row, moderations[row.id]) for row in rows], next_cursor=following)


def _shown(row: Row[Any], moderations: Sequence[Row[Any]]) -> MessageView:
    optional = known(
        interaction_id=row.interaction_id,
        author=_author(row),
        assessment=_assessment(row),
        correction=_correction(row),
        delivery=known(status=row.delivery_status, error=row.delivery_error) or None,
        visibility=row.visibility,
        edited_at=row.edited_at,
        deleted_at=row.deleted_at,
        is_hidden=row.is_hidden or None,
        capabilities=row.capabilities.split() or None,
        moderations=[known(**one._asdict()) for one in moderations] or None,
    )
    said = {
        "id": row.id,
        "direction": row.direction,
        "kind": row.kind,
        "text": row.text,
        "occurred_at": row.occurred_at,
        "attachments": row.attachments,
    }
    return MessageView.model_validate({**said, **optional})


def _assessment(row: Row[Any]) -> dict[str, Any] | None:
    """How the message was assessed; a member's word is certain, and takes the place of the model's."""
    assessment: dict[str, Any] | None = row.assessment
    if assessment is None:
        return None
    sentiment = _certain(row.corrected_sentiment)
    intents, risks = _all_certain(row.corrected_intents), _all_certain(row.corrected_risks)
    return {**assessment, **known(sentiment=sentiment, intents=intents, risks=risks)}


def _certain(label: str | None) -> dict[str, Any] | None:
    if label is None:
        return None
    scores = {one.value: float(one == label) for one in SentimentLabel}
    return {"label": label, "scores": scores, "confident": True}


def _all_certain(codes: Sequence[str] | None) -> list[dict[str, Any]] | None:
    return None if codes is None else [{"code": code, "score": 1.0} for code in codes]


def _correction(row: Row[Any]) -> dict[str, Any] | None:
    if row.correction_id is None:
        return None
    return known(
        id=row.correction_id,
        sentiment=row.corrected_sentiment,
        intents=row.corrected_intents,
        risks=row.corrected_risks,
    )


def _author(row: Row[Any]) -> dict[str, Any] | None:
    if row.member_id is not None:
        return known(id=row.member_id, name=row.member_name)
    return known(id=row.author_id, name=row.author_name) if row.author_id is not None else None
