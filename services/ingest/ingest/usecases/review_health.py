"""Look after accounts regularly: when one begins to do badly, or well again, everybody who should hears of it."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlmodel import col

from huiying import jobs
from huiying.events.accounts import AccountDegraded, AccountRecovered, HealthReason
from huiying.events.envelope import encode
from huiying.jobs.job import Done, Job, Outcome
from huiying.outbox.changes import Change
from huiying.outbox.unit import OpenUnit
from ingest.domain.health import Health, HealthStatus
from ingest.storage.health_tables import AccountState
from ingest.storage.tables import Account
from ingest.storage.unit import IngestUnit
from ingest.usecases.gather_signals import check_up
from ingest.usecases.notify_operator import NOTIFY_OPERATOR, Notice
from ingest.usecases.tell_story import Severity, note

REVIEW_HEALTH = "review_health"
REVIEW_EVERY = timedelta(seconds=30)

_PORTION = 500
_SEVERITIES = {
    HealthStatus.HEALTHY: Severity.INFO,
    HealthStatus.DEGRADED: Severity.WARNING,
    HealthStatus.UNHEALTHY: Severity.ERROR,
}


class ReviewHealth:
    """The job that looks after all accounts."""

    def __init__(self, open_unit: OpenUnit[IngestUnit]) -> None:
        self._open_unit = open_unit

    async def __call__(self, _job: Job) -> Outcome[IngestUnit]:
        last = ""
        while True:
            async with self._open_unit() as unit:
                query = select(Account).where(col(Account.removed_at).is_(None), col(Account.id) > last)
                found = await unit.session.execute(query.order_by(col(Account.id)).limit(_PORTION))
                accounts = found.scalars().all()
                await review(unit, accounts)
            if len(accounts) < _PORTION:
                return Done()
            last = accounts[-1].id


async def review(unit: IngestUnit, accounts: Sequence[Account]) -> None:
    """Note, tell and notify of what has changed about how these do."""
    checkups = await check_up(unit, accounts)
    query = select(AccountState).where(col(AccountState.account_id).in_(list(checkups)))
    states = {state.account_id: state for state in (await unit.session.execute(query)).scalars()}
    for account in accounts:
        state, health = states.get(account.id), checkups[account.id].health
        if state is not None and _has_changed(state, health):
            await _turn(unit, account, state, health)


def _has_changed(state: AccountState, health: Health) -> bool:
    before = (state.status, {reason["code"] for reason in state.reasons})
    return before != (health.status.value, {reason.code for reason in health.reasons})


async def _turn(unit: IngestUnit, account: Account, state: AccountState, health: Health) -> None:
    now, was_healthy = unit.clock.now(), state.status == HealthStatus.HEALTHY
    since = state.status_since
    if state.status != health.status:
        state.status_since = now
    state.status = health.status.value
    state.reasons = [
        {"code": reason.code, "detail": reason.detail, "remedy": reason.remedy} for reason in health.reasons
    ]
    unit.session.add(state)
    event: AccountDegraded | AccountRecovered
    if health.status is HealthStatus.HEALTHY:
        event = AccountRecovered(**_named(account), degraded_at=since, recovered_at=now)
    else:
        reasons = tuple(HealthReason(**reason) for reason in state.reasons)
        event = AccountDegraded(**_named(account), status=state.status, reasons=reasons, degraded_at=now)
    unit.tell(event)
    data = {"account_id": account.id, "status": state.status}
    unit.announce(Change(event="account.health", brand=account.brand, data=data))
    await _remember(unit, account, health, was_healthy=was_healthy)
    if unit.tools.settings.operator_webhook_url:
        payload = Notice(type=event.type, event=encode(event).decode())
        await jobs.add(unit, kind=NOTIFY_OPERATOR, payload=payload, queue=f"notify:{account.id}")


async def _remember(unit: IngestUnit, account: Account, health: Health, *, was_healthy: bool) -> None:
    if health.status is HealthStatus.HEALTHY:
        code, detail = "recovered", "the account does well again"
    else:
        code = health.status.value
        detail = "; ".join(f"{reason.code}: {reason.detail}" for reason in health.reasons)
        detail = detail if was_healthy else f"now {detail}"
    severity = _SEVERITIES[health.status]
    await note(unit, account_id=account.id, brand=account.brand, code=code, detail=detail, severity=severity)


def _named(account: Account) -> dict[str, str]:
    return {
        "account_id": account.id,
        "platform": account.platform,
        "brand": account.brand,
        "external_id": account.external_id,
        "name": account.name,
    }
