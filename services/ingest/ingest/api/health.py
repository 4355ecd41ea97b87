"""How accounts do, and what happened to them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlmodel import col

from huiying.auth.dependencies import require
from huiying.auth.principals import Permission, Principal
from huiying.errors import Forbidden, NotFound, Unauthenticated
from huiying.http.pagination import Keyset, Page, PageOf, descending, paginate
from huiying.http.problems import responses
from huiying.service.dependencies import viewed
from ingest.storage.health_tables import AccountState, HealthEntry
from ingest.storage.unit import IngestUnit
from ingest.usecases.connect_account import get_account
from ingest.usecases.gather_signals import Checkup, check_up

router = APIRouter(tags=["health"])

Reader = Annotated[Principal, Depends(require(Permission.ACCOUNTS_READ))]
Viewing = Annotated[IngestUnit, Depends(viewed, scope="function")]
AccountId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="The account's id.")]

_BY_ID = responses(Unauthenticated, Forbidden, NotFound)
_NEWEST_FIRST = Keyset("health_log:-id", descending(HealthEntry.id))


class ReasonOut(BaseModel):
    """Something that is wrong, and what to do about it."""

    code: str
    detail: str
    remedy: str


class HealthOut(BaseModel):
    """How an account does: `healthy`, `degraded`, or `unhealthy` when nothing comes or goes any more."""

    status: str
    reasons: list[ReasonOut]
    last_delivery_at: datetime | None
    last_error: str | None


class DayOut(BaseModel):
    """Counts of the last day."""

    deliveries: int
    unreadable: int = Field(description="Of these, could not be read.")
    turned_away: int = Field(description="Requests besides, which did not prove that they are genuine.")
    listed_found: int = Field(description="Shown by lists, and had been delivered.")
    listed_missing: int = Field(description="Shown by lists, and had not.")


class WholeHealthOut(HealthOut):
    """The same with everything that it was decided from."""

    status_since: datetime | None
    handshake_at: datetime | None
    token_expires_at: datetime | None
    token_renewed_at: datetime | None
    subscription: str | None = Field(description="active or inactive, where the platform can be asked.")
    subscription_detail: str | None
    subscription_expires_at: datetime | None
    silent_since: datetime | None
    last_day: DayOut


class EntryOut(BaseModel):
    """Something that happened."""

    id: str
    code: str
    severity: str
    detail: str
    at: datetime


@router.get("/accounts/{account_id}/health", operation_id="getAccountHealth", responses=_BY_ID)
async def get_health(principal: Reader, unit: Viewing, account_id: AccountId) -> WholeHealthOut:
    """How the account does now, and everything that says so."""
    account = await get_account(unit, account_id, principal=principal, permission=Permission.ACCOUNTS_READ)
    checkup = (await check_up(unit, [account]))[account.id]
    state, signals = await unit.session.get(AccountState, account.id), checkup.signals
    return WholeHealthOut(
        **health_shown(checkup).model_dump(),
        status_since=state.status_since if state else None,
        handshake_at=signals.handshake_at,
        token_expires_at=signals.token_expires_at,
        token_renewed_at=state.token_renewed_at if state else None,
        subscription=signals.subscription,
        subscription_detail=signals.subscription_detail,
        subscription_expires_at=state.subscription_expires_at if state else None,
        silent_since=signals.silent_since,
        last_day=DayOut(
            deliveries=signals.day.deliveries,
            unreadable=signals.day.unreadable,
            turned_away=signals.day.turned_away,
            listed_found=signals.day.found,
            listed_missing=signals.day.missing,
        ),
    )


@router.get("/accounts/{account_id}/health-log", operation_id="listHealthLog", responses=_BY_ID)
async def list_log(principal: Reader, unit: Viewing, account_id: AccountId, page: PageOf) -> Page[EntryOut]:
    """The account's story, the newest first. It is kept for 90 days."""
    account = await get_account(unit, account_id, principal=principal, permission=Permission.ACCOUNTS_READ)
    query = select(HealthEntry).where(col(HealthEntry.account_id) == account.id)
    rows, following = await paginate(unit.session, query, keyset=_NEWEST_FIRST, cursors=unit.tools.cursors, page=page)
    return Page(items=[EntryOut.model_validate(row[0], from_attributes=True) for row in rows], next_cursor=following)


def health_shown(checkup: Checkup) -> HealthOut:
    """How an account does, as the API shows it beside the account."""
    return HealthOut(
        status=checkup.health.status.value,
        reasons=[
            ReasonOut(code=reason.code, detail=reason.detail, remedy=reason.remedy) for reason in checkup.health.reasons
        ],
        last_delivery_at=checkup.signals.last_delivery_at,
        last_error=checkup.signals.last_error,
    )
