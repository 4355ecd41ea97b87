"""What became of what was asked to be done to messages."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select

from huiying.events.moderation import ModerationApplied, ModerationFailed, ModerationKind
from inbox.domain.moderation import Progress, moderated
from inbox.storage import messages
from inbox.storage.tables import MESSAGES, MODERATIONS
from inbox.storage.unit import InboxUnit
from inbox.usecases.apply_revisions import apply_revisions
from inbox.usecases.desk import Desk


async def file_applied_moderations(unit: InboxUnit, facts: Sequence[ModerationApplied]) -> None:
    """The platform did these, and the messages are what that made of them."""
    results = {fact.moderation_id: fact for fact in facts}
    rows = await _queued(unit, results)
    ended = [(row.id, {"status": Progress.DONE.value, "ended_at": results[row.id].applied_at}) for row in rows]
    await messages.change(unit.session, MODERATIONS, ended)
    keys = {(row.account_id, row.object_id) for row in rows}
    revisions = await messages.revisions_of(unit.session, keys)
    for row in rows:
        key, done = (row.account_id, row.object_id), results[row.id]
        before = revisions.get(key, messages.UNREVISED)
        revisions[key] = moderated(before, ModerationKind(row.kind), at=done.applied_at)
    await messages.keep_revisions(unit.session, dict(sorted(revisions.items())))
    await apply_revisions(unit, revisions)
    await _show(unit, rows)


async def file_failed_moderations(unit: InboxUnit, facts: Sequence[ModerationFailed]) -> None:
    """The platform did not do these."""
    results = {fact.moderation_id: fact for fact in facts}
    rows = await _queued(unit, results)
    changes = []
    for row in rows:
        fact = results[row.id]
        error = f"{fact.reason}: {fact.detail}"
        changes.append((row.id, {"status": Progress.FAILED.value, "ended_at": fact.failed_at, "error": error}))
    await messages.change(unit.session, MODERATIONS, changes)
    await _show(unit, rows)


async def _queued(unit: InboxUnit, results: Mapping[str, object]) -> list[Row[Any]]:
    query = (
        select(MODERATIONS.c.id, MODERATIONS.c.kind, MESSAGES.c.thread_id, MESSAGES.c.account_id, MESSAGES.c.object_id)
        .join(MESSAGES, MESSAGES.c.id == MODERATIONS.c.message_id)
        .where(MODERATIONS.c.id.in_(results), MODERATIONS.c.status == Progress.QUEUED)
        .order_by(MODERATIONS.c.id)
    )
    return list((await unit.session.execute(query)).all())


async def _show(unit: InboxUnit, rows: Sequence[Row[Any]]) -> None:
    """Let everybody know that the threads of these have changed."""
    desk = await Desk.lay(unit, {row.thread_id for row in rows})
    for row in rows:
        desk.get(row.thread_id)
    await desk.clear()
