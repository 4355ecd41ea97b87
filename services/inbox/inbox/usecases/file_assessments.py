"""Keeping how interactions read, and what that says of their threads."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import and_, select

from huiying.events.assessments import AssessmentMade, SentimentLabel
from huiying.events.interactions import Direction
from inbox.domain.filing import SPOKEN
from inbox.storage import messages
from inbox.storage.tables import ASSESSMENTS, MESSAGES, REVISIONS
from inbox.storage.unit import InboxUnit
from inbox.usecases.desk import Desk


async def file_assessments(unit: InboxUnit, facts: Sequence[AssessmentMade]) -> None:
    """Keep these assessments, also of interactions that are yet to come; the last one of an interaction holds."""
    by_id = {fact.interaction_id: fact for fact in facts if fact.kind in SPOKEN}
    await messages.put(unit.session, ASSESSMENTS, [_row(fact) for fact in by_id.values()], key=("interaction_id",))
    labels = {
        interaction_id: fact.assessment.sentiment.label
        for interaction_id, fact in by_id.items()
        if fact.direction is Direction.INBOUND and fact.assessment.sentiment is not None
    }
    if labels:
        await _tell_threads(unit, labels)


async def _tell_threads(unit: InboxUnit, labels: dict[str, SentimentLabel]) -> None:
    edited = (
        select(REVISIONS.c.account_id, REVISIONS.c.object_id, REVISIONS.c.worded_by)
        .where(REVISIONS.c.worded_by.in_(labels))
        .subquery()
    )
    columns = (MESSAGES.c.thread_id, MESSAGES.c.occurred_at, MESSAGES.c.worded_by)
    # Two index look-ups: by the interaction that was filed, and by the edit that gave a message its present words.
    original = select(*columns).where(MESSAGES.c.interaction_id.in_(labels))
    by_edit = select(*columns).join(
        edited,
        and_(MESSAGES.c.account_id == edited.c.account_id, MESSAGES.c.object_id == edited.c.object_id),
    )
    rows = [*await unit.session.execute(original), *await unit.session.execute(by_edit)]
    desk = await Desk.lay(unit, {row.thread_id for row in rows})
    for row in rows:
        if row.worded_by not in labels:
            continue
        if desk.peek(row.thread_id).assess(labels[row.worded_by], said_at=row.occurred_at):
            desk.get(row.thread_id)
    await desk.clear()


def _row(fact: AssessmentMade) -> dict[str, Any]:
    sentiment = fact.assessment.sentiment
    return {
        "interaction_id": fact.interaction_id,
        "sentiment": sentiment.label.value if sentiment else None,
        "assessment": msgspec.to_builtins(fact.assessment),
    }
