"""Bringing messages up to date with what became of them."""

from collections.abc import Mapping

from inbox.domain.revision import Revision
from inbox.storage import messages, readings
from inbox.storage.messages import ObjectKey
from inbox.storage.tables import MESSAGES
from inbox.storage.unit import InboxUnit
from inbox.usecases.desk import Desk


async def apply_revisions(unit: InboxUnit, revisions: Mapping[ObjectKey, Revision]) -> None:
    """Change the messages that are these objects, as far as they have arrived, and their threads."""
    found = await messages.of_objects(unit.session, revisions.keys()) if revisions else []
    changes = []
    for row in found:
        before = row._asdict()
        after = messages.revised(before, revisions[row.account_id, row.object_id])
        if any(before[name] != value for name, value in after.items()):
            changes.append((row, after))
    if not changes:
        return
    await messages.change(unit.session, MESSAGES, [(row.id, after) for row, after in changes])
    gone = [messages.gone_from({**row._asdict(), **after}, before=row.worded_by) for row, after in changes]
    await readings.erase(unit.session, set().union(*gone))
    desk = await Desk.lay(unit, {row.thread_id for row, _ in changes})
    for row, after in changes:
        thread = desk.get(row.thread_id)
        if row.occurred_at >= thread.last_message_at:
            desk.count_again(thread)
        if (row.worded_by, row.deleted_at) != (after["worded_by"], after["deleted_at"]):
            desk.read_again(thread.id)
    await desk.clear()
