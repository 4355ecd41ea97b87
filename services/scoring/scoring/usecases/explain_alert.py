"""Explain an alarm by what was said: what changed, who said it first, and what tells most."""

from datetime import datetime, timedelta
from functools import partial

import anyio.to_thread

from scoring.domain.alerts.explanation import Explanation, explanation_of
from scoring.domain.alerts.watch import Watch
from scoring.storage.observations import voices_between
from scoring.storage.unit import ScoringUnit

# An alarm opens when it is sure; what it is about began a little before.
_LEAD = timedelta(hours=1)
_BASELINE = timedelta(days=7)
LOOKED_AT = 2_000
"""So many interactions of an alarm, and of the time before, are looked at at most; an explanation says how many."""


async def explain(unit: ScoringUnit, watch: Watch, *, opened_at: datetime, until: datetime) -> Explanation:
    """What is different since shortly before `opened_at`, up to `until`, from the week before."""
    since = opened_at - _LEAD
    voices = await voices_between(
        unit.session, watch.brand, watch_id=watch.id, since=since, until=until, limit=LOOKED_AT
    )
    before = await voices_between(
        unit.session,
        watch.brand,
        watch_id=watch.id,
        since=since - _BASELINE,
        until=since,
        limit=LOOKED_AT,
        newest=True,
    )
    return await anyio.to_thread.run_sync(partial(explanation_of, voices, before, since=since, until=until))
