"""An adaptation comes into use, or is taken back."""

from huiying.auth.principals import Permission, Principal
from huiying.errors import Conflict, NotFound
from scoring.storage.adaptations import AdaptationStatus
from scoring.storage.knowledge import held_knowledge
from scoring.storage.learning_tables import AdaptationRow, Knowledge
from scoring.storage.unit import ScoringUnit

_APPLICABLE = frozenset({AdaptationStatus.DRAFT, AdaptationStatus.UNDONE})


class NotApplicable(Conflict):
    """Only a draft, or what was undone, can be applied, and only to the model that it was learnt with."""

    code = "adaptation_not_applicable"


class NotApplied(Conflict):
    """Only the adaptation that is in use can be undone."""

    code = "adaptation_not_applied"


async def visible_adaptation(
    unit: ScoringUnit, adaptation_id: str, *, principal: Principal, permission: Permission
) -> AdaptationRow:
    """The adaptation. Raises NotFound, also for another brand's, and Forbidden."""
    found = await unit.session.get(AdaptationRow, adaptation_id)
    if found is None:
        raise NotFound(f"no adaptation {adaptation_id}")
    principal.demand(permission, found.brand, what=f"adaptation {adaptation_id}")
    return found


async def apply_adaptation(unit: ScoringUnit, adaptation_id: str, *, principal: Principal) -> AdaptationRow:
    """Read the brand's texts by it, in every process from its next batch on. Raises NotApplicable."""
    found, held = await _held(unit, adaptation_id, principal)
    if AdaptationStatus(found.status) not in _APPLICABLE:
        raise NotApplicable(f"adaptation {found.id} is {found.status}")
    model = (unit.tools.own_model or unit.tools.model).name
    if found.model != model:
        raise NotApplicable(f"adaptation {found.id} was learnt with {found.model}, not {model}: learn another")
    if held.adaptation_id is not None:
        await _set_status(unit, held.adaptation_id, AdaptationStatus.REPLACED)
    found.before_id, held.adaptation_id = held.adaptation_id, found.id
    found.status, found.applied_at = AdaptationStatus.APPLIED.value, unit.clock.now()
    held.version += 1
    await unit.session.flush()
    return found


async def undo_adaptation(unit: ScoringUnit, adaptation_id: str, *, principal: Principal) -> AdaptationRow:
    """Go back to the adaptation before it, or to none. Raises NotApplied."""
    found, held = await _held(unit, adaptation_id, principal)
    if held.adaptation_id != found.id:
        raise NotApplied(f"adaptation {found.id} is {found.status}")
    if found.before_id is not None:
        await _set_status(unit, found.before_id, AdaptationStatus.APPLIED)
    held.adaptation_id, found.status = found.before_id, AdaptationStatus.UNDONE.value
    held.version += 1
    await unit.session.flush()
    return found


async def _held(unit: ScoringUnit, adaptation_id: str, principal: Principal) -> tuple[AdaptationRow, Knowledge]:
    """The adaptation as it stands once nobody else may change what its brand teaches, and what that is."""
    found = await visible_adaptation(unit, adaptation_id, principal=principal, permission=Permission.SCORING_TUNE)
    held = await held_knowledge(unit.session, found.brand)
    fresh = await unit.session.get(AdaptationRow, adaptation_id, populate_existing=True)
    if fresh is None:
        # Who learns another draft drops this one.
        raise NotFound(f"no adaptation {adaptation_id}")
    return fresh, held


async def _set_status(unit: ScoringUnit, adaptation_id: str, status: AdaptationStatus) -> None:
    other = await unit.session.get_one(AdaptationRow, adaptation_id)
    other.status = status.value
