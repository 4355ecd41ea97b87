"""Keeping what members say of how messages read, and what that says of their threads."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete

from huiying.events.corrections import CorrectionMade, CorrectionRevoked
from inbox.storage import messages
from inbox.storage.reading_tables import CORRECTIONS
from inbox.storage.unit import InboxUnit
from inbox.usecases.tell_threads import tell_threads


async def file_corrections(unit: InboxUnit, facts: Sequence[CorrectionMade]) -> None:
    """Keep these corrections for the words that their messages have now; the last one of a message holds.

    What is said of a message that is not here, or is another brand's, is dropped: members correct what they see.
    """
    by_id = {fact.interaction_id: fact for fact in facts if fact.interaction_id is not None}
    words = await messages.words_of(unit.session, by_id) if by_id else {}
    kept = {worded_by: by_id[one] for one, (worded_by, brand) in words.items() if brand == by_id[one].brand}
    rows = [_row(worded_by, fact) for worded_by, fact in kept.items()]
    await messages.put(unit.session, CORRECTIONS, rows, key=("interaction_id",))
    if kept:
        await tell_threads(unit, kept, anew=kept)


async def drop_corrections(unit: InboxUnit, facts: Sequence[CorrectionRevoked]) -> None:
    """Let messages read again as they were assessed."""
    gone = CORRECTIONS.c.correction_id.in_({fact.correction_id for fact in facts})
    query = delete(CORRECTIONS).where(gone).returning(CORRECTIONS.c.interaction_id)
    words = set((await unit.session.execute(query)).scalars())
    if words:
        await tell_threads(unit, words, anew=words)


def _row(worded_by: str, fact: CorrectionMade) -> dict[str, Any]:
    return {
        "interaction_id": worded_by,
        "correction_id": fact.correction_id,
        "sentiment": None if fact.sentiment is None else fact.sentiment.value,
        "intents": None if fact.intents is None else [code.value for code in fact.intents],
        "risks": None if fact.risks is None else [code.value for code in fact.risks],
    }
