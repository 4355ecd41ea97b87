"""Corrections that hold no longer: taken back, or erased with what they were about."""

from collections.abc import Iterable, Sequence

from huiying.auth.principals import Permission, Principal
from huiying.errors import NotFound
from huiying.events.corrections import CorrectionRevoked
from huiying.events.envelope import Told
from huiying.events.interactions import InteractionReceived
from scoring.domain.alerts.observation import is_deletion, key_of
from scoring.storage.corrections import Removed, remove_erased
from scoring.storage.learning_tables import CorrectionRow
from scoring.storage.objects import note_deleted
from scoring.storage.unit import ScoringUnit


async def revoke_correction(unit: ScoringUnit, correction_id: str, *, principal: Principal) -> None:
    """Take a correction back. Raises NotFound, also for another brand's, and Forbidden."""
    correction = await unit.session.get(CorrectionRow, correction_id)
    if correction is None:
        raise NotFound(f"no correction {correction_id}")
    principal.demand(Permission.CORRECTIONS_WRITE, correction.brand, what=f"correction {correction_id}")
    await unit.session.delete(correction)
    await unit.session.flush()
    tell_revoked(unit, [Removed(correction.id, correction.brand, correction.interaction_id)])


async def erase_corrections(unit: ScoringUnit, facts: Sequence[Told[InteractionReceived]]) -> None:
    """Erase the corrections of what was deleted, with the texts they keep; from now on none is made of it."""
    interactions = [fact.event.interaction for fact in facts]
    deleted = {key_of(one) for one in interactions if is_deletion(one)}
    if deleted:
        await note_deleted(unit.session, deleted)
        tell_revoked(unit, await remove_erased(unit.session, deleted))


def tell_revoked(unit: ScoringUnit, removed: Iterable[Removed]) -> None:
    """Tell that these corrections hold no longer."""
    for one in removed:
        unit.tell(
            CorrectionRevoked(
                correction_id=one.id,
                brand=one.brand,
                interaction_id=one.interaction_id,
                revoked_at=unit.clock.now(),
            )
        )
