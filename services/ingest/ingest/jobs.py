"""What the clock starts in ingest."""

from datetime import timedelta

from huiying.jobs.job import Handler, Schedule
from huiying.outbox.unit import OpenUnit
from huiying.service.definition import JobTable, Surroundings
from ingest.settings import IngestSettings
from ingest.storage.unit import IngestTools, IngestUnit
from ingest.usecases.backfill_account import BACKFILL_ACCOUNT, BackfillAccount, give_up_backfill
from ingest.usecases.complete_interaction import CompleteInteraction
from ingest.usecases.forget_old import EVERY, FORGET_OLD, ForgetOld
from ingest.usecases.forget_watched import FORGET_WATCHED, ForgetWatched
from ingest.usecases.hear_silence import HEAR_EVERY, HEAR_SILENCE, HearSilence
from ingest.usecases.keep_feeds import POLL_FEED
from ingest.usecases.measure_account import MEASURE_ACCOUNT, MeasureAccount
from ingest.usecases.moderate import MODERATE, Moderate, give_up_moderating
from ingest.usecases.notify_operator import NOTIFY_OPERATOR, NotifyOperator
from ingest.usecases.poll_feed import PollFeed
from ingest.usecases.publish_interactions import COMPLETE_INTERACTION
from ingest.usecases.renew_token import RENEW_TOKEN, RenewToken
from ingest.usecases.review_health import REVIEW_EVERY, REVIEW_HEALTH, ReviewHealth
from ingest.usecases.send_reply import SEND_REPLY, SendReply, give_up
from ingest.usecases.subscribe_account import SUBSCRIBE_ACCOUNT, SubscribeAccount
from ingest.usecases.watch_accounts import (
    FILE_DUE,
    FILE_EVERY,
    WATCH_ACCOUNTS,
    WATCH_EVERY,
    FileDue,
    WatchAccounts,
    put_off,
)

# One page takes 16 s at most, and a long list is read in portions.
_READING = timedelta(minutes=6)
_ASKING_TWICE = timedelta(seconds=40)
# An operator's system that is away for a day still hears of it, and a platform that is away for one is still asked.
_LONG_BACKOFF = timedelta(hours=3)


def make_jobs(
    _tools: IngestTools, open_unit: OpenUnit[IngestUnit], _surroundings: Surroundings[IngestSettings]
) -> JobTable[IngestUnit]:
    """Sends, the watch over accounts, and the keeping of retention."""
    return JobTable(
        handlers={
            SEND_REPLY: Handler(run=SendReply(open_unit), on_failed=give_up, timeout=timedelta(seconds=20)),
            MODERATE: Handler(run=Moderate(open_unit), on_failed=give_up_moderating),
            POLL_FEED: Handler(run=PollFeed(open_unit), timeout=_READING),
            BACKFILL_ACCOUNT: Handler(run=BackfillAccount(open_unit), on_failed=give_up_backfill, timeout=_READING),
            RENEW_TOKEN: Handler(run=RenewToken(open_unit), on_failed=put_off),
            SUBSCRIBE_ACCOUNT: Handler(run=SubscribeAccount(open_unit), on_failed=put_off, timeout=_ASKING_TWICE),
            MEASURE_ACCOUNT: Handler(run=MeasureAccount(open_unit), on_failed=put_off, timeout=_READING),
            COMPLETE_INTERACTION: Handler(
                run=CompleteInteraction(open_unit), max_attempts=20, longest_backoff=_LONG_BACKOFF
            ),
            REVIEW_HEALTH: Handler(run=ReviewHealth(open_unit)),
            HEAR_SILENCE: Handler(run=HearSilence(open_unit)),
            NOTIFY_OPERATOR: Handler(run=NotifyOperator(open_unit), max_attempts=20, longest_backoff=_LONG_BACKOFF),
            WATCH_ACCOUNTS: Handler(run=WatchAccounts(open_unit)),
            FILE_DUE: Handler(run=FileDue()),
            FORGET_OLD: Handler(run=ForgetOld(open_unit)),
            FORGET_WATCHED: Handler(run=ForgetWatched()),
        },
        schedules=[
            Schedule(kind=FORGET_OLD, every=EVERY),
            Schedule(kind=FORGET_WATCHED, every=EVERY),
            Schedule(kind=WATCH_ACCOUNTS, every=WATCH_EVERY),
            Schedule(kind=FILE_DUE, every=FILE_EVERY),
            Schedule(kind=REVIEW_HEALTH, every=REVIEW_EVERY),
            Schedule(kind=HEAR_SILENCE, every=HEAR_EVERY),
        ],
    )
