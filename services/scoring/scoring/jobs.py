"""What the clock starts in scoring."""

from datetime import timedelta

from huiying.jobs import Handler, Schedule
from huiying.outbox.unit import OpenUnit
from huiying.service.definition import JobTable, Surroundings
from scoring.settings import ScoringSettings
from scoring.storage.unit import ScoringTools, ScoringUnit
from scoring.usecases.evaluate_brand import EVALUATE, FIND_DUE, EvaluateBrand, find_due
from scoring.usecases.fill_watches import FILL, fill_piece, give_up
from scoring.usecases.forget_old import FORGET_EVERY, FORGET_OLD, forget_old

# A killed worker's job waits for its lease to run out, and crises do not wait.
_LOOKING_TIMEOUT = timedelta(seconds=10)
_EVALUATION_TIMEOUT = timedelta(seconds=20)
# What waits for its next attempt keeps a new job from being filed, also once whatever was in its way is gone.
_LONGEST_BACKOFF = timedelta(seconds=30)


def make_jobs(
    _tools: ScoringTools, open_unit: OpenUnit[ScoringUnit], surroundings: Surroundings[ScoringSettings]
) -> JobTable[ScoringUnit]:
    """The look-out for brands with something new, the evaluation of each, the past of new watches, and retention."""
    evaluate = EvaluateBrand(open_unit, retention=surroundings.settings.scoring_observations_retention)
    return JobTable(
        handlers={
            FIND_DUE: Handler(run=find_due, timeout=_LOOKING_TIMEOUT, longest_backoff=_LONGEST_BACKOFF),
            EVALUATE: Handler(
                run=evaluate, timeout=_EVALUATION_TIMEOUT, longest_backoff=_LONGEST_BACKOFF, concurrency=4
            ),
            FILL: Handler(run=fill_piece, on_failed=give_up, concurrency=1),
            FORGET_OLD: Handler(run=forget_old),
        },
        schedules=[
            Schedule(kind=FIND_DUE, every=surroundings.settings.scoring_evaluation_every),
            Schedule(kind=FORGET_OLD, every=FORGET_EVERY),
        ],
    )
