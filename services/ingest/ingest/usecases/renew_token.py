"""Exchange an account's token for a new one before it runs out, and keep the new one sealed."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from huiying.jobs.job import Apply, Done, Job, Outcome
from huiying.outbox.unit import OpenUnit
from ingest.clients.connectors.abilities import Renewed, Renews
from ingest.clients.connectors.connector import Access
from ingest.storage.account_book import open_credentials, seal_credentials
from ingest.storage.health_tables import AccountState
from ingest.storage.tables import Account
from ingest.storage.unit import IngestTools, IngestUnit
from ingest.usecases.access import access_to
from ingest.usecases.ask_platform import Trouble, TroubleKind, ask
from ingest.usecases.keep_feeds import resume_reconnected
from ingest.usecases.note_reconnect import note_reconnect
from ingest.usecases.tell_story import note

RENEW_TOKEN = "renew_token"  # noqa: S105 - the name of a job

_SECONDS = 16.0
# A token is renewed when a fifth of its life is left; without a known end, once a day.
_LIVED = 0.8
_USUAL_LIFE = timedelta(days=1)
_SOONEST = timedelta(minutes=1)
_AGAIN_SOON, _AGAIN_LATER = timedelta(minutes=5), timedelta(hours=1)
_WORRYING = timedelta(hours=1)


class AccountJob(msgspec.Struct, frozen=True):
    """Which account it is about."""

    account_id: str


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What an account's calls are made with, and how its secrets were sealed then."""

    access: Access
    connector: Renews
    sealed: bytes


class RenewToken:
    """The job that renews one account's token."""

    def __init__(self, open_unit: OpenUnit[IngestUnit]) -> None:
        self._open_unit = open_unit

    async def __call__(self, job: Job) -> Outcome[IngestUnit]:
        account_id = job.read(AccountJob).account_id
        async with self._open_unit() as unit:
            account, tools, now = await unit.session.get(Account, account_id), unit.tools, unit.clock.now()
            held = _held(account, tools)
        if held is None:
            return Done(apply=_never_again(account_id))
        renewed = await ask(held.connector.renew(access=held.access, now=now), timeout_seconds=_SECONDS)
        if isinstance(renewed, Trouble):
            return Done(apply=_put_off(account_id, renewed, sealed=held.sealed))
        return Done(apply=_store(account_id, renewed, sealed=held.sealed))


def _held(account: Account | None, tools: IngestTools) -> Held | None:
    """What it takes to renew; None if the account is gone or has nothing to renew with."""
    connector = tools.connectors.get(account.platform) if account is not None else None
    if account is None or account.removed_at is not None or not isinstance(connector, Renews):
        return None
    access = access_to(account, credentials=open_credentials(tools.vault, account.id, account.credentials), tools=tools)
    return Held(access=access, connector=connector, sealed=account.credentials) if connector.can_renew(access) else None


def _never_again(account_id: str) -> Apply[IngestUnit]:
    async def apply(unit: IngestUnit) -> None:
        state = await unit.session.get(AccountState, account_id)
        if state is not None:
            state.renew_due_at = None
            unit.session.add(state)

    return apply


def _store(account_id: str, renewed: Renewed, *, sealed: bytes) -> Apply[IngestUnit]:
    async def apply(unit: IngestUnit) -> None:
        account = await unit.session.get(Account, account_id, with_for_update=True)
        state, now = await unit.session.get(AccountState, account_id, with_for_update=True), unit.clock.now()
        if account is None or state is None:
            return
        unit.session.add(state)
        if account.credentials != sealed:
            # The owner gave other secrets meanwhile. These are the better ones, and have a token of their own.
            state.renew_due_at = now
            return
        vault = unit.tools.vault
        merged = _merged(open_credentials(vault, account_id, sealed), renewed.credentials)
        account.credentials = seal_credentials(vault, account_id, merged)
        unit.session.add(account)
        unit.forget_accounts()
        state.token_expires_at, state.token_renewed_at = renewed.expires_at, now
        state.token_error, state.reconnect_since = None, None
        state.renew_due_at = _next(now, renewed.expires_at)
        await resume_reconnected(unit, account_id)
        until = f", good until {renewed.expires_at:%Y-%m-%d %H:%M} UTC" if renewed.expires_at else ""
        await note(
            unit,
            account_id=account_id,
            brand=state.brand,
            code="token_renewed",
            detail=f"the account has a new token{until}",
        )

    return apply


def _put_off(account_id: str, trouble: Trouble, *, sealed: bytes) -> Apply[IngestUnit]:
    async def apply(unit: IngestUnit) -> None:
        account = await unit.session.get(Account, account_id, with_for_update=True)
        state, now = await unit.session.get(AccountState, account_id, with_for_update=True), unit.clock.now()
        if account is None or state is None:
            return
        unit.session.add(state)
        if account.credentials != sealed:
            # What was refused are the secrets of before; it says nothing about those that the owner gave meanwhile.
            state.renew_due_at = now
            return
        if trouble.kind is TroubleKind.RECONNECT:
            state.renew_due_at = None
            await unit.session.flush()
            await note_reconnect(unit, account_id=account_id, detail=trouble.detail, is_renewal=True)
            return
        again = _AGAIN_LATER if trouble.kind is TroubleKind.REFUSED else _AGAIN_SOON
        state.renew_due_at = now + max(again, timedelta(seconds=trouble.retry_after_seconds))
        is_pressing = state.token_expires_at is not None and state.token_expires_at - now < _WORRYING
        if trouble.kind is TroubleKind.REFUSED or is_pressing:
            state.token_error = trouble.detail

    return apply


def _merged(credentials: Mapping[str, tuple[str, ...]], changed: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {**credentials, **{name: (value,) for name, value in changed.items()}}


def _next(now: datetime, expires_at: datetime | None) -> datetime:
    life = expires_at - now if expires_at is not None else _USUAL_LIFE
    return now + max(life * _LIVED, _SOONEST)
