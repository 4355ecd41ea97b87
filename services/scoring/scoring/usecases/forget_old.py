"""Delete what is past its time."""

from datetime import timedelta

from huiying.jobs import Done, Job, Outcome
from huiying.jobs.queue import forget_ended
from scoring.domain.alerts.counts import KEPT
from scoring.storage.counting import forget_counts
from scoring.storage.observations import forget_observations
from scoring.storage.unit import ScoringUnit
from scoring.usecases.evaluate_brand import EVALUATE, FIND_DUE

FORGET_OLD = "forget_old"
FORGET_EVERY = timedelta(minutes=10)

# These come every minute, and what came of them is in the alarms.
_FREQUENT = (EVALUATE, FIND_DUE)
_ENDED_KEPT = timedelta(hours=1)


async def forget_old(_job: Job) -> Outcome[ScoringUnit]:
    """The job that keeps retention."""
    return Done(apply=_forget)


async def _forget(unit: ScoringUnit) -> None:
    now = unit.clock.now()
    await forget_ended(unit.session, before=now - _ENDED_KEPT, kinds=_FREQUENT)
    await forget_counts(unit.session, before=now - KEPT)
    await forget_observations(unit.session, before=now - unit.tools.settings.scoring_observations_retention)
