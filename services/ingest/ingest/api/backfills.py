"""What got lost and was found: comparisons of lists with what was pushed, and readings back to a chosen day."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlmodel import col

from huiying.auth.dependencies import require
from huiying.auth.principals import Permission, Principal
from huiying.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from huiying.http.pagination import Keyset, Page, PageOf, descending, paginate
from huiying.http.problems import responses
from huiying.service.dependencies import opened, viewed
from ingest.storage.feed_tables import Backfill, GapCheck
from ingest.storage.unit import IngestUnit
from ingest.usecases.backfill_account import backfill_account, get_backfill
from ingest.usecases.connect_account import get_account

router = APIRouter(tags=["backfills"])

Reader = Annotated[Principal, Depends(require(Permission.ACCOUNTS_READ))]
Replayer = Annotated[Principal, Depends(require(Permission.DELIVERIES_REPLAY))]
Writing = Annotated[IngestUnit, Depends(opened, scope="function")]
Viewing = Annotated[IngestUnit, Depends(viewed, scope="function")]
_ID = r"^[0-9a-f-]{36}$"
OfAccount = Annotated[str | None, Query(pattern=_ID)]

_PROBLEMS = responses(Unauthenticated, Forbidden)
_CHECKS = Keyset("gap_checks:-id", descending(GapCheck.id))
_BACKFILLS = Keyset("backfills:-id", descending(Backfill.id))


class GapCheckOut(BaseModel):
    """What a list showed beside what had been pushed until then."""

    id: str
    account_id: str
    brand: str
    feed: str
    since: datetime
    found: int = Field(description="Had arrived.")
    missing: int = Field(description="Had not, and was published by this check.")
    late: int = Field(description="Of the missing: was pushed afterwards.")
    began_at: datetime
    ended_at: datetime | None


class BackfillIn(BaseModel):
    """How far back."""

    model_config = ConfigDict(extra="forbid")

    since: AwareDatetime


class BackfillOut(BaseModel):
    """How far a backfill has come: `queued`, `running`, `done`, or `failed` if a list could not be read."""

    id: str
    account_id: str
    brand: str
    since: datetime
    status: str
    feeds_left: int
    page_count: int
    found: int = Field(description="What the lists showed.")
    missing: int = Field(description="What of it was not known, and is published now.")
    error: str | None
    created_at: datetime
    ended_at: datetime | None


@router.get("/gap-checks", operation_id="listGapChecks", responses=_PROBLEMS)
async def list_gap_checks(
    principal: Reader, unit: Viewing, page: PageOf, account: OfAccount = None
) -> Page[GapCheckOut]:
    """The comparisons, the newest first."""
    query = select(GapCheck)
    scope = principal.scope(Permission.ACCOUNTS_READ)
    if scope is not None:
        query = query.where(col(GapCheck.brand).in_(scope))
    if account is not None:
        query = query.where(col(GapCheck.account_id) == account)
    rows, following = await paginate(unit.session, query, keyset=_CHECKS, cursors=unit.tools.cursors, page=page)
    return Page(items=[GapCheckOut.model_validate(row[0], from_attributes=True) for row in rows], next_cursor=following)


@router.post(
    "/accounts/{account_id}:backfill",
    operation_id="backfillAccount",
    status_code=202,
    responses={**_PROBLEMS, **responses(NotFound, Conflict, Invalid)},
)
async def backfill(
    principal: Replayer,
    unit: Writing,
    account_id: Annotated[str, Path(pattern=_ID, description="The account's id.")],
    body: BackfillIn,
) -> BackfillOut:
    """Read all lists of an account back to then. What is known already is not doubled, however often it is asked."""
    account = await get_account(unit, account_id, principal=principal, permission=Permission.DELIVERIES_REPLAY)
    return _shown(await backfill_account(unit, account, since=body.since))


@router.get("/backfills", operation_id="listBackfills", responses=_PROBLEMS)
async def list_backfills(
    principal: Reader, unit: Viewing, page: PageOf, account: OfAccount = None
) -> Page[BackfillOut]:
    """The backfills, the newest first."""
    query = select(Backfill)
    scope = principal.scope(Permission.ACCOUNTS_READ)
    if scope is not None:
        query = query.where(col(Backfill.brand).in_(scope))
    if account is not None:
        query = query.where(col(Backfill.account_id) == account)
    rows, following = await paginate(unit.session, query, keyset=_BACKFILLS, cursors=unit.tools.cursors, page=page)
    return Page(items=[_shown(row[0]) for row in rows], next_cursor=following)


@router.get("/backfills/{backfill_id}", operation_id="getBackfill", responses={**_PROBLEMS, **responses(NotFound)})
async def get(
    principal: Reader,
    unit: Viewing,
    backfill_id: Annotated[str, Path(pattern=_ID, description="The backfill's id.")],
) -> BackfillOut:
    """How far one has come."""
    return _shown(await get_backfill(unit, backfill_id, principal=principal))


def _shown(backfill: Backfill) -> BackfillOut:
    return BackfillOut(
        id=backfill.id,
        account_id=backfill.account_id,
        brand=backfill.brand,
        since=backfill.since,
        status=backfill.status,
        feeds_left=len(backfill.feeds),
        page_count=backfill.page_count,
        found=backfill.found,
        missing=backfill.missing,
        error=backfill.error,
        created_at=backfill.created_at,
        ended_at=backfill.ended_at,
    )
