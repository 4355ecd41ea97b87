"""Delete what watching leaves behind: ended jobs that come every few seconds, old hours, checks, gaps and stories."""

from datetime import timedelta

from sqlalchemy import delete
from sqlmodel import col

from huiying.jobs.job import Done, Job, Outcome
from huiying.jobs.queue import forget_ended
from ingest.storage.feed_tables import Gap, GapCheck, Incomplete
from ingest.storage.health_tables import AccountHour, HealthEntry
from ingest.storage.unit import IngestUnit
from ingest.usecases.keep_feeds import POLL_FEED
from ingest.usecases.measure_account import MEASURE_ACCOUNT
from ingest.usecases.publish_interactions import COMPLETE_INTERACTION
from ingest.usecases.review_health import REVIEW_HEALTH
from ingest.usecases.watch_accounts import FILE_DUE

FORGET_WATCHED = "forget_watched"

_FREQUENT = (POLL_FEED, FILE_DUE, REVIEW_HEALTH, MEASURE_ACCOUNT, COMPLETE_INTERACTION)
# Long enough for who looks into what happened just now.
_ENDED_KEPT = timedelta(hours=1)
# A rhythm is known by its last weeks.
_HOURS_KEPT = timedelta(weeks=9)
_CHECKS_KEPT = timedelta(days=90)
# A platform repeats for a week at most; what has not been pushed by then never will be.
_GAPS_KEPT = timedelta(days=14)


class ForgetWatched:
    """The job that forgets."""

    async def __call__(self, _job: Job) -> Outcome[IngestUnit]:
        return Done(apply=_forget)


async def _forget(unit: IngestUnit) -> None:
    now, session = unit.clock.now(), unit.session
    await forget_ended(session, before=now - _ENDED_KEPT, kinds=_FREQUENT)
    await session.execute(delete(AccountHour).where(col(AccountHour.hour) < now - _HOURS_KEPT))
    await session.execute(delete(GapCheck).where(col(GapCheck.began_at) < now - _CHECKS_KEPT))
    await session.execute(delete(Gap).where(col(Gap.found_at) < now - _GAPS_KEPT))
    await session.execute(delete(Incomplete).where(col(Incomplete.noted_at) < now - _GAPS_KEPT))
    await session.execute(delete(HealthEntry).where(col(HealthEntry.at) < now - _CHECKS_KEPT))
