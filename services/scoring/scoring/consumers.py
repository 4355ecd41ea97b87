"""What scoring consumes."""

from collections.abc import Sequence

from huiying.events.envelope import Told
from huiying.events.interactions import InteractionReceived
from huiying.service.consumer import Handlers
from scoring.storage.unit import ScoringUnit
from scoring.usecases.assess_interactions import assess_interactions
from scoring.usecases.count_observations import erase_deleted
from scoring.usecases.revoke_correction import erase_corrections


async def on_interactions(unit: ScoringUnit, facts: Sequence[Told[InteractionReceived]]) -> None:
    """What was said is assessed and counted; of what was deleted the words are forgotten."""
    # A deletion and what it deletes may come by two partitions. Counts come last: who has counted waits for nothing
    # that was said, so one replica goes on. Where each deletes what the other has just heard, neither could: then the
    # database ends one of them, whose batch is offered again and finds the other through.
    await erase_deleted(unit, facts)
    await erase_corrections(unit, facts)
    await assess_interactions(unit, facts)


HANDLERS: Handlers[ScoringUnit] = {InteractionReceived: on_interactions}
