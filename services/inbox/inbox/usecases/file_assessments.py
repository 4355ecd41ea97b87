"""Keeping how interactions read, and what that says of their threads."""

from collections.abc import Sequence
from typing import Any

import msgspec

from huiying.db.statements import take_turns
from huiying.events.assessments import AssessmentMade
from huiying.events.interactions import Direction
from inbox.domain.filing import SPOKEN, turns_of
from inbox.storage import messages, readings
from inbox.storage.reading_tables import ASSESSMENTS
from inbox.storage.unit import InboxUnit
from inbox.usecases.tell_threads import tell_threads


async def file_assessments(unit: InboxUnit, facts: Sequence[AssessmentMade]) -> None:
    """Keep these assessments, also of interactions that are yet to come; the last one of an interaction holds.

    An assessment quotes words: of those that are gone none is kept.
    """
    # What was said may be filed elsewhere at this moment, and neither would see the other.
    await take_turns(unit.session, turns_of(fact.account_id for fact in facts))
    by_id = {fact.interaction_id: fact for fact in facts if fact.kind in SPOKEN}
    inbound = {one for one, fact in by_id.items() if fact.direction is Direction.INBOUND}
    known = await messages.assessed(unit.session, inbound)
    await messages.put(unit.session, ASSESSMENTS, [_row(fact) for fact in by_id.values()], key=("interaction_id",))
    if inbound:
        unsaid = inbound - await tell_threads(unit, inbound, anew=known)
        await readings.erase(unit.session, await messages.gone(unit.session, unsaid))


def _row(fact: AssessmentMade) -> dict[str, Any]:
    sentiment = fact.assessment.sentiment
    return {
        "interaction_id": fact.interaction_id,
        "sentiment": sentiment.label.value if sentiment else None,
        "assessment": msgspec.to_builtins(fact.assessment),
    }
