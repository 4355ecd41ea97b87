"""Letting threads know how what was said in them reads."""

from collections.abc import Collection

from inbox.storage import readings
from inbox.storage.unit import InboxUnit
from inbox.usecases.desk import Desk


async def tell_threads(unit: InboxUnit, words: Collection[str], *, anew: Collection[str] = ()) -> set[str]:
    """Of the words of these interactions it is known how they read, or not known any more; those that a thread has.

    Those in `anew` may have read differently before, so all that their threads say of them is made again.
    """
    found = await readings.of_words(unit.session, words)
    desk = await Desk.lay(unit, {row.thread_id for row, _ in found})
    for row, reading in found:
        if row.worded_by in anew:
            desk.read_again(row.thread_id)
        elif reading is not None:
            desk.read(row.thread_id, reading)
    await desk.clear()
    return {row.worded_by for row, _ in found}
