"""Accounts: what a brand has on platforms."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import select
from sqlmodel import col

from huiying.auth.dependencies import require
from huiying.auth.principals import Permission, Principal
from huiying.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed, Unauthenticated
from huiying.http.etag import check_match, etag
from huiying.http.idempotency import IdempotencyOf, once
from huiying.http.pagination import Keyset, Page, PageOf, ascending, paginate
from huiying.http.problems import responses
from huiying.service.dependencies import opened, viewed
from ingest.api.health import HealthOut, health_shown
from ingest.storage.tables import Account
from ingest.storage.unit import IngestUnit
from ingest.usecases.connect_account import (
    Connection,
    change_account,
    connect_account,
    get_account,
    remove_account,
)
from ingest.usecases.gather_signals import check_up

router = APIRouter(tags=["accounts"])

Reader = Annotated[Principal, Depends(require(Permission.ACCOUNTS_READ))]
Writer = Annotated[Principal, Depends(require(Permission.ACCOUNTS_WRITE))]
Writing = Annotated[IngestUnit, Depends(opened, scope="function")]
Viewing = Annotated[IngestUnit, Depends(viewed, scope="function")]
AccountId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="The account's id.")]
BrandSlug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
PlatformName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
# No control characters: they have no business in a name, and PostgreSQL refuses one of them.
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Secret = Annotated[str, Field(min_length=1, max_length=4_000)]
Credentials = dict[
    Annotated[str, Field(pattern=r"^[a-z_]{1,64}$")],
    Secret | Annotated[list[Secret], Field(min_length=1, max_length=5)],
]

_PROBLEMS = responses(Unauthenticated, Forbidden)
_BY_ID = {**_PROBLEMS, **responses(NotFound)}
_BY_NAME = Keyset("accounts:created_at", ascending(Account.created_at), ascending(Account.id))


class AccountOut(BaseModel):
    """An account, without its secrets: those are only ever written."""

    id: str
    platform: str
    brand: str
    external_id: str
    name: str
    api_base: str | None
    hook_path: str
    health: HealthOut
    version: int
    created_at: datetime


class AccountIn(BaseModel):
    """An account to connect. Each secret is one value, or a list of values that are valid side by side."""

    model_config = ConfigDict(extra="forbid")

    platform: PlatformName
    brand: BrandSlug
    external_id: Name
    name: Name
    credentials: Credentials
    api_base: str | None = Field(default=None, max_length=500, pattern=r"^https?://[^\s\x00-\x1f\x7f]+$")


class AccountChange(BaseModel):
    """What is to be changed; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    credentials: Credentials | None = None
    api_base: str | None = Field(default=None, max_length=500, pattern=r"^(https?://[^\s\x00-\x1f\x7f]+)?$")


@router.post(
    "/accounts",
    operation_id="connectAccount",
    status_code=201,
    response_model=AccountOut,
    responses={**_PROBLEMS, **responses(NotFound, Conflict, Invalid)},
)
async def connect(principal: Writer, unit: Writing, request: IdempotencyOf, body: AccountIn) -> Response:
    """Connect an account. The answer holds the hook to give to the platform."""

    async def effect() -> AccountOut:
        connection = Connection(
            platform=body.platform,
            brand=body.brand,
            external_id=body.external_id,
            name=body.name,
            credentials=_several(body.credentials),
            api_base=body.api_base,
        )
        return await _shown(unit, await connect_account(unit, connection, principal=principal))

    now = unit.clock.now()
    return await once(unit.session, request, principal=principal.subject, now=now, status=201, effect=effect)


@router.get("/accounts", operation_id="listAccounts", responses=_PROBLEMS)
async def list_accounts(
    principal: Reader,
    unit: Viewing,
    page: PageOf,
    brand: Annotated[BrandSlug | None, Query()] = None,
    platform: Annotated[PlatformName | None, Query()] = None,
) -> Page[AccountOut]:
    """The accounts that the caller may see."""
    query = select(Account).where(col(Account.removed_at).is_(None))
    scope = principal.scope(Permission.ACCOUNTS_READ)
    if scope is not None:
        query = query.where(col(Account.brand).in_(scope))
    if brand is not None:
        query = query.where(col(Account.brand) == brand)
    if platform is not None:
        query = query.where(col(Account.platform) == platform)
    rows, following = await paginate(unit.session, query, keyset=_BY_NAME, cursors=unit.tools.cursors, page=page)
    return Page(items=await _all_shown(unit, [row[0] for row in rows]), next_cursor=following)


@router.get("/accounts/{account_id}", operation_id="getAccount", responses=_BY_ID)
async def get(principal: Reader, unit: Viewing, account_id: AccountId, response: Response) -> AccountOut:
    """One account."""
    account = await get_account(unit, account_id, principal=principal, permission=Permission.ACCOUNTS_READ)
    response.headers["etag"] = etag(account.version)
    return await _shown(unit, account)


@router.patch(
    "/accounts/{account_id}",
    operation_id="changeAccount",
    responses={**_BY_ID, **responses(Invalid, PreconditionFailed)},
)
async def change(
    principal: Writer,
    unit: Writing,
    account_id: AccountId,
    body: AccountChange,
    response: Response,
    if_match: Annotated[str | None, Header()] = None,
) -> AccountOut:
    """Change a name, an address, or secrets: give the new and the old value of a secret while both are in use.

    With another address all secrets must be given, because from now on they go there.
    """
    permission = Permission.ACCOUNTS_WRITE
    account = await get_account(unit, account_id, principal=principal, permission=permission, to_change=True)
    if if_match is not None:
        check_match(if_match, version=account.version)
    credentials = None if body.credentials is None else _several(body.credentials)
    await change_account(unit, account, name=body.name, credentials=credentials, api_base=body.api_base)
    response.headers["etag"] = etag(account.version)
    return await _shown(unit, account)


@router.delete("/accounts/{account_id}", operation_id="removeAccount", status_code=204, responses=_BY_ID)
async def remove(principal: Writer, unit: Writing, account_id: AccountId) -> None:
    """Disconnect an account. Its hook is gone, its secrets are forgotten; what it brought stays."""
    account = await get_account(unit, account_id, principal=principal, permission=Permission.ACCOUNTS_WRITE)
    await remove_account(unit, account)


async def _shown(unit: IngestUnit, account: Account) -> AccountOut:
    return (await _all_shown(unit, [account]))[0]


async def _all_shown(unit: IngestUnit, accounts: Sequence[Account]) -> list[AccountOut]:
    checkups = await check_up(unit, accounts)
    return [
        AccountOut(
            id=account.id,
            platform=account.platform,
            brand=account.brand,
            external_id=account.external_id,
            name=account.name,
            api_base=account.api_base,
            hook_path=f"/hooks/{account.platform}/{account.hook_key}",
            health=health_shown(checkups[account.id]),
            version=account.version,
            created_at=account.created_at,
        )
        for account in accounts
    ]


def _several(credentials: Credentials) -> dict[str, tuple[str, ...]]:
    return {name: (value,) if isinstance(value, str) else tuple(value) for name, value in credentials.items()}
