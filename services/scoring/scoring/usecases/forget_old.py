"""Delete what is past its time."""

from datetime import timedelta

from huiying.jobs import Done, Job, Outcome
from huiying.jobs.queue import forget_ended
from scoring.domain.alerts.counts import KEPT
from scoring.storage.counting import forget_counts
from scoring.storage.objects import CORRECTABLE_FOR, forget_read
from scoring.storage.observations import erase_noted, forget_observations
from scoring.storage.unit import ScoringUnit
from scoring.usecases.evaluate_brand import EVALUATE, FIND_DUE

FORGET_OLD = "forget_old"
FORGET_EVERY = timedelta(minutes=10)

# These come every minute, and what came of them is in the alarms.
_FREQUENT = (EVALUATE, FIND_DUE)
_ENDED_KEPT = timedelta(hours=1)


async def forget_old(_job: Job) -> Outcome[ScoringUnit]:
    """The job that keeps retention."""
    return Done(apply=forget)


async def forget(unit: ScoringUnit) -> None:
    """Words go first; that something was counted is known until its counts go too."""
    now = unit.clock.now()
    await forget_ended(unit.session, before=now - _ENDED_KEPT, kinds=_FREQUENT)
    await forget_counts(unit.session, before=now - KEPT)
    retention = unit.tools.settings.scoring_observations_retention
    await erase_noted(unit.session, before=now - retention)
    await forget_observations(unit.session, before=now - max(retention, KEPT))
    await forget_read(unit.session, before=now - CORRECTABLE_FOR)
