"""Somebody says how a text reads."""

from collections.abc import Sequence

from huiying.auth.principals import Permission, Principal
from huiying.errors import Invalid, NotFound
from huiying.events.assessments import Assessment, IntentCode, RiskCode, SentimentLabel
from huiying.events.corrections import CorrectionMade
from huiying.events.envelope import Value
from huiying.ids import new_id
from scoring.storage.corrections import remove_earlier
from scoring.storage.knowledge import held_knowledge
from scoring.storage.learning_tables import CorrectionRow
from scoring.storage.objects import find_object, is_deleted
from scoring.storage.unit import ScoringUnit
from scoring.usecases.revoke_correction import tell_revoked


class InteractionDeleted(NotFound):
    """What was said was deleted where it was said: of its words nothing is kept."""

    code = "interaction_deleted"


class NewCorrection(Value, frozen=True, kw_only=True):
    """What is said of a text. What is None is not corrected; an empty list says that there is none."""

    brand: str
    text: str
    interaction_id: str | None
    sentiment: SentimentLabel | None
    intents: Sequence[IntentCode] | None
    risks: Sequence[RiskCode] | None
    assessed: Assessment | None


async def correct_assessment(unit: ScoringUnit, new: NewCorrection, *, principal: Principal) -> CorrectionRow:
    """Keep the correction and tell it; it takes the place of an earlier one of the same interaction.

    Raises NotFound for an interaction that was not read, or is another brand's, InteractionDeleted, Forbidden, and
    Invalid if nothing is corrected.
    """
    principal.demand(Permission.CORRECTIONS_WRITE, new.brand, what=f"brand {new.brand}")
    if new.sentiment is None and new.intents is None and new.risks is None:
        raise Invalid("a correction names at least one of sentiment, intents and risks")
    # Two at once of one interaction would each find no earlier one.
    await held_knowledge(unit.session, new.brand)
    object_key = None
    if new.interaction_id is not None:
        object_key = await _object_key(unit, new.interaction_id, brand=new.brand)
        tell_revoked(unit, await remove_earlier(unit.session, brand=new.brand, interaction_id=new.interaction_id))
    correction = _row(unit, new, object_key=object_key, principal=principal)
    unit.session.add(correction)
    await unit.session.flush()
    unit.tell(_fact(correction, new))
    return correction


async def _object_key(unit: ScoringUnit, interaction_id: str, *, brand: str) -> bytes:
    found = await find_object(unit.session, interaction_id, now=unit.clock.now())
    # Of what is not known nobody could tell whose it is, nor later that it is deleted.
    if found is None or found.brand != brand:
        raise NotFound(f"no interaction {interaction_id}")
    if await is_deleted(unit.session, found.key):
        raise InteractionDeleted(f"interaction {interaction_id} was deleted")
    return found.key


def _row(unit: ScoringUnit, new: NewCorrection, *, object_key: bytes | None, principal: Principal) -> CorrectionRow:
    return CorrectionRow(
        id=new_id(),
        brand=new.brand,
        interaction_id=new.interaction_id,
        object_key=object_key,
        text=new.text,
        sentiment=None if new.sentiment is None else new.sentiment.value,
        intents=None if new.intents is None else [code.value for code in new.intents],
        risks=None if new.risks is None else [code.value for code in new.risks],
        member_id=principal.subject,
        corrected_at=unit.clock.now(),
    )


def _fact(correction: CorrectionRow, new: NewCorrection) -> CorrectionMade:
    return CorrectionMade(
        correction_id=correction.id,
        brand=new.brand,
        text=new.text,
        interaction_id=new.interaction_id,
        sentiment=new.sentiment,
        intents=None if new.intents is None else tuple(new.intents),
        risks=None if new.risks is None else tuple(new.risks),
        assessed=new.assessed,
        member_id=correction.member_id,
        corrected_at=correction.corrected_at,
    )
