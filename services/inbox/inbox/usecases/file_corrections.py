"""Keeping what members say of how messages read, and what that says of their threads."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete

from huiying.events.corrections import CorrectionMade, CorrectionRevoked
from inbox.storage import messages
from inbox.storage.messages import Words
from inbox.storage.reading_tables import CORRECTIONS
from inbox.storage.unit import InboxUnit
from inbox.usecases.tell_threads import tell_threads


async def file_corrections(unit: InboxUnit, facts: Sequence[CorrectionMade]) -> None:
    """Keep these corrections with the words that they were said of; the last one of the same words holds.

    What is said of a message that is not here, or is another brand's, is dropped: members correct what they see.
    """
    ids = {fact.interaction_id for fact in facts if fact.interaction_id is not None}
    words = await messages.words_of(unit.session, ids) if ids else {}
    kept = {
        _said_of(fact, words[one]): fact
        for fact in facts
        if (one := fact.interaction_id) in words and words[one].brand == fact.brand
    }
    await messages.put(
        unit.session, CORRECTIONS, [_row(one, fact) for one, fact in kept.items()], key=("interaction_id",)
    )
    if kept:
        await tell_threads(unit, kept, anew=kept)


async def drop_corrections(unit: InboxUnit, facts: Sequence[CorrectionRevoked]) -> None:
    """Let messages read again as they were assessed."""
    gone = CORRECTIONS.c.correction_id.in_({fact.correction_id for fact in facts})
    query = delete(CORRECTIONS).where(gone).returning(CORRECTIONS.c.interaction_id)
    words = set((await unit.session.execute(query)).scalars())
    if words:
        await tell_threads(unit, words, anew=words)


def _said_of(fact: CorrectionMade, words: Words) -> str:
    """The interaction that the corrected words come from. A message may have been edited since somebody read it."""
    return words.worded_by if fact.text == words.text else words.interaction_id


def _row(worded_by: str, fact: CorrectionMade) -> dict[str, Any]:
    return {
        "interaction_id": worded_by,
        "correction_id": fact.correction_id,
        "sentiment": None if fact.sentiment is None else fact.sentiment.value,
        "intents": None if fact.intents is None else [code.value for code in fact.intents],
        "risks": None if fact.risks is None else [code.value for code in fact.risks],
    }
