"""Keep an eye on every connected account: its feeds, its token, its subscription, what it publishes, how it does."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlmodel import col

from huiying import jobs
from huiying.clock import to_milliseconds
from huiying.db.statements import Row, insert_new, table_of
from huiying.jobs.job import Done, Job, Outcome
from huiying.outbox.unit import OpenUnit
from ingest.clients.connectors.abilities import Measures, Renews, Subscribes
from ingest.storage.health_tables import AccountState
from ingest.storage.tables import Account
from ingest.storage.unit import IngestUnit
from ingest.usecases.keep_feeds import file_due, forget_feeds, keep_feeds, resume_refused
from ingest.usecases.measure_account import MEASURE_ACCOUNT
from ingest.usecases.renew_token import RENEW_TOKEN, AccountJob
from ingest.usecases.subscribe_account import SUBSCRIBE_ACCOUNT
from ingest.usecases.tell_story import note

WATCH_ACCOUNTS, FILE_DUE = "watch_accounts", "file_due"
WATCH_EVERY = timedelta(minutes=10)
FILE_EVERY = timedelta(seconds=5)

_STATES = table_of(AccountState)
_PORTION = 500
_AFTER_A_BUG = timedelta(hours=1)
_DUE = {RENEW_TOKEN: "renew_due_at", SUBSCRIBE_ACCOUNT: "subscribe_due_at", MEASURE_ACCOUNT: "measure_due_at"}


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
                return Done(apply=_catch_up)
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
    now = unit.clock.now()
    fresh = {
        "reconnect_since": None,
        "token_error": None,
        "token_expires_at": None,
        **_dues(unit, account, now=now),
    }
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


async def put_off(unit: IngestUnit, job: Job, _reason: str) -> None:
    """A job that was due has failed for a reason of ours: it comes again, but not at once."""
    later = {_DUE[job.kind]: unit.clock.now() + _AFTER_A_BUG}
    account_id = job.read(AccountJob).account_id
    await unit.session.execute(update(_STATES).where(_STATES.c.account_id == account_id).values(later))


async def _catch_up(unit: IngestUnit) -> None:
    """What could not be done for accounts when they were connected, and can be now."""
    now, connectors = unit.clock.now(), unit.tools.connectors
    able = {"measure_due_at": [name for name, one in connectors.items() if isinstance(one, Measures)]}
    if unit.tools.settings.http.public_url:
        able["subscribe_due_at"] = [name for name, one in connectors.items() if isinstance(one, Subscribes)]
    for column, platforms in able.items():
        waiting = (_STATES.c.platform.in_(platforms), _STATES.c[column].is_(None))
        await unit.session.execute(update(_STATES).where(*waiting).values({column: now}))


async def _some(unit: IngestUnit, *, after: str) -> Sequence[Account]:
    query = select(Account).where(col(Account.removed_at).is_(None), col(Account.id) > after)
    return (await unit.session.execute(query.order_by(col(Account.id)).limit(_PORTION))).scalars().all()


async def _file_due(unit: IngestUnit) -> None:
    await file_due(unit)
    for kind, column in _DUE.items():
        await _file(unit, kind, column)


async def _file(unit: IngestUnit, kind: str, column: str) -> None:
    """A job for each account for which it is time."""
    due_at = _STATES.c[column]
    query = select(_STATES.c.account_id, due_at).where(due_at <= unit.clock.now()).order_by(due_at).limit(_PORTION)
    for account_id, at in (await unit.session.execute(query)).all():
        name = f"{kind}:{account_id}"
        key = f"{name}:{to_milliseconds(at)}"
        await jobs.add(unit, kind=kind, payload=AccountJob(account_id=account_id), queue=name, dedupe_key=key)


def _dues(unit: IngestUnit, account: Account, *, now: datetime) -> Row:
    """What is to be done at once for an account that is new, or has new secrets."""
    connector = unit.tools.connectors.get(account.platform)
    is_reachable = bool(unit.tools.settings.http.public_url)
    return {
        "renew_due_at": now if isinstance(connector, Renews) else None,
        "subscribe_due_at": now if isinstance(connector, Subscribes) and is_reachable else None,
        "measure_due_at": now if isinstance(connector, Measures) else None,
    }


def _state(unit: IngestUnit, account: Account, *, now: datetime) -> Row:
    return {
        "account_id": account.id,
        "brand": account.brand,
        "platform": account.platform,
        "status": "healthy",
        "reasons": [],
        "status_since": now,
        "created_at": now,
        **_dues(unit, account, now=now),
    }
