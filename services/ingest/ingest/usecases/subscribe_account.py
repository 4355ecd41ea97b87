"""Have a platform deliver to an account's hook, look regularly whether it does, and renew what runs out."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from huiying.errors import NotFound
from huiying.jobs.job import Apply, Done, Job, Outcome
from huiying.outbox.unit import OpenUnit
from ingest.clients.connectors.abilities import Subscribes, Subscription, SubscriptionState
from ingest.storage.account_book import OpenAccount
from ingest.storage.health_tables import AccountState
from ingest.storage.unit import IngestTools, IngestUnit
from ingest.usecases.access import access_of
from ingest.usecases.ask_platform import Trouble, TroubleKind, ask
from ingest.usecases.note_reconnect import note_reconnect
from ingest.usecases.renew_token import AccountJob
from ingest.usecases.tell_story import Severity, note

SUBSCRIBE_ACCOUNT = "subscribe_account"

_SECONDS = 16.0
_LOOK_EVERY = timedelta(hours=6)
_LOOK_SOON, _AGAIN_LATER = timedelta(minutes=2), timedelta(hours=1)
_SOONEST = timedelta(minutes=1)


class Standing(StrEnum):
    """How a subscription stands here: `pending` while the platform has not confirmed what was just asked for."""

    PENDING = "pending"
    ACTIVE = "active"
    INACTIVE = "inactive"


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform said, and whether it was asked to deliver or only whether it does."""

    subscription: Subscription | Trouble
    was_asked: bool


class SubscribeAccount:
    """The job that looks after one account's subscription."""

    def __init__(self, open_unit: OpenUnit[IngestUnit]) -> None:
        self._open_unit = open_unit

    async def __call__(self, job: Job) -> Outcome[IngestUnit]:
        account_id = job.read(AccountJob).account_id
        async with self._open_unit() as unit:
            state, tools = await unit.session.get(AccountState, account_id), unit.tools
        try:
            account = await tools.accounts.by_id(account_id)
        except NotFound:
            return Done()
        connector = tools.connectors.get(account.platform)
        if state is None or not isinstance(connector, Subscribes):
            return Done()
        return Done(apply=_store(account_id, await _settle(connector, account, state, tools=tools)))


def hook_url(account: OpenAccount, *, tools: IngestTools) -> str:
    """Where the platform delivers to, as it can reach us."""
    return f"{tools.settings.http.public_url.rstrip('/')}/hooks/{account.platform}/{account.hook_key}"


async def _settle(connector: Subscribes, account: OpenAccount, state: AccountState, *, tools: IngestTools) -> _Answer:
    """Look whether the platform delivers, and ask for it if not, or if that runs out."""
    access, url = access_of(account, tools.client), hook_url(account, tools=tools)
    if state.subscription in {Standing.ACTIVE, Standing.PENDING} and state.subscription_expires_at is None:
        found = await ask(connector.look_up_subscription(url, access=access), timeout_seconds=_SECONDS)
        if isinstance(found, Trouble) or found.state is SubscriptionState.ACTIVE:
            return _Answer(subscription=found, was_asked=False)
    asked = await ask(connector.subscribe(url, access=access), timeout_seconds=_SECONDS)
    return _Answer(subscription=asked, was_asked=True)


def _store(account_id: str, answer: _Answer) -> Apply[IngestUnit]:
    async def apply(unit: IngestUnit) -> None:
        state, now = await unit.session.get(AccountState, account_id, with_for_update=True), unit.clock.now()
        if state is None:
            return
        unit.session.add(state)
        before, found = state.subscription, answer.subscription
        if isinstance(found, Trouble):
            await _meet_trouble(unit, state, found)
        else:
            state.subscription = _standing(before, found, was_asked=answer.was_asked)
            state.subscription_detail, state.subscription_expires_at = found.detail, found.expires_at
            state.subscription_checked_at = now
            state.subscribe_due_at = _next(now, found, standing=state.subscription)
        if state.subscription != before and state.subscription in {Standing.ACTIVE, Standing.INACTIVE}:
            await _remember(unit, state)

    return apply


def _standing(before: str | None, found: Subscription, *, was_asked: bool) -> Standing:
    if found.state is SubscriptionState.ACTIVE:
        return Standing.ACTIVE
    # Some platforms look at the hook first, and deliver a little later than they answer.
    return Standing.PENDING if was_asked and before in {None, Standing.ACTIVE} else Standing.INACTIVE


def _next(now: datetime, found: Subscription, *, standing: str) -> datetime:
    if standing != Standing.ACTIVE:
        return now + _LOOK_SOON
    if found.expires_at is None:
        return now + _LOOK_EVERY
    return now + min(_LOOK_EVERY, max((found.expires_at - now) / 2, _SOONEST))


async def _meet_trouble(unit: IngestUnit, state: AccountState, trouble: Trouble) -> None:
    now = unit.clock.now()
    state.subscribe_due_at = now + max(_LOOK_SOON, timedelta(seconds=trouble.retry_after_seconds))
    if trouble.kind is TroubleKind.REFUSED:
        state.subscription, state.subscription_detail = Standing.INACTIVE, trouble.detail
        state.subscribe_due_at = now + _AGAIN_LATER
    elif trouble.kind is TroubleKind.RECONNECT:
        state.subscribe_due_at = now + _AGAIN_LATER
        await unit.session.flush()
        await note_reconnect(unit, account_id=state.account_id, detail=trouble.detail)


async def _remember(unit: IngestUnit, state: AccountState) -> None:
    is_active = state.subscription == Standing.ACTIVE
    said = "the platform delivers to the account's hook" if is_active else "the platform does not deliver to the hook"
    await note(
        unit,
        account_id=state.account_id,
        brand=state.brand,
        code=f"subscription_{state.subscription}",
        detail=f"{said}: {state.subscription_detail}" if state.subscription_detail else said,
        severity=Severity.INFO if is_active else Severity.ERROR,
    )
