"""Letting threads know how what was said in them reads."""

from collections.abc import Mapping

from sqlalchemy import and_, select

from huiying.events.assessments import SentimentLabel
from huiying.events.interactions import Direction
from inbox.storage.tables import MESSAGES, REVISIONS
from inbox.storage.unit import InboxUnit
from inbox.usecases.desk import Desk


async def tell_threads(unit: InboxUnit, labels: Mapping[str, SentimentLabel | None]) -> None:
    """Of these interactions it is known how they read, or not known any more; what people said last decides."""
    edited = (
        select(REVISIONS.c.account_id, REVISIONS.c.object_id, REVISIONS.c.worded_by)
        .where(REVISIONS.c.worded_by.in_(labels))
        .subquery()
    )
    columns = (MESSAGES.c.thread_id, MESSAGES.c.occurred_at, MESSAGES.c.worded_by, MESSAGES.c.direction)
    # Two index look-ups: by the interaction that was filed, and by the edit that gave a message its present words.
    original = select(*columns).where(MESSAGES.c.interaction_id.in_(labels))
    by_edit = select(*columns).join(
        edited,
        and_(MESSAGES.c.account_id == edited.c.account_id, MESSAGES.c.object_id == edited.c.object_id),
    )
    rows = [*await unit.session.execute(original), *await unit.session.execute(by_edit)]
    desk = await Desk.lay(unit, {row.thread_id for row in rows})
    for row in rows:
        if row.worded_by not in labels or row.direction != Direction.INBOUND:
            continue
        if desk.peek(row.thread_id).assess(labels[row.worded_by], said_at=row.occurred_at):
            desk.get(row.thread_id)
    await desk.clear()
