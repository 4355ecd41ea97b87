"""Keep an eye on every connected account: its feeds, its token, its subscription, what it publishes, how it does."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlmodel import col

from huiying.db.statements import Row, insert_new, table_of
from huiying.jobs.job import Done, Job, Outcome
from huiying.outbox.unit import OpenUnit
from ingest.storage.health_tables import AccountState
from ingest.storage.tables import Account
from ingest.storage.unit import IngestUnit
from ingest.usecases.keep_feeds import file_due, forget_feeds, keep_feeds, resume_refused
from ingest.usecases.tell_story import note

WATCH_ACCOUNTS, FILE_DUE = "watch_accounts", "file_due"
WATCH_EVERY = timedelta(minutes=10)
FILE_EVERY = timedelta(seconds=5)

_STATES = table_of(AccountState)
_PORTION = 500


class WatchAccounts:
    """The job that finds accounts and feeds that are not watched yet: those of before an update."""

    def __init__(self, open_unit: OpenUnit[IngestUnit]) -> None:
        self._open_unit = open_unit

    async def __call__(self, _job: Job) -> Outcome[IngestUnit]:
        last = ""
        while True:
            async with self._open_unit() as unit:
                accounts = await _some(unit, after=last)
                await begin_watching(unit, accounts)
            if len(accounts) < _PORTION:
                return Done()
            last = accounts[-1].id


class FileDue:
    """The job that files jobs for whatever is due."""

    async def __call__(self, _job: Job) -> Outcome[IngestUnit]:
        return Done(apply=_file_due)


async def begin_watching(unit: IngestUnit, accounts: Sequence[Account]) -> None:
    """Watch these accounts from now on. Those that are watched already are left as they are."""
    rows = [_state(unit, account, now=unit.clock.now()) for account in accounts]
    new = await insert_new(unit.session, AccountState, rows, key="account_id")
    for account in accounts:
        if account.id in new:
            detail = f"{account.platform} account {account.name} is connected"
            await note(unit, account_id=account.id, brand=account.brand, code="connected", detail=detail)
    await keep_feeds(unit, accounts)


async def trust_again(unit: IngestUnit, account: Account) -> None:
    """The account has other secrets: whatever was given up for want of good ones is tried again."""
    fresh = {"reconnect_since": None, "token_error": None, "token_expires_at": None}
    await unit.session.execute(update(_STATES).where(_STATES.c.account_id == account.id).values(fresh))
    await resume_refused(unit, account.id)
    detail = "the account has other secrets"
    await note(unit, account_id=account.id, brand=account.brand, code="credentials_changed", detail=detail)


async def end_watching(unit: IngestUnit, account: Account) -> None:
    """The account is disconnected. Its story stays."""
    await unit.session.execute(delete(_STATES).where(_STATES.c.account_id == account.id))
    await forget_feeds(unit, account.id)
    detail = "the account is disconnected"
    await note(unit, account_id=account.id, brand=account.brand, code="removed", detail=detail)


async def _some(unit: IngestUnit, *, after: str) -> Sequence[Account]:
    query = select(Account).where(col(Account.removed_at).is_(None), col(Account.id) > after)
    return (await unit.session.execute(query.order_by(col(Account.id)).limit(_PORTION))).scalars().all()


async def _file_due(unit: IngestUnit) -> None:
    await file_due(unit)


def _state(unit: IngestUnit, account: Account, *, now: datetime) -> Row:
    return {
        "account_id": account.id,
        "brand": account.brand,
        "platform": account.platform,
        "status": "healthy",
        "reasons": [],
        "status_since": now,
        "created_at": now,
    }
